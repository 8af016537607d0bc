"""The environment of a training: on what the last bits of its numbers depend beside its settings and data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _kernels
from ..layers.chain import Node
from ..system.blas import blas_settings
from ..system.version import __version__


def environment(nodes: Sequence[Node]) -> dict[str, Any]:
    """Return versions, backend, instruction set, BLAS, and the names of the nodes that run, ready for JSON.

    BLAS is None for a backend that does without it.
    """
    backend = _kernels.load_backend(_kernels.backend)
    return {
        "nnfs": __version__,
        "numpy": np.__version__,
        "backend": _kernels.backend,
        "isa": getattr(backend, "isa", "none"),
        "winograd": getattr(backend, "winograd", False),
        "blas": blas_settings() if getattr(backend, "uses_blas", False) else None,
        "nodes": [type(node).__name__ for node in nodes],
    }
