"""Every kernel in plain NumPy, one topic a file: the specification that the compiled kernels are tested against.

`interface` states the formula of each kernel. The code here is kept simple rather than fast.
"""

from types import SimpleNamespace
from typing import cast

import numpy as np

from ..interface import KERNEL_NAMES, Kernels
from . import activations, dense, dropout, fused, losses, noise, normalization, optimizers, rotation, windows

_topics = (activations, dense, dropout, fused, losses, noise, normalization, optimizers, rotation, windows)
_functions = {name: function for topic in _topics for name, function in vars(topic).items()}

# No kernel warns or raises for an overflow or underflow, whatever np.seterr says, as no compiled kernel does.
_quietly = np.errstate(all="ignore")
kernels = cast("Kernels", SimpleNamespace(**{name: _quietly(_functions[name]) for name in KERNEL_NAMES}))

uses_blas = True
"""Whether matrix products come from NumPy's BLAS, whose last bits depend on how many threads it uses."""
