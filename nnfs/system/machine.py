"""A description of the computer and of what nnfs uses of it, which is written beside every measured figure."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from .. import _kernels
from .._kernels import extensions, threads
from .blas import blas_name
from .memory import memory_bytes


def machine() -> dict[str, Any]:
    """Return a description of this computer and of the versions in use, ready for JSON.

    Returns
    -------
    dict
        - ``processor``, ``architecture``, ``system``, ``python``, ``numpy``, ``blas``, ``nnfs``: names and versions.
        - ``cores`` and ``memory_bytes`` of the whole computer; None when the system does not report them.
        - ``backend`` and ``threads`` in use, and ``backend_reason`` and ``threads_reason``: why these were chosen.
        - ``isa``: the instruction set that the compiled kernels in use were built for; None for the NumPy backend.
        - ``isa_available``: the instruction sets among the builds that this processor can run, the best one first.
        - ``winograd``: whether convolutions may use Winograd's algorithm.
    """
    import platform

    from .version import __version__

    in_use = _kernels.load_backend(_kernels.backend)  # the compiled backend alone has the attributes isa and winograd
    return {
        "processor": _processor() or platform.machine(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": memory_bytes(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas_name(),
        "nnfs": __version__,
        "backend": _kernels.backend,
        "backend_reason": _kernels.reason,
        "isa": getattr(in_use, "isa", None),
        "isa_available": _available_isas(),
        "winograd": getattr(in_use, "winograd", False),
        "threads": threads.get_num_threads(),
        "threads_reason": threads.reason(),
    }


def _processor() -> str | None:
    """Return the product name of the processor, or None when the system does not report it.

    `platform.processor` returns nothing useful on Linux, or starts a process.
    """
    try:
        if sys.platform == "darwin":
            import subprocess

            return subprocess.check_output(["sysctl", "-n", "machdep.cpu.brand_string"], text=True).strip()
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            lines = [line.split(":", 1) for line in file if ":" in line]
    except (OSError, ValueError):
        return None
    names = {key.strip(): value.strip() for key, value in lines}
    return names.get("model name") or names.get("Model") or None


def _available_isas() -> list[str]:
    """Return the builds that this processor can run, the best one first, without loading any kernel."""
    try:
        from .._kernels._built import BUILDS

        builds = extensions.load("machine.cpu").supported_builds()
    except ImportError:
        return []
    return [isa for isa in builds if isa in BUILDS]
