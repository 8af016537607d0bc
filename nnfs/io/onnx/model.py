"""Reading and checking an ONNX model, from the bytes of a file or from a ``ModelProto``.

Nothing is run, no other file is opened, and memory is allocated only for numbers that the file holds.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..._kernels.interface import Array
from ...errors import DTypeError, FormatError, UnsupportedError
from ...system.files import open_regular
from ..header import LARGEST_RANK
from ..strict_json import short
from .external_data import ExternalData
from .graph_size import LARGEST_FILE, check_entries
from .library import NEWEST_IR, OLDEST_IR, import_onnx, newest_opset
from .locating import locating
from .metadata import Metadata, read_metadata
from .node import DOMAINS, Node, read_node
from .operators import OPERATORS
from .tensors import read_dtype, read_tensor
from .texts import as_texts


class Value(NamedTuple):
    """Describe one input or output of a graph."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int | str | None, ...] | None
    """For each axis its size, or a name for a size that is known when the graph runs, or None for any size.

    None in place of the tuple means any number of axes.
    """


class Model(NamedTuple):
    """Hold a checked model: every value has a unique name and is made before it is read."""

    opset: int
    inputs: tuple[Value, ...]
    """In the order of the file; an input with a value among ``constants`` is optional."""
    outputs: tuple[Value, ...]
    constants: dict[str, Array]
    nodes: tuple[Node, ...]
    metadata: Metadata

    @property
    def needed_inputs(self) -> tuple[Value, ...]:
        """The inputs without a default value."""
        return tuple(value for value in self.inputs if value.name not in self.constants)

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays that the file holds."""
        values = [value for node in self.nodes for value in node.attributes.values()]
        return sum(array.nbytes for array in [*self.constants.values(), *values] if isinstance(array, np.ndarray))


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a regular file of less than 2 GiB; errors do not name the path."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST_FILE:
            raise FormatError(f"got {size:,} bytes, wanted at most {LARGEST_FILE:,}")
        return file.read(LARGEST_FILE)


def parse(data: bytes) -> Any:
    """Return the ``ModelProto`` of the bytes of a file; raise FormatError for other bytes."""
    onnx = import_onnx()
    if not data:
        raise FormatError("got an empty file, wanted an ONNX model")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception as error:
        # protobuf raises DecodeError. It is a dependency of onnx, not of nnfs, and is not imported here.
        if type(error).__name__ != "DecodeError":
            raise
        raise FormatError(f"not an ONNX model: {error}") from None
    return model


def read_model(model: Any, files: ExternalData | None = None) -> Model:
    """Check a ``ModelProto``, which is not modified, and return its contents.

    Arrays whose numbers lie in other files are read from ``files``, and refused without it.

    Raises
    ------
    FormatError
        For a model that breaks the format; the message names the field or the node, got and wanted.
    UnsupportedError
        For versions, operators, attributes and kinds of values that nnfs does not support.
    """
    opset = _opset(model)
    graph = model.graph
    if not graph.node:
        raise FormatError("graph: node: got none, wanted at least one")
    for field in ("node", "initializer", "input", "output"):
        check_entries(getattr(graph, field), f"graph: {field}")
    if graph.sparse_initializer:
        raise UnsupportedError("graph: sparse_initializer: nnfs has no sparse arrays")
    constants = _constants(graph.initializer, files)
    inputs = tuple(_value(value, f"graph: input {index}") for index, value in enumerate(graph.input))
    outputs = tuple(_value(value, f"graph: output {index}") for index, value in enumerate(graph.output))
    if not outputs:
        raise FormatError("graph: output: got none, wanted at least one")
    for what, values in (("input", inputs), ("output", outputs)):
        names = [value.name for value in values]
        if len(set(names)) < len(names):
            raise FormatError(f"graph: {what}: a name occurs twice: {short(sorted(names))}")
    nodes = tuple(read_node(node, index, opset, tuple(OPERATORS), files) for index, node in enumerate(graph.node))
    _check_order(nodes, inputs, outputs, constants)
    return Model(opset, inputs, outputs, constants, nodes, read_metadata(model.metadata_props))


def _opset(model: Any) -> int:
    """Return the version of ONNX's operators that a model uses, after a check of its other global fields."""
    if not model.HasField("graph"):
        raise FormatError("graph: is missing")
    if not model.opset_import:
        raise FormatError("opset_import: is missing, so that operators mean nothing")
    if not OLDEST_IR <= model.ir_version <= NEWEST_IR:
        kind = FormatError if model.ir_version < 1 else UnsupportedError
        raise kind(f"ir_version: got {model.ir_version}, wanted {OLDEST_IR} to {NEWEST_IR}")
    if model.functions:
        raise UnsupportedError("functions: nnfs runs ONNX's own operators, and no functions of a file")
    if model.training_info:
        raise UnsupportedError("training_info: nnfs trains in its own way; nnfs reads what computes outputs")
    versions = [entry.version for entry in model.opset_import if entry.domain in DOMAINS]
    if len(versions) != 1:
        raise FormatError(f"opset_import: got {len(versions)} versions of ONNX's operators, wanted one")
    newest = newest_opset()
    if not 1 <= versions[0] <= newest:
        kind = FormatError if versions[0] < 1 else UnsupportedError
        raise kind(f"opset_import: got version {versions[0]} of ONNX's operators, wanted 1 to {newest}")
    return int(versions[0])


def _constants(initializers: Any, files: ExternalData | None) -> dict[str, Array]:
    constants: dict[str, Array] = {}
    for index, tensor in enumerate(initializers):
        where = f"graph: initializer {index} {short(tensor.name)}"
        if not tensor.name or tensor.name in constants:
            raise FormatError(f"{where}: name: got one that {'is empty' if not tensor.name else 'occurs twice'}")
        with locating(where):
            as_texts((tensor.name,))
            constants[tensor.name] = read_tensor(tensor, files)
    return constants


def _value(info: Any, where: str) -> Value:
    where = f"{where} {short(info.name)}"
    if not info.name:
        raise FormatError(f"{where}: name: is empty")
    kind = info.type.WhichOneof("value")
    if kind is None:
        raise FormatError(f"{where}: type: is missing")
    if kind != "tensor_type":
        raise UnsupportedError(f"{where}: type: got {kind}, wanted tensor_type; nnfs has arrays alone")
    tensor = info.type.tensor_type
    with locating(where):
        as_texts((info.name, *(dim.dim_param for dim in tensor.shape.dim)))
    with locating(f"{where}: elem_type"):
        dtype, _ = read_dtype(tensor.elem_type)
    if not tensor.HasField("shape"):
        return Value(info.name, dtype, None)
    sizes: list[int | str | None] = []
    for dim in tensor.shape.dim:
        which = dim.WhichOneof("value")
        if which == "dim_value" and dim.dim_value < 0:
            raise FormatError(f"{where}: shape: got the size {dim.dim_value}, wanted sizes from 0 on")
        sizes.append(getattr(dim, which) or (0 if which == "dim_value" else None) if which else None)
    if len(sizes) > LARGEST_RANK:
        raise FormatError(f"{where}: shape: got {len(sizes)} axes, wanted at most {LARGEST_RANK}")
    return Value(info.name, dtype, tuple(sizes))


def _check_order(
    nodes: Sequence[Node], inputs: Sequence[Value], outputs: Sequence[Value], constants: dict[str, Array]
) -> None:
    """Raise FormatError unless each value is made exactly once and before it is read, which excludes cycles."""
    makers = dict.fromkeys(constants, "an initializer") | {value.name: "an input" for value in inputs}
    later = {name: node.where for node in nodes for name in node.outputs}
    for node in nodes:
        for name in node.inputs:
            if name and name not in makers:
                maker = f"the output of {later[name]}, which comes after it" if name in later else "made by no node"
                raise FormatError(f"{node.where}: input: {short(name)} is {maker}")
        for name in node.outputs:
            if name and name in makers:
                raise FormatError(f"{node.where}: output: {short(name)} is the name of {makers[name]} already")
            if name:
                makers[name] = f"an output of {node.where}"
    for value in outputs:
        if value.name not in makers:
            raise FormatError(f"graph: output {short(value.name)}: nothing makes it")


def as_model(source: Any) -> Any:
    """Return the ``ModelProto`` of a path or of bytes; a ``ModelProto`` is returned unchanged."""
    onnx = import_onnx()
    if isinstance(source, onnx.ModelProto):
        return source
    if isinstance(source, bytes | bytearray | memoryview):
        return parse(bytes(source))
    if isinstance(source, str | os.PathLike):
        return parse(read_bytes(source))
    raise DTypeError(f"load: wanted a path, bytes or a ModelProto, got {type(source).__name__}")
