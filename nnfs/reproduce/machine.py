"""What the figures were measured on."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .. import _kernels as kernels
from .._kernels.threads import get_num_threads
from .torch_twin import import_torch


def describe_machine(with_torch: bool) -> dict[str, Any]:
    """Return versions, processor, backend and threads; PyTorch's too if it is used, else None for them.

    PyTorch keeps the number of threads that it chose itself, except on small data; see `torch_twin.SMALL`.
    """
    torch = import_torch() if with_torch else None
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "backend": kernels.backend,
        "threads": get_num_threads(),
        "torch": torch and torch.__version__,
        "torch_threads": torch and torch.get_num_threads(),
    }


def _processor() -> str:
    """Return the processor's name, which Linux keeps in a file and others tell Python."""
    if sys.platform == "linux":
        try:
            for line in Path("/proc/cpuinfo").read_text().splitlines():
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
        except OSError:
            pass
    return platform.processor() or platform.machine()
