"""The compiled kernels, from the best build that this processor runs.

NNFS_WINOGRAD=0, or `set_winograd`, keeps convolutions from Winograd's way, see `interface.Kernels.conv2d_forward`.

The package holds one build of the same source for each instruction set, and each for float32 and float64.
NNFS_ISA forces one of them. A kernel here looks at the element size of its first array and calls the build
of that type; a typed memoryview refuses whatever else is wrong with the type.

Importing this module raises ImportError where nothing compiled can run here, which `auto` answers with NumPy, and
BackendError where the user asked for a build or a number of threads that there is not, which nothing hides.
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
    """Say why the build's own file is missing: these are the sources, and perhaps they hide what is installed."""
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
extensions.load("machine.team")  # before the kernels, which would take any that lies there


def available_builds() -> list[str]:
    """Return the builds that this processor and its system can run, the best one first."""
    return [build for build in cpu.supported_builds() if build in BUILDS]


def _choose_build() -> str:
    """Return the build to use; no instruction of any has run before it is known to be supported."""
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
    """Let the kernels take Winograd's way where it is faster, or never: in every build, for tests and comparisons."""
    global winograd
    winograd = wanted
    for module in _single:
        module.set_winograd(wanted)


def load_build(build: str) -> Kernels:
    """Return the kernels of a build. Load only what `available_builds` lists.

    Raises ImportError where the files are missing, damaged or of another version.
    """
    single, double = (extensions.load(f"_{build}_{dtype}") for dtype in ("float32", "float64"))
    single.set_winograd(winograd)
    _single.add(single)
    joined = {name: _by_dtype(getattr(single, name), getattr(double, name)) for name in KERNEL_NAMES}
    return cast("Kernels", SimpleNamespace(**joined))


def _by_dtype(single: Callable[..., Any], double: Callable[..., Any]) -> Callable[..., Any]:
    """Join the two kernels of one name."""
    contract = getattr(Kernels, single.__name__)
    code = contract.__code__
    positional, names = code.co_argcount, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    only_by_name = ["*", *names[positional:]] if names[positional:] else []
    signature = f"({', '.join([*names[1:positional], *only_by_name])})"  # without ``self``
    return dispatch.by_size(single, double, contract.__name__, signature, contract.__doc__)


isa = _choose_build()
"""The name of the build in use."""

winograd = _winograd_wanted()
"""Whether convolutions in float32 may take Winograd's way."""

_single: set[Any] = set()
kernels = load_build(isa)
threads.start()
