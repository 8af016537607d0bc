"""Writing networks as ONNX models, which are checked and run before they are written."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...errors import NumericError, UnsupportedError
from ...sequential import Sequential
from ...system.atomic import write_file
from ..export import check_export
from .graph import Graph
from .graph_size import LARGEST_FILE
from .layer_writers import write_layers
from .library import import_onnx
from .metadata import write_metadata
from .model import read_model
from .writer import Writer

IR_VERSIONS = {17: 8, 20: 9, 21: 10}
"""The version of the file format for each opset that is written."""
LARGEST_DIFFERENCE = 1e-4
"""The allowed difference, relative to the largest output: far above rounding, far below a wrong padding."""


def save(network: Sequential, path: str | os.PathLike[str], *, verbose: bool = True) -> float:
    """Write a network as an ONNX model, whole or not at all, with a batch axis of any size.

    Before the model is written, ONNX's checker checks it, and ONNX's reference evaluator runs it on two random samples.
    The largest difference from the network's outputs is printed. The operators are those of opset 17, of 20 if there is
    a GELU, of 21 if there is a GroupNorm. Weights have the names of `Sequential.state_dict`; the input is called
    ``input``, the output ``output``. Layers that act in training only, such as Dropout, are written and do nothing. The
    metadata of the model holds the loss and the network's `Facts` as JSON, under ``nnfs_loss`` and ``nnfs_facts``. The
    ``doc_string`` of the input and that of the output tell in words what their numbers are.

    Parameters
    ----------
    network : Sequential
        Not modified.
    path : path
        The file to make or to replace.
    verbose : bool
        Whether to print the largest difference.

    Returns
    -------
    float
        The largest difference between the outputs of the model and of the network.

    Raises
    ------
    UnsupportedError
        For a layer that ONNX has no operator for, such as your own, and for more than 2 GiB.
    NumericError
        When a weight is not finite, or the outputs of the model differ by more than rounding; nothing is then written.
    ValueError
        For another ending than that of the format, such as ``.safetensors``.
    OSError
        When the file cannot be written; an old file is then unchanged.
    ImportError
        When ``onnx`` is not installed.
    """
    check_export(network, path, ".onnx")
    model = to_model(network)
    runner, difference = _check(model, network)
    write_file(path, model.SerializeToString(deterministic=True))
    if verbose:
        print(
            f"{os.fspath(path)}: {len(model.graph.node)} operators of opset {model.opset_import[0].version}; "
            f"{runner} differs by {difference:.2g} at most"
        )
    return difference


def to_model(network: Sequential) -> Any:
    """Return a network as a new ``ModelProto`` with a batch axis of any size; nothing is checked or written."""
    from ...system.version import __version__

    onnx = import_onnx()
    size = network.vector.value.nbytes
    if size > LARGEST_FILE - 2**20:
        raise UnsupportedError(f"save: the weights take {size:,} bytes; one ONNX file holds less than {LARGEST_FILE:,}")
    writer = Writer(onnx, network)
    write_layers(network.layers, writer)
    model = onnx.helper.make_model(
        writer.graph(),
        producer_name="nnfs",
        producer_version=__version__,
        ir_version=IR_VERSIONS[writer.opset],
        opset_imports=[onnx.helper.make_opsetid("", writer.opset)],
    )
    onnx.helper.set_model_props(model, write_metadata(network))
    return model


def _check(model: Any, network: Sequential) -> tuple[str, float]:
    """Check and run a model; return the name of the program that ran it, and the largest difference of its outputs.

    Raises NumericError when the outputs differ from the network's by more than rounding.
    """
    import_onnx("checker").check_model(model, full_check=True)
    # The samples are in the range of pixels, because a network that knows its data warns about other numbers.
    x = np.random.default_rng(0).uniform(-1, 1, (2, *network.input_shape)).astype(network.dtype)
    wanted = network.predict(x)
    if any(map(_is_misread, model.graph.node)):
        runner, got = "nnfs's own reading", Graph(read_model(model)).run({"input": x})["output"]
    else:
        with np.errstate(all="ignore"):
            got = import_onnx("reference").ReferenceEvaluator(model).run(None, {"input": x})[0]
        runner = "ONNX's reference"
    difference = float(np.abs(got - wanted).max())
    largest = max(1.0, float(np.abs(wanted).max()))
    if not (got.dtype == wanted.dtype and difference <= LARGEST_DIFFERENCE * largest):
        raise NumericError(
            f"save: {runner} gives {got.dtype} that differs by {difference:.2g}, where the largest output is "
            f"{largest:.2g}; nothing was written"
        )
    return runner, difference


def _is_misread(node: Any) -> bool:
    """Return whether ONNX's reference evaluator is wrong about a node, as observed in onnx 1.23.

    It reads the four sides of a pool's padding in a wrong order (MaxPool with strides of 1, AveragePool before opset
    19), which matters unless all four are equal, and the padding of signals is wrong even then. It pools all of a
    signal wrongly, and fails for a transposed convolution with groups of several filters.
    """
    attributes = {attribute.name: attribute for attribute in node.attribute}
    if node.op_type == "ConvTranspose":
        return bool(attributes["group"].i > 1)
    if node.op_type == "GlobalMaxPool":
        return True
    if node.op_type in ("AveragePool", "MaxPool") and _is_padded_signal(attributes):
        return True
    if node.op_type == "AveragePool" or (node.op_type == "MaxPool" and set(attributes["strides"].ints) == {1}):
        return len(set(attributes["pads"].ints)) > 1
    return False


def _is_padded_signal(attributes: dict[str, Any]) -> bool:
    pads = attributes["pads"].ints
    return len(pads) == 2 and any(pads)
