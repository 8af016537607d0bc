"""The contract between the layers and the kernels: every kernel's signature, shapes and formula.

Two modules have an object `kernels` that satisfies `Kernels`: `reference` (plain NumPy, the specification) and
`compiled` (typed Cython). `Kernels` joins one protocol a topic, each in a file that has the name of its topic in
`reference`. What holds for every kernel:

- Arrays are C-contiguous, all of one dtype, float32 or float64. Images are (N, C, H, W).
- Positional arrays are read and never modified; keyword-only arrays belong to the caller and are written. An argument
  named ``dweight`` or ``dbias`` is *added to*, every other one is overwritten; one that is None is not computed.
- The layers check sizes, types and overflow; the kernels do not. But a kernel checks labels and argmax, which index
  memory, before it writes anything: it raises ValueError where one points outside its row or image.
- An empty batch is legal: results are empty, and gradients of parameters stay as they are. No other size is 0.

Letters: N batch, C input channels, G groups, F filters, H W input rows and columns, KH KW kernel, P Q output rows and
columns, D input features, K output features or classes. g = f // (F/G) is the group of filter f. h and w are the row
and column of the input that `Window` gives for cell (i, j) at output (p, q); outside the image x counts as 0.
"""

from __future__ import annotations

from typing import Protocol

from ..array import Array as Array
from ..window import Padding as Padding
from ..window import Window as Window
from .activations import ActivationKernels
from .dense import DenseKernels
from .dropout import DropoutKernels
from .fused import FusedKernels
from .losses import LossKernels
from .noise import NoiseKernels
from .normalization import NormalizationKernels
from .optimizers import OptimizerKernels
from .rotation import RotationKernels
from .windows import WindowKernels


class Kernels(
    WindowKernels,
    FusedKernels,
    DenseKernels,
    ActivationKernels,
    DropoutKernels,
    NoiseKernels,
    RotationKernels,
    NormalizationKernels,
    LossKernels,
    OptimizerKernels,
    Protocol,
):
    """The kernels that each backend has: functions for the arithmetic of layers, losses and optimizers."""


KERNEL_NAMES = tuple(name for topic in Kernels.__bases__ for name in vars(topic) if not name.startswith("_"))
