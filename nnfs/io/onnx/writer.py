"""A builder of ONNX graphs: it collects nodes one after the other, and the arrays that they read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...arguments.shapes import Shape
from ...errors import NumericError
from ...layers.parameter import Parameter
from ...sequential import Sequential
from ..source.description import describe_input, describe_output

OPSET = 17


class Writer:
    """Collect the nodes of a graph; each node reads the output of the one before, unless ``value`` is changed.

    Attributes
    ----------
    dtype : numpy.dtype
        The dtype of the network.
    value : str
        The name of the value that the next node reads.
    opset : int
        The version of ONNX's operators that the nodes need.
    prefix : str
        The prefix of the names of nodes and constants: the place of the layer that is written, such as ``2.``.
    """

    def __init__(self, onnx: Any, network: Sequential) -> None:
        self._onnx, self._network = onnx, network
        self._nodes: dict[str, Any] = {}
        self._initializers: dict[str, Array] = {}
        # A layer may occur twice in the network; its weights are written once.
        self._names: dict[int, str] = {}
        for name, parameter in network.parameters.items():
            self._names.setdefault(id(parameter), name)
        for name, array in network.buffers.items():
            self._names.setdefault(id(array), name)
        self.prefix = ""
        self.dtype = network.dtype
        self.value = "input"
        self.opset = OPSET

    def add(self, operator: str, *inputs: str, **attributes: Any) -> None:
        """Add a node that reads ``value`` and the values named by ``inputs``; its output becomes the new ``value``."""
        name, count = f"{self.prefix}{operator}", 2
        while name in self._nodes:
            name, count = f"{self.prefix}{operator}{count}", count + 1
        self._nodes[name] = self._onnx.helper.make_node(operator, [self.value, *inputs], [name], name, **attributes)
        self.value = name

    def array(self, array: Parameter | Array) -> str:
        """Add a parameter or buffer of the network to the file, and return its name.

        Raises NumericError for numbers that are not finite.
        """
        name = self._names[id(array)]
        values = array.value if isinstance(array, Parameter) else array
        if not np.isfinite(values).all():
            raise NumericError(f"{name} holds numbers that are not finite; nothing was saved")
        self._initializers[name] = values
        return name

    def constant(self, name: str, values: Any, dtype: Any = np.int64) -> str:
        """Add a constant array to the file as an input for an operator, and return its name with the prefix."""
        full = f"{self.prefix}{name}"
        self._initializers[full] = np.asarray(values, dtype)
        return full

    def graph(self) -> Any:
        """Return the ``GraphProto`` of all nodes and arrays; the output of the last node is the graph's output."""
        helper = self._onnx.helper
        network = self._network
        nodes = list(self._nodes.values())
        nodes[-1].output[0] = "output"
        code = helper.np_dtype_to_tensor_dtype(network.dtype)

        def info(name: str, shape: Shape, lines: Iterable[str]) -> Any:
            return helper.make_tensor_value_info(name, code, ["batch", *shape], "\n".join(lines))

        return helper.make_graph(
            nodes,
            "nnfs",
            [info("input", network.input_shape, describe_input(network))],
            [info("output", network.output_shape, describe_output(network))],
            [self._onnx.numpy_helper.from_array(array, name) for name, array in self._initializers.items()],
        )
