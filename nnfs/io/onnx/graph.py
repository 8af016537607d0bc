"""Graphs: the operators of an ONNX file, run with NumPy and with nnfs's kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...arguments.arrays import read_array
from ...arguments.shapes import Shape
from ...errors import DTypeError, FormatError, ShapeError
from ...sequential import Sequential
from ..strict_json import short
from .graph_size import check_array_size, check_pass, given
from .locating import locating
from .model import Model, Value
from .node import Node
from .operators import run_node
from .tensors import TYPE_NAMES
from .to_network import to_network


class Graph:
    """Run the nodes of an ONNX model one after the other, in the dtypes of the model.

    `nnfs.io.onnx.load` makes graphs. Several threads may run one graph at once.

    Attributes
    ----------
    opset : int
        The version of ONNX's operators that the file uses.
    inputs, outputs : tuple of Value
        Name, dtype and shape of each; ``inputs`` are those that `run` needs.
    nodes : tuple of Node
        The nodes in the order in which they run.
    constants : dict of ndarray
        The arrays of the file by name; `run` may be given other arrays for those that are inputs, too.
    metadata : Metadata
        The ``loss`` and the ``facts`` of the network, if nnfs wrote the file.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.opset, self.nodes, self.constants, self.outputs = model.opset, model.nodes, model.constants, model.outputs
        self.metadata, self.inputs = model.metadata, model.needed_inputs
        # A constant with the name of an input is its default value.
        self._defaults = {value.name: value for value in model.inputs if value.name in model.constants}
        self._last_uses = _last_uses(self.nodes, {value.name for value in self.outputs})

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays that the file holds."""
        return self._model.nbytes

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Array]:
        """Compute the outputs of the graph.

        Parameters
        ----------
        inputs : dict of array
            An array for each name in ``inputs``, with the declared dtype and shape; not modified. Other dtypes are
            converted if no value can change.

        Returns
        -------
        dict of ndarray
            New arrays by name, which belong to the caller, in the order of ``outputs``.

        Raises
        ------
        ShapeError, DTypeError, ValueError
            For inputs that are missing, unknown, or of another shape or dtype.
        FormatError, ShapeError, UnsupportedError
            When the inputs of a node do not fit each other, or nnfs does not support the node; the message names node
            and attribute or input, got and wanted.
        """
        checked = self._checked(inputs)
        values: dict[str, Array] = {**self.constants, **checked}
        made: dict[str, int] = {}
        used = 0
        with np.errstate(all="ignore"), given(self.nbytes + sum(array.nbytes for array in checked.values())):
            for node, done in zip(self.nodes, self._last_uses, strict=True):
                results = run_node(node, [values[name] if name else None for name in node.inputs])
                values.update(zip(node.outputs, results, strict=True))
                for name, result in zip(node.outputs, results, strict=True):
                    used += result.nbytes - made.get(name, 0)
                    made[name] = result.nbytes
                for name in done:  # this frees its memory
                    values.pop(name, None)
                    used -= made.pop(name, 0)
                with locating(node.where, node=node.name, operator=node.operator):
                    check_pass(used)
        is_any_batch = any(value.shape and not isinstance(value.shape[0], int) for value in self.inputs)
        for value in self.outputs:
            _check_output(value, values[value.name], is_any_batch)
        return {value.name: np.array(values[value.name], order="C") for value in self.outputs}

    def to_network(self, *, seed: int = 0) -> Sequential:
        """Return a new network with the layers and the weights of this graph, which can be trained.

        It computes the outputs of the graph. If nnfs wrote the file, it has the loss and the facts of that network.
        ``seed`` is that of its random numbers: shuffling, dropout.

        Raises
        ------
        UnsupportedError
            For a node that no layer computes; the message names operator, node and reason.
        """
        return to_network(self._model, seed=seed)

    def __repr__(self) -> str:
        names = [", ".join(value.name for value in values) for values in (self.inputs, self.outputs)]
        return f"Graph({names[0]} -> {names[1]}, {len(self.nodes)} nodes, opset {self.opset})"

    def _checked(self, inputs: Mapping[str, Any]) -> dict[str, Array]:
        if not isinstance(inputs, Mapping):
            raise DTypeError(f"run: inputs must be a dict of arrays by name, got {type(inputs).__name__}")
        known = {value.name: value for value in self.inputs} | self._defaults
        missing = [value.name for value in self.inputs if value.name not in inputs]
        unknown = [name for name in inputs if name not in known]
        if missing or unknown:
            raise ValueError(
                f"run: the inputs are {', '.join(value.name for value in self.inputs) or 'none'}; "
                + "; ".join(
                    f"{word} {', '.join(map(str, names))}"
                    for word, names in (("missing", missing), ("unknown", unknown))
                    if names
                )
            )
        sizes: dict[str, int] = {}
        return {name: _as_input(known[name], values, sizes) for name, values in inputs.items()}


def _as_input(value: Value, given: Any, sizes: dict[str, int]) -> Array:
    """Return a user's array as the input that the graph declares; raise DTypeError or ShapeError if it does not fit.

    ``sizes`` holds the size of each named axis of the inputs so far; the names of this input are added.
    """
    where = f"input {short(value.name)}"
    array = read_array(given, where)
    if array.dtype.newbyteorder("=") not in TYPE_NAMES or not np.can_cast(array.dtype, value.dtype, "safe"):
        raise DTypeError(
            f"{where} must be {value.dtype}, got {array.dtype}; if that loses nothing: .astype({value.dtype.name!r})"
        )
    check_array_size(array.shape, value.dtype, array.nbytes)
    if value.shape is None:
        return np.asarray(array, value.dtype)
    fits = len(array.shape) == len(value.shape)
    for size, wanted in zip(array.shape, value.shape, strict=False):
        known = sizes.setdefault(wanted, size) if isinstance(wanted, str) else wanted
        fits = fits and known in (None, size)
    if not fits:
        names = ", ".join(_size_name(size, sizes) for size in value.shape)
        raise ShapeError(f"{where} must have shape ({names}), got {array.shape}")
    return np.asarray(array, value.dtype)


def _size_name(size: int | str | None, sizes: dict[str, int]) -> str:
    if isinstance(size, str):
        return f"{size[:40]}={sizes[size]}" if size in sizes else size[:40]
    return "any" if size is None else str(size)


def _check_output(value: Value, array: Array, is_any_batch: bool) -> None:
    """Raise FormatError for an output that is not what the file declares.

    Where the batch may be of any size, the declared one is not looked at: PyTorch's older exporter writes that of its
    example.
    """
    if array.dtype != value.dtype:
        raise FormatError(f"graph: output {short(value.name)}: elem_type: got {value.dtype}, but it is {array.dtype}")
    shape: tuple[int | str | None, ...] | Shape = value.shape if value.shape is not None else array.shape
    pairs = list(zip(shape, array.shape, strict=False))[is_any_batch:]
    if len(shape) != array.ndim or any(isinstance(wanted, int) and wanted != size for wanted, size in pairs):
        raise FormatError(f"graph: output {short(value.name)}: shape: got {short(shape)}, but it is {array.shape}")


def _last_uses(nodes: Sequence[Node], outputs: set[str]) -> list[list[str]]:
    """Return for each node the names of the values that no later node reads."""
    seen = set(outputs)
    last: list[list[str]] = []
    for node in reversed(nodes):
        names = {*node.inputs, *node.outputs} - seen
        seen |= names
        last.append(sorted(names))
    return last[::-1]
