"""ONNX: networks out, and the graphs of other programs in. Needs ``pip install "nnfs-cython[onnx]"``."""

from __future__ import annotations

import os
from typing import Any

from ...errors import naming
from .export import save as save
from .graph import Graph as Graph
from .model import as_model, read_model


def load(source: Any) -> Graph:
    """Read an ONNX model, checked to the last field; nothing of it is executed here, and no other file is opened.

    ``load(path).run({"input": x})`` gives its outputs, ``load(path).to_network()`` a network that trains.

    Parameters
    ----------
    source : path, bytes or ModelProto
        Not modified.

    Raises
    ------
    FormatError
        For what breaks the format anywhere: path, node or field, got, wanted.
    UnsupportedError
        For operators, attributes and types that nnfs does not do: operator, node and attribute.
    OSError
        For a file that cannot be read.
    ImportError
        Where ``onnx`` is not installed.
    """
    if isinstance(source, str | os.PathLike):
        with naming(source):
            return Graph(read_model(as_model(source)))
    return Graph(read_model(as_model(source)))
