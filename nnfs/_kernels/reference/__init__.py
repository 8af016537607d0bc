"""Every kernel in plain NumPy, one topic a file: the specification that the compiled kernels are tested against.

`interface` states the formula of each kernel. The code here is kept simple rather than fast.
"""

from types import SimpleNamespace
from typing import cast

from ..interface import KERNEL_NAMES, Kernels
from . import activations, dense, dropout, fused, losses, noise, normalization, optimizers, rotation, windows

_topics = (activations, dense, dropout, fused, losses, noise, normalization, optimizers, rotation, windows)
_functions = {name: function for topic in _topics for name, function in vars(topic).items()}

kernels = cast("Kernels", SimpleNamespace(**{name: _functions[name] for name in KERNEL_NAMES}))

uses_blas = True
"""Whether matrix products come from NumPy's BLAS, whose last bits depend on how many threads it uses."""
