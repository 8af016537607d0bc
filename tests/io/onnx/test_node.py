"""Attributes and inputs of nodes, checked against ONNX's schema of the operator in the opset."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_node_model

import nnfs.io.onnx
from nnfs import FormatError, UnsupportedError

X = np.ones((1, 2, 4, 4), np.float32)
WEIGHT = np.ones((4, 2, 3, 3), np.float32)


def conv(**attributes):
    return make_node_model("Conv", [X, WEIGHT], **attributes)


def run(model, feeds):
    return nnfs.io.onnx.load(model).run(feeds)


def attribute(model, **fields):
    return model.graph.node[0].attribute.add(**fields)


def test_missing_attributes_have_the_operators_defaults():
    model, _ = conv()
    assert nnfs.io.onnx.load(model).nodes[0].attributes == {"auto_pad": "NOTSET", "group": 1}


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"name": "group", "type": 1, "f": 1.0}, FormatError, "attribute 'group': type: got 1, wanted 2"),
        ({"name": "group", "type": 0, "i": 1}, FormatError, "attribute 'group': type: got 0"),
        ({"name": "group", "type": 2, "f": 1.0}, FormatError, "attribute 'group': got a value in f, wanted it in i"),
        ({"name": "auto_pad", "type": 3, "s": b"\xff"}, FormatError, "attribute 'auto_pad': got b'\\xff'"),
        ({"name": "auto_pad", "type": 3, "s": b"SAME"}, FormatError, "attribute auto_pad: got 'SAME'"),
        ({"name": "group", "type": 2, "ref_attr_name": "g"}, FormatError, "attribute 'group': ref_attr_name"),
        ({"name": "group", "type": 5}, UnsupportedError, "attribute 'group': got a graph"),
        ({"name": "momentum", "type": 1, "f": 1.0}, FormatError, "attribute 'momentum': the operator does not have it"),
    ],
)
def test_wrong_attributes_are_refused(fields, error, message):
    model, feeds = conv()
    attribute(model, **fields)
    with pytest.raises(error) as caught:
        run(model, feeds)
    assert "node 0 'the_node', Conv: " in str(caught.value)
    assert message in str(caught.value)


def test_an_attribute_that_occurs_twice_is_refused():
    model, feeds = conv(group=1)
    attribute(model, name="group", type=2, i=1)
    with pytest.raises(FormatError, match="attribute 'group': occurs twice"):
        run(model, feeds)


def test_a_missing_required_attribute_is_refused():
    model, feeds = make_node_model("MaxPool", [X])
    with pytest.raises(FormatError, match="attribute 'kernel_shape': is missing"):
        run(model, feeds)


def test_inputs_of_another_type_are_refused():
    with pytest.raises(FormatError, match=r"the_node.*input X: got tensor\(int32\), wanted one of tensor\(double\)"):
        run(*make_node_model("Conv", [X.astype(np.int32), WEIGHT]))
    with pytest.raises(FormatError, match=r"the_node.*input W: got tensor\(double\), wanted tensor\(float\)"):
        run(*make_node_model("Conv", [X, WEIGHT.astype(np.float64)]))


BIG = 2**62


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"group": 3}, "attribute group: got 3, wanted a number that divides the 4 filters"),
        ({"group": 0}, "attribute group: got 0"),
        ({"group": -1}, "attribute group: got -1"),
        ({"group": 2}, "in 2 group(s), which fits 4 channels"),
        ({"auto_pad": "SAME_UPPER", "pads": [1, 1, 1, 1]}, "beside auto_pad=SAME_UPPER, wanted one of them"),
        ({"pads": [1, 1]}, "attribute pads: got (1, 1), wanted four"),
        ({"pads": [-1, 0, 0, 0]}, "attribute pads"),
        ({"pads": [BIG, 0, 0, 0]}, "attribute pads"),
        ({"pads": [2**31 - 1] * 4}, "bytes"),
        ({"strides": [0, 1]}, "attribute strides"),
        ({"strides": [BIG, 1]}, "attribute strides"),
        ({"strides": [1]}, "attribute strides: got (1,), wanted two"),
        ({"dilations": [BIG, 1]}, "attribute dilations"),
        ({"dilations": [2, 2]}, "longer than 4"),
        ({"kernel_shape": [2, 2]}, "attribute kernel_shape: got (2, 2), wanted (3, 3)"),
    ],
)
def test_impossible_numbers_in_attributes_are_refused(attributes, message):
    with pytest.raises((FormatError, nnfs.ShapeError)) as error:
        run(*conv(**attributes))
    assert "node 0 'the_node', Conv: " in str(error.value)
    assert message in str(error.value)


def test_errors_carry_the_node_and_its_operator():
    with pytest.raises(FormatError) as error:
        run(*conv(group=3))
    assert (error.value.node, error.value.operator) == ("the_node", "Conv")
    model, feeds = conv()
    attribute(model, name="group", type=5)
    with pytest.raises(UnsupportedError) as error:
        run(model, feeds)
    assert (error.value.node, error.value.operator) == ("the_node", "Conv")
