"""Small ONNX models for tests, made with the helpers of onnx, and their outputs by onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs.io.onnx
from nnfs import FormatError, UnsupportedError


def make_model(nodes, inputs, outputs, *, constants=None, opset=17, ir=8):
    """Return a ModelProto; inputs and outputs are dicts of (dtype, shape) by name, constants of arrays."""
    from onnx import defs, helper, numpy_helper

    if opset > defs.onnx_opset_version():
        pytest.skip(f"this onnx does not know opset {opset}")

    def infos(values):
        return [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
            for name, (dtype, shape) in values.items()
        ]

    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in (constants or {}).items()]
    graph = helper.make_graph(nodes, "test", infos(inputs), infos(outputs), tensors)
    return helper.make_model(graph, ir_version=ir, opset_imports=[helper.make_opsetid("", opset)])


def make_node_model(operator, arrays, *, outputs=1, out_dtypes=None, opset=17, **attributes):
    """Return a model of one node whose inputs, all arrays, are inputs of the graph, and those inputs by name.

    None is an input that is left out.
    """
    from onnx import helper

    names = ["" if array is None else f"x{index}" for index, array in enumerate(arrays)]
    made = [f"y{index}" for index in range(outputs)]
    node = helper.make_node(operator, names, made, "the_node", **attributes)
    feeds = {name: array for name, array in zip(names, arrays, strict=True) if name}
    dtypes = out_dtypes or [next(iter(feeds.values())).dtype if feeds else np.float32] * outputs
    declared = {name: (array.dtype, array.shape) for name, array in feeds.items()}
    return make_model([node], declared, {n: (d, None) for n, d in zip(made, dtypes, strict=True)}, opset=opset), feeds


def run_onnxruntime(model, feeds):
    """Return the list of outputs that onnxruntime computes for a model and its inputs by name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return session.run(None, feeds)


def normal(*shape):
    return np.random.default_rng(sum(shape)).normal(0, 0.3, shape).astype(np.float32)


def node(operator, inputs, outputs, **attributes):
    from onnx import helper

    return helper.make_node(operator, inputs, outputs, f"the_{operator}", **attributes)


def load(nodes, shape, constants=None, *, batch="n", rank=2, opset=17, dtype="f4"):
    """Return the graph, read by nnfs, of nodes with the input x (batch, *shape) and the output y."""
    outputs = {"y": (dtype, [None] * rank)}
    return nnfs.io.onnx.load(
        make_model(nodes, {"x": (dtype, [batch, *shape])}, outputs, constants=constants, opset=opset)
    )


def check(graph, shape, layers, *, rows=3):
    """Assert that a graph becomes a network with these layers and equal outputs, which can be trained for a step."""
    network = graph.to_network(seed=1)
    assert repr(network.layers) == f"[{layers}]"
    x = normal(rows, *shape)
    wanted = graph.run({"x": x})["y"]
    np.testing.assert_allclose(network.predict(x), wanted, rtol=1e-5, atol=1e-6)
    if network.vector.value.size:
        before = network.vector.value.copy()
        network.fit(x, np.zeros_like(wanted), loss="mean_squared_error", verbose=0)
        assert not np.array_equal(network.vector.value, before)
    return network


def refused(nodes, shape, constants=None, message="", **arguments):
    graph = load(nodes, shape, constants, **arguments)
    with pytest.raises((UnsupportedError, FormatError)) as error:
        graph.to_network()
    assert message in str(error.value)
