"""ONNX: writing networks, and reading the graphs of other programs. Needs ``pip install "nnfs-cython[onnx]"``."""

from __future__ import annotations

import os
from typing import Any

from ...arguments.hyperparameters import as_flag
from ...errors import DTypeError, naming
from .export import save as save
from .external_data import ExternalData
from .graph import Graph as Graph
from .model import as_model, read_model


def load(source: Any, *, external_data: bool = False) -> Graph:
    """Read an ONNX model and check every field; nothing of the model is run.

    ``load(path).run({"input": x})`` computes its outputs. ``load(path).to_network()`` makes a network that can be
    trained.

    Parameters
    ----------
    source : path, bytes or ModelProto
        The model; not modified.
    external_data : bool
        Whether weights may lie in other files, which ``torch.onnx.export`` writes by default. They are opened only
        within the folder of the model, so ``source`` must be a path. False refuses such a model.

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
    as_flag(external_data, "load: external_data")
    if isinstance(source, str | os.PathLike):
        with naming(source):
            files = ExternalData(os.path.dirname(source)) if external_data else None
            return Graph(read_model(as_model(source), files))
    if external_data:
        raise DTypeError(f"load: external_data=True needs the path of the model, got {type(source).__name__}")
    return Graph(read_model(as_model(source)))
