"""Files of whole networks and of weights, in the safetensors format that other frameworks read and write, too."""

import importlib
from typing import Any

from ..system.atomic import write_file as write_file
from .checkpoints import list_checkpoints as list_checkpoints
from .checkpoints import load_checkpoint as load_checkpoint
from .checkpoints import newest_checkpoint as newest_checkpoint
from .network_file import load as load
from .network_file import save as save
from .weights import load_weights as load_weights
from .weights import save_weights as save_weights


def __getattr__(name: str) -> Any:
    """Import ``nnfs.io.c``, ``nnfs.io.onnx``, ``nnfs.io.python`` or ``nnfs.io.torch`` at its first use."""
    if name in ("c", "onnx", "python", "torch"):
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'nnfs.io' has no attribute {name!r}")
