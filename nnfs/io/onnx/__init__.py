"""ONNX: writing networks, and reading the graphs of other programs. Needs ``pip install "nnfs-cython[onnx]"``."""

from __future__ import annotations

import os
from typing import Any

from ...errors import naming
from .export import save as save
from .graph import Graph as Graph
from .model import as_model, read_model


def load(source: Any) -> Graph:
    """Read an ONNX model and check every field; nothing of the model is run, and no other file is opened.

    ``load(path).run({"input": x})`` computes its outputs. ``load(path).to_network()`` makes a network that can be
    trained.

    Parameters
    ----------
    source : path, bytes or ModelProto
        The model; not modified.

    Returns
    -------
    Graph
        A new graph, which owns its arrays.

    Raises
    ------
    FormatError
        For a model that breaks the format; the message names path, node or field, got and wanted.
    UnsupportedError
        For operators, attributes and types that nnfs does not support; the message names operator, node and attribute.
    OSError
        For a file that cannot be read.
    ImportError
        When ``onnx`` is not installed.
    """
    if isinstance(source, str | os.PathLike):
        with naming(source):
            return Graph(read_model(as_model(source)))
    return Graph(read_model(as_model(source)))
