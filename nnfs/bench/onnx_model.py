"""A network as an ONNX model, for onnxruntime to run beside it."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import UnsupportedError
from ..layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU
from ..network import Sequential

OPSET = 17
IR_VERSION = 8


def onnx_model(network: Sequential) -> bytes:
    """Return a float32 network as a serialized ONNX model with the input ``x`` and the output ``y``."""
    onnx = importlib.import_module("onnx")
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    nodes, name = [], "x"
    for index, layer in enumerate(network.layers):
        output = "y" if layer is network.layers[-1] else f"output{index}"
        operator, attributes = _operator(layer)
        inputs = [name, *(f"{index}.{parameter}" for parameter in layer.parameters)]
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        name = output
    weights = [onnx.numpy_helper.from_array(value, name) for name, value in network.state_dict().items()]
    x, y = (
        helper.make_tensor_value_info(name, float32, ["N", *shape])
        for name, shape in (("x", network.input_shape), ("y", network.output_shape))
    )
    graph = helper.make_graph(nodes, "nnfs", [x], [y], weights)
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION).SerializeToString()


def _operator(layer: Layer) -> tuple[str, dict[str, Any]]:
    match layer:
        case Dense():
            return "Gemm", {"transB": 1}
        case Conv2D():
            window = layer.window
            top, bottom, left, right = window.padding
            return "Conv", {"strides": window.stride, "pads": (top, left, bottom, right), "dilations": window.dilation,
                            "group": layer.groups}  # fmt: skip
        case MaxPool2D():
            top, bottom, left, right = layer.window.padding
            return "MaxPool", {"kernel_shape": layer.window.size, "strides": layer.window.stride,
                               "pads": (top, left, bottom, right)}  # fmt: skip
        case ReLU():
            return "Relu", {}
        case Flatten():
            return "Flatten", {}
    raise UnsupportedError(f"{layer!r} is no layer of the networks that are measured")
