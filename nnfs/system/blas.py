"""The library that multiplies NumPy's matrices: its name, its threads, and the processor it chose its code for.

All three may change the last bits of a product.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

_THREADS = (
    *(f"{prefix}openblas_get_num_threads{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", "")),
    *("MKL_Get_Max_Threads", "bli_thread_get_num_threads"),
)
_PROCESSOR = tuple(f"{prefix}openblas_get_corename{suffix}" for prefix in ("scipy_", "") for suffix in ("64_", ""))
_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)


def blas_name() -> str | None:
    """Return name and version of the library that NumPy was built with; None where NumPy does not tell."""
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return " ".join(str(blas[key]) for key in ("name", "version") if blas.get(key)) or None


def blas_settings() -> dict[str, Any]:
    """Return all that the bits of a matrix product may depend on: ``name``, ``threads`` and ``processor``.

    The threads are those that the library says it uses now, or the environment's variables, where it has no function
    that says it.
    """
    threads = _ask(_THREADS, "int")
    if threads is None:
        threads = " ".join(f"{name}={os.environ[name]}" for name in _VARIABLES if name in os.environ) or None
    return {"name": blas_name(), "threads": threads, "processor": _ask(_PROCESSOR, "text")}


def _ask(names: tuple[str, ...], kind: str) -> Any:
    """Return what the first of these C functions gives that NumPy's libraries have; None where they have none."""
    import ctypes

    module = sys.modules.get("numpy._core._multiarray_umath")
    try:
        library = ctypes.CDLL(module.__file__)  # type: ignore[union-attr]
    except (AttributeError, OSError):
        return None
    for name in names:
        function = getattr(library, name, None)
        if function is not None:
            function.restype = ctypes.c_int if kind == "int" else ctypes.c_char_p
            found = function()
            return found.decode(errors="replace") if isinstance(found, bytes) else found
    return None
