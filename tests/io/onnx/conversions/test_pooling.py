import re

import numpy as np
import pytest
from onnx_models import make_model, normal

import nnfs.io.onnx
from nnfs import UnsupportedError

onnx = pytest.importorskip("onnx")
FLOAT = np.dtype(np.float32)


def graph(nodes, shape, constants=None, opset=18):
    made = [onnx.helper.make_node(operator, inputs, outputs, **more) for operator, inputs, outputs, more in nodes]
    return make_model(made, {"x": (FLOAT, shape)}, {"y": (FLOAT, None)}, constants=constants, opset=opset)


CASES = {
    "MaxPool with ceil_mode": (
        [("MaxPool", ["x"], ["y"], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4, "ceil_mode": 1})],
        {},
        "attribute ceil_mode: the last window reaches over the border (1, 2, 1, 1)",
    ),
    "AveragePool with ceil_mode": (
        [("AveragePool", ["x"], ["y"], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4, "ceil_mode": 1})],
        {},
        "attribute ceil_mode: the last window reaches over the border (1, 2, 1, 1)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_error_shows_what_to_write_in_the_exporting_program(name):
    nodes, constants, words = CASES[name]
    with pytest.raises(UnsupportedError, match=re.escape(words)):
        nnfs.io.onnx.load(graph(nodes, ["N", 2, 8, 7], constants)).to_network()


def test_a_pool_with_ceil_mode_whose_border_is_small_is_read():
    node = ("MaxPool", ["x"], ["y"], {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1})
    loaded = nnfs.io.onnx.load(graph([node], ["N", 2, 8, 8]))
    x = normal(2, 2, 8, 8)
    np.testing.assert_array_equal(loaded.to_network().predict(x), loaded.run({"x": x})["y"])
