"""Every kernel in plain NumPy: the specification that the compiled kernels are tested against, one topic a file.

Read it beside `interface`, which states each formula. Nothing here is clever.
"""

from types import SimpleNamespace
from typing import cast

from ..interface import KERNEL_NAMES, Kernels
from . import activations, dense, dropout, fused, losses, noise, normalization, optimizers, rotation, windows

_topics = (activations, dense, dropout, fused, losses, noise, normalization, optimizers, rotation, windows)
_functions = {name: function for topic in _topics for name, function in vars(topic).items()}

kernels = cast("Kernels", SimpleNamespace(**{name: _functions[name] for name in KERNEL_NAMES}))

uses_blas = True
"""Whether the bits of a product are those of NumPy's BLAS, which depend on its threads."""
