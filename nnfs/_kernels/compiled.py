"""The compiled kernels, from the best build that this processor runs.

The package holds one build of the same source for each instruction set, and each for float32 and float64.
NNFS_ISA forces one of them. A kernel here looks at the element size of its first array and calls the build
of that type; a typed memoryview refuses whatever else is wrong with the type.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from typing import Any

from ..errors import BackendError
from . import reference, threads
from .interface import Array, Kernels

try:
    from . import cpu  # type: ignore[attr-defined]
    from ._built import BUILDS
except ImportError as error:
    raise BackendError(f"this installation has no compiled kernels ({error})") from error


def _choose_build() -> str:
    """Return the build to use; no instruction of any has run before it is known to be supported."""
    supported = [build for build in cpu.supported_builds() if build in BUILDS]
    wanted = os.environ.get("NNFS_ISA", "")
    if wanted:
        if wanted not in supported:
            known = "was built, but this processor lacks its instructions" if wanted in BUILDS else "is not a build"
            raise BackendError(f"NNFS_ISA is {wanted!r}, which {known}; it must be one of {', '.join(supported)}")
        return wanted
    if not supported:
        raise BackendError(f"this processor runs none of the builds {', '.join(BUILDS)}")
    return str(supported[0])


def load_build(build: str) -> tuple[Any, Any]:
    """Return the float32 and the float64 module of a build."""
    single, double = (importlib.import_module(f"._{build}_{dtype}", __package__) for dtype in ("float32", "float64"))
    return single, double


def _by_dtype(name: str, single: Any, double: Any) -> Callable[..., Any]:
    """Return the kernel ``name`` for both float types."""
    for_float32, for_float64 = getattr(single, name), getattr(double, name)

    @functools.wraps(getattr(reference, name))
    def kernel(x: Array, *args: Any, **arrays: Any) -> Any:
        return (for_float32 if x.itemsize == 4 else for_float64)(x, *args, **arrays)

    kernel.__module__ = __name__
    kernel.__doc__ = getattr(Kernels, name).__doc__
    return kernel


isa = _choose_build()
"""The name of the build in use."""

for _name in vars(Kernels):
    if not _name.startswith("_"):
        globals()[_name] = _by_dtype(_name, *load_build(isa))

threads.start()
