"""Operators that move numbers: shapes, borders and axes, and impossible ones, which are refused."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_model, make_node_model, run_onnxruntime

import nnfs.io.onnx
from nnfs import FormatError, UnsupportedError
from nnfs.io.onnx.operators.arrangement import reshaped

X = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def run(operator, *arrays, **attributes):
    model, feeds = make_node_model(operator, list(arrays), **attributes)
    return nnfs.io.onnx.load(model).run(feeds)["y0"]


def integers(*values):
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("wanted", "allow_zero", "shape"),
    [
        ((6, 4), False, (6, 4)),
        ((-1,), False, (24,)),
        ((0, -1), False, (2, 12)),
        ((0, 0, 2, -1), False, (2, 3, 2, 2)),
    ],
)
def test_reshaped(wanted, allow_zero, shape):
    assert reshaped((2, 3, 4), wanted, allow_zero) == shape


def test_reshaped_of_an_empty_array():
    assert reshaped((0, 3), (3, 0), True) == (3, 0)
    assert reshaped((0, 3, 2), (0, -1)) == (0, 6)
    assert reshaped((2, 0), (2, -1)) == (2, 0)
    assert reshaped((), ()) == ()
    assert reshaped((), (1, -1)) == (1, 1)


@pytest.mark.parametrize(
    ("wanted", "allow_zero"),
    [
        ((5,), False),
        ((-1, -1), False),
        ((-2, 12), False),
        ((5, -1), False),
        ((2, 3, 4, 0), False),
        ((0, -1), True),
        ((0, 24), True),
        ((2**62, 4), False),
        ((1,) * 65, False),
    ],
)
def test_impossible_shapes_are_refused(wanted, allow_zero):
    with pytest.raises(FormatError, match="shape: got"):
        reshaped((2, 3, 4), wanted, allow_zero)


@pytest.mark.parametrize("opset", [1, 5, 13, 14])
def test_reshape(opset):
    if opset < 5:
        assert run("Reshape", X, shape=[4, 6], opset=opset).shape == (4, 6)
        with pytest.raises(FormatError, match="attribute shape: is missing"):
            run("Reshape", X, opset=opset)
    else:
        assert run("Reshape", X, integers(0, -1), opset=opset).shape == (2, 12)
        with pytest.raises(FormatError, match="input shape: got shape"):
            run("Reshape", X, integers([0, -1]), opset=opset)


@pytest.mark.parametrize("opset", [1, 9, 11, 13])
def test_flatten(opset):
    assert [run("Flatten", X, axis=axis, opset=opset).shape for axis in range(4)] == [(1, 24), (2, 12), (6, 4), (24, 1)]
    with pytest.raises(FormatError, match="attribute axis: got 4"):
        run("Flatten", X, axis=4, opset=opset)


def test_transpose():
    assert np.array_equal(run("Transpose", X), X.T)
    assert np.array_equal(run("Transpose", X, perm=[1, 0, 2]), X.transpose(1, 0, 2))
    for order in ([0, 1], [0, 1, 1], [0, 1, 3], [-1, 0, 1]):
        with pytest.raises(FormatError, match="attribute perm"):
            run("Transpose", X, perm=order)


@pytest.mark.parametrize("opset", [1, 4, 11, 13])
def test_concat(opset):
    assert run("Concat", X, X, axis=2, opset=opset).shape == (2, 3, 8)
    if opset == 1:
        assert run("Concat", X, X, opset=opset).shape == (2, 6, 4)
    for axis in (3, -4):
        with pytest.raises(FormatError, match="attribute axis"):
            run("Concat", X, X, axis=axis, opset=opset)
    with pytest.raises(FormatError, match="wanted equal ones except for axis 0"):
        run("Concat", X, X[:, :, :3], axis=0, opset=opset)
    with pytest.raises(FormatError, match="wanted equal ones except for axis 0"):
        run("Concat", X, X[0], axis=0, opset=opset)
    with pytest.raises(FormatError, match="attribute axis: got 0"):
        run("Concat", X[0, 0, 0], axis=0, opset=opset)


@pytest.mark.parametrize("opset", [1, 2, 11, 13, 18])
@pytest.mark.parametrize("mode", ["constant", "reflect", "edge"])
@pytest.mark.parametrize("pads", [(0, 1, 2, 1, 0, 3), (0, -1, 0, 0, 0, -2), (0, -2, 1, 0, 1, 0)])
def test_pad(onnxruntime, opset, mode, pads):
    if opset < 11:
        name = "paddings" if opset == 1 else "pads"
        got = run("Pad", X, mode=mode, value=9.0, opset=opset, **{name: pads})
    else:
        got = run("Pad", X, integers(*pads), np.array(9, np.float32), mode=mode, opset=opset)
    if mode == "constant" or min(pads) >= 0:  # with negative pads, onnxruntime reflects before it cuts
        model, feeds = make_node_model("Pad", [X, integers(*pads), np.array(9, np.float32)], mode=mode, opset=13)
        assert np.array_equal(got, run_onnxruntime(model, feeds)[0])
    else:
        assert got.shape == tuple(np.array(X.shape) + np.array(pads).reshape(2, 3).sum(axis=0))


def test_pad_of_some_axes_and_with_wrap():
    assert run("Pad", X, integers(1, 1), None, integers(-1), opset=18).shape == (2, 3, 6)
    assert run("Pad", X[0, 0], integers(1, 2), mode="wrap", opset=19).tolist() == [3, 0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(
    ("arrays", "attributes", "error", "message"),
    [
        ([integers(1, 1)], {}, FormatError, "pads: got 2 numbers, wanted 6"),
        ([integers(-3, 0, 0, 0, 0, 0)], {}, FormatError, "pads: got -3 and 0 for axis 0"),
        ([integers(-1, 0, 0, -2, 0, 0)], {}, FormatError, "pads: got -1 and -2 for axis 0"),
        ([integers(2**62, 0, 0, 0, 0, 0)], {}, FormatError, "bytes"),
        ([integers(2**62, 0, 0, 0, 0, 0)], {"mode": "edge"}, FormatError, "bytes"),
        ([integers(*range(200))], {}, FormatError, "input pads: got shape (200,)"),
        ([integers(1, 1), None, integers(3)], {}, FormatError, "input axes: got 3"),
        ([integers(1, 1, 1, 1), None, integers(0, -3)], {}, FormatError, "each axis once"),
        ([integers(0, 0, 0, 0, 0, 0), np.ones(2, np.float32)], {}, FormatError, "input constant_value: got shape (2,)"),
        ([integers(0, 0, 0, 0, 0, 0)], {"mode": "mirror"}, UnsupportedError, "attribute mode: got 'mirror'"),
    ],
)
def test_impossible_borders_are_refused(arrays, attributes, error, message):
    with pytest.raises(error) as caught:
        run("Pad", X, *arrays, opset=18, **attributes)
    assert message in str(caught.value)


def test_a_border_of_an_empty_axis_is_refused():
    for mode in ("edge", "reflect"):
        with pytest.raises(FormatError, match="nothing to take numbers from"):
            run("Pad", X[:, :0], integers(0, 1, 0, 0, 0, 0), mode=mode)
    assert run("Pad", X[:, :0], integers(0, 1, 0, 0, 0, 0)).shape == (2, 1, 4)


@pytest.mark.parametrize(
    ("attributes", "wanted", "dtype"),
    [
        ({"value_float": 1.5}, 1.5, np.float32),
        ({"value_floats": [1.5, 2]}, [1.5, 2], np.float32),
        ({"value_int": 3}, 3, np.int64),
        ({"value_ints": [3, 4]}, [3, 4], np.int64),
    ],
)
def test_constants(attributes, wanted, dtype):
    got = run("Constant", out_dtypes=[dtype], **attributes)
    assert got.dtype == dtype
    assert got.tolist() == wanted


def test_impossible_constants_are_refused():
    with pytest.raises(FormatError, match="attributes: got none, wanted one value"):
        run("Constant")
    with pytest.raises(FormatError, match="wanted one value"):
        run("Constant", value_int=1, value_float=1.0)
    with pytest.raises(UnsupportedError, match="attribute 'value_strings': got texts"):
        run("Constant", value_strings=["a"])


def test_the_outputs_are_copies():
    from onnx import helper

    w = np.ones((2, 2), np.float32)
    nodes = [helper.make_node("Identity", ["w"], ["a"]), helper.make_node("Identity", ["x"], ["b"])]
    model = make_model(nodes, {"x": ("f4", [2])}, {"a": ("f4", [2, 2]), "b": ("f4", [2])}, constants={"w": w})
    graph = nnfs.io.onnx.load(model)
    x = np.ones(2, np.float32)
    for array in graph.run({"x": x}).values():
        array += 1
    assert (x == 1).all()
    assert (graph.run({"x": x})["a"] == 1).all()
