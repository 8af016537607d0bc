"""The ``onnx`` package: imported when it is needed, and then with its name in the error."""

from __future__ import annotations

import importlib
from typing import Any

OLDEST_IR = 3
"""The first version of the format that says which operators it means."""
NEWEST_IR = 14
NEWEST_OPSET = 28
"""The last version of ONNX's operators that this code was checked against."""


def import_onnx(part: str = "") -> Any:
    """Return the module ``onnx``, or one of its parts; raise ImportError that says how to install it."""
    try:
        return importlib.import_module(f"onnx.{part}" if part else "onnx")
    except ImportError as error:
        raise ImportError(f'ONNX files need onnx: pip install "nnfs-cython[onnx]" ({error})') from error


def newest_opset() -> int:
    """Return the newest operators that both this code and the installed ``onnx`` know."""
    return min(NEWEST_OPSET, import_onnx("defs").onnx_opset_version())
