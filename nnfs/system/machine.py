"""What the computer is and what nnfs uses of it: written beside every figure that depends on it."""

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
    """Return a description of this computer and of what runs on it, ready for JSON.

    Returns
    -------
    dict
        ``processor``, ``architecture``, ``system``, ``python``, ``numpy``, ``blas``, ``nnfs``: names and versions.
        ``cores`` of the whole computer and ``memory_bytes``; None where the system does not tell. ``backend`` and
        ``threads`` in use, each with its ``..._reason``; ``isa``, the instruction set that the compiled kernels in
        use were built for, and ``isa_available``, those that would run here, the best one first. ``winograd``,
        whether they may take Winograd's way.
    """
    import platform

    from .version import __version__

    in_use = _kernels.load_backend(_kernels.backend)  # of which the compiled one alone has an instruction set
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
    """Return the name on the box; `platform.processor` gives none on Linux, or starts a process to ask."""
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
    """Ask the processor, without loading any kernel."""
    try:
        from .._kernels._built import BUILDS

        builds = extensions.load("cpu").supported_builds()
    except ImportError:
        return []
    return [isa for isa in builds if isa in BUILDS]
