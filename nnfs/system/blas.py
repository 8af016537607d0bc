"""BLAS, the library that multiplies NumPy's matrices: its name, its threads, and the processor that it detected.

Each of the three may change the last bits of a product.
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
    """Return name and version of the BLAS that NumPy was built with, or None when NumPy does not report it."""
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return " ".join(str(blas[key]) for key in ("name", "version") if blas.get(key)) or None


def blas_settings() -> dict[str, Any]:
    """Return the settings of BLAS that can change the bits of a product: ``name``, ``threads`` and ``processor``.

    ``threads`` is the count that the library reports. If the library reports none, it is the text of the environment
    variables that set the count, such as "OMP_NUM_THREADS=4". A value that is not known is None.
    """
    threads = _call_first(_THREADS, "int")
    if threads is None:
        threads = " ".join(f"{name}={os.environ[name]}" for name in _VARIABLES if name in os.environ) or None
    return {"name": blas_name(), "threads": threads, "processor": _call_first(_PROCESSOR, "text")}


def _call_first(names: tuple[str, ...], kind: str) -> Any:
    """Call the first of these C functions that NumPy's libraries have; return its result, or None without any.

    ``kind`` is the type of the result: "int" or "text".
    """
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
