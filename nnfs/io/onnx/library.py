"""The ``onnx`` package, imported when it is needed, and the versions of ONNX that nnfs supports."""

from __future__ import annotations

import importlib
from typing import Any

OLDEST_IR = 3
"""The first version of the format that names the version of its operators."""
NEWEST_IR = 14
NEWEST_OPSET = 28
"""The last version of ONNX's operators that this code was checked against."""


def import_onnx(part: str = "") -> Any:
    """Return the module ``onnx`` or its submodule ``part``; raise ImportError that shows how to install it."""
    try:
        return importlib.import_module(f"onnx.{part}" if part else "onnx")
    except ImportError as error:
        raise ImportError(f'ONNX files need onnx: pip install "nnfs-cython[onnx]" ({error})') from error


def newest_opset() -> int:
    """Return the newest version of the operators that both nnfs and the installed ``onnx`` support."""
    return min(NEWEST_OPSET, import_onnx("defs").onnx_opset_version())
