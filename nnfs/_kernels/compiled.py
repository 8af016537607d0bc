"""The compiled kernels, from the best build that this processor can run.

The package holds several builds of one Cython source: for each instruction set (v4 with AVX-512, v3 with AVX2, v2 with
SSE4.2, generic) one for float32 and one for float64. NNFS_ISA names the instruction set to use. A kernel of this module
looks at the element size of its first array, and calls the build for that float type, which checks the other arrays.

NNFS_WINOGRAD=0, or `set_winograd`, switches Winograd's algorithm off, whose rounding errors are larger; see
`interface.Kernels.conv2d_forward`.

Importing this module raises ImportError if no compiled build can run here; the backend ``auto`` then uses NumPy. It
raises BackendError if NNFS_ISA, NNFS_WINOGRAD or NNFS_NUM_THREADS has a wrong value.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from ..errors import BackendError
from . import extensions, threads
from .interface import KERNEL_NAMES, Kernels


def _why_not_built() -> str:
    """Return why the file `_built.py`, which the build writes, is missing: Python imports nnfs from its sources.

    Perhaps an installed nnfs stands further down `sys.path`, hidden by the sources.
    """
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for folder in sys.path:
        if os.path.exists(os.path.join(folder, "nnfs", "_kernels", "_built.py")):
            return (
                f"the sources in {here} hide the nnfs that is installed in {folder}; run Python from another folder, "
                "or as `python -P`, to use that one"
            )
    return f"the sources in {here} were never built; install them, `pip install {here}`, and run Python elsewhere"


try:
    from ._built import BUILDS, KERNELS
except ImportError as error:
    raise ImportError(_why_not_built()) from error
if not KERNELS:
    raise ImportError("nnfs was installed without the compiled kernels (-Dkernels=disabled)")
cpu: Any = extensions.load("machine.cpu")
dispatch: Any = extensions.load("machine.dispatch")
# First, so that their versions are checked: the kernels would import any files of these names.
extensions.load("machine.team")
extensions.load("machine.replay")


def available_builds() -> list[str]:
    """Return the builds that this processor and its system can run, the best one first."""
    return [build for build in cpu.supported_builds() if build in BUILDS]


def _choose_build() -> str:
    """Return the build that NNFS_ISA names, or else the best one; `cpu` has asked the processor what it supports."""
    available = available_builds()
    wanted = os.environ.get("NNFS_ISA", "")
    if wanted:
        if wanted not in available:
            why = "this processor cannot run" if wanted in BUILDS else "is not a build of nnfs"
            text = f"NNFS_ISA is {wanted!r}, which {why}; it must be one of {', '.join(available)}"
            raise BackendError(text)
        return wanted
    if not available:
        raise ImportError(f"this processor can run none of the builds {', '.join(BUILDS)}")
    return available[0]


def _winograd_wanted() -> bool:
    wanted = os.environ.get("NNFS_WINOGRAD", "")
    if wanted not in ("", "0", "1"):
        raise BackendError(f"NNFS_WINOGRAD is {wanted!r}; it must be '0' or '1'")
    return wanted != "0"


def set_winograd(wanted: bool) -> None:
    """Let 3x3 convolutions in float32 use Winograd's algorithm where it is faster, or never.

    It applies to all loaded builds at once, for tests and comparisons.
    """
    global winograd
    winograd = wanted
    for module in _single:
        module.set_winograd(wanted)


def load_build(build: str) -> Kernels:
    """Return the kernels of one build, which must be one that `available_builds` lists.

    Raises ImportError if its files are missing, damaged or of another version.
    """
    single, double = (extensions.load(f"_{build}_{dtype}") for dtype in ("float32", "float64"))
    single.set_winograd(winograd)
    _single.add(single)
    joined = {name: _by_dtype(getattr(single, name), getattr(double, name)) for name in KERNEL_NAMES}
    return cast("Kernels", SimpleNamespace(**joined))


def _by_dtype(single: Callable[..., Any], double: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that calls one of two builds of a kernel, by the size of the elements of its first array."""
    contract = getattr(Kernels, single.__name__)
    code = contract.__code__
    positional, names = code.co_argcount, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    only_by_name = ["*", *names[positional:]] if names[positional:] else []
    signature = f"({', '.join([*names[1:positional], *only_by_name])})"  # without ``self``
    return dispatch.by_size(single, double, contract.__name__, signature, contract.__doc__)


isa = _choose_build()
"""The name of the build in use."""

winograd = _winograd_wanted()
"""Whether convolutions in float32 may use Winograd's algorithm."""

_single: set[Any] = set()
kernels = load_build(isa)
threads.start()
