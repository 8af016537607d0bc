"""Activations in every opset, and for the smallest and largest floats."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_node_model, run_onnxruntime

import nnfs.io.onnx
from nnfs import FormatError

EDGES = np.array([[np.nan, -np.inf, np.inf, 0, -0.0, -1e4, 1e4, -3.5, 2.5]], np.float32)


def run(operator, *arrays, outputs=1, **attributes):
    model, feeds = make_node_model(operator, list(arrays), outputs=outputs, **attributes)
    results = list(nnfs.io.onnx.load(model).run(feeds).values())
    return results if outputs > 1 else results[0]


def test_relu():
    assert np.array_equal(run("Relu", EDGES)[0], [np.nan, 0, np.inf, 0, 0, 0, 1e4, 0, 2.5], equal_nan=True)
    assert run("Relu", np.array([-3, 4], np.int8)).tolist() == [0, 4]


@pytest.mark.parametrize("opset", [1, 6, 16])
def test_leaky_relu(opset):
    assert np.array_equal(
        run("LeakyRelu", EDGES, alpha=0.5, opset=opset)[0],
        [np.nan, -np.inf, np.inf, 0, 0, -5000, 1e4, -1.75, 2.5],
        equal_nan=True,
    )


def test_sigmoid_and_tanh():
    assert np.allclose(
        run("Sigmoid", EDGES)[0], [np.nan, 0, 1, 0.5, 0.5, 0, 1, 0.0293122, 0.9241418], atol=1e-7, equal_nan=True
    )
    assert np.allclose(run("Tanh", EDGES), np.tanh(EDGES), equal_nan=True)


@pytest.mark.parametrize("operator", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize("opset", [1, 11, 13, 17])
@pytest.mark.parametrize("axis", [None, 0, 1, 2])
def test_softmax_in_every_opset(onnxruntime, operator, opset, axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    attributes = {} if axis is None else {"axis": axis}
    model, feeds = make_node_model(operator, [x], opset=opset, **attributes)
    assert np.allclose(nnfs.io.onnx.load(model).run(feeds)["y0"], run_onnxruntime(model, feeds)[0], atol=1e-6)


def test_softmax_before_opset_13_is_over_all_further_axes():
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    assert np.allclose(run("Softmax", x, opset=12).sum(axis=(1, 2)), 1)
    assert np.allclose(run("Softmax", x, opset=13).sum(axis=2), 1)


def test_softmax_of_special_numbers():
    rows = np.array([[-np.inf] * 3, [np.inf, 0, 0], [np.nan, 0, 0], [1e4, -1e4, 0]], np.float32)
    soft, log = run("Softmax", rows), run("LogSoftmax", rows)
    assert np.isnan(soft[:3]).all()
    assert np.isnan(log[:3]).all()
    assert soft[3].tolist() == [1, 0, 0]
    assert log[3].tolist() == [0, -20000, -10000]
    assert run("Softmax", np.empty((0, 3), np.float32)).shape == (0, 3)
    assert run("LogSoftmax", np.empty((2, 0), np.float32)).shape == (2, 0)


@pytest.mark.parametrize("opset", [12, 13])
def test_an_axis_out_of_range_is_refused(opset):
    with pytest.raises(FormatError, match="attribute axis: got 5"):
        run("Softmax", EDGES, axis=5, opset=opset)


@pytest.mark.parametrize("opset", [1, 6])
def test_clip_by_attributes(opset):
    x = np.array([-5, 0.5, 5], np.float32)
    assert run("Clip", x, min=-1.0, max=1.0, opset=opset).tolist() == [-1, 0.5, 1]
    assert run("Clip", x, min=0.0, opset=opset).tolist() == [0, 0.5, 5]
    assert run("Clip", x.astype(np.float16), opset=opset).tolist() == [-5, 0.5, 5]


@pytest.mark.parametrize("opset", [11, 12, 13])
def test_clip_by_inputs(opset):
    x, low, high = (np.array(values, np.float32) for values in ([-5, 0.5, np.nan, 5], -1, 1))
    assert np.array_equal(run("Clip", x, low, high, opset=opset), [-1, 0.5, np.nan, 1], equal_nan=True)
    assert np.array_equal(run("Clip", x, None, high, opset=opset), [-5, 0.5, np.nan, 1], equal_nan=True)
    with pytest.raises(FormatError, match=r"input min: got shape \(4,\), wanted one number"):
        run("Clip", x, x, opset=opset)


@pytest.mark.parametrize("opset", [1, 6, 7, 10, 12, 13])
def test_dropout_outside_training(opset):
    x = np.ones((3, 4), np.float32)
    attributes = {"is_test": 1} if opset < 7 else {}
    mask_dtype = np.bool_ if opset >= 10 else np.float32
    y, mask = run("Dropout", x, outputs=2, out_dtypes=[np.float32, mask_dtype], opset=opset, **attributes)
    assert (y == x).all()
    assert mask.dtype == mask_dtype
    assert mask.all()
    assert (run("Dropout", x, opset=opset, **attributes) == x).all()


@pytest.mark.parametrize("opset", [1, 6, 12, 13])
def test_dropout_in_training(opset):
    x = np.ones((100, 100), np.float32)
    if opset < 12:
        attributes, arrays = {"ratio": 0.25}, [x]
    else:
        attributes, arrays = {"seed": 7}, [x, np.array(0.25, np.float32), np.array(True)]
    mask_dtype = np.bool_ if opset >= 10 else np.float32
    y, mask = run("Dropout", *arrays, outputs=2, out_dtypes=[np.float32, mask_dtype], opset=opset, **attributes)
    assert abs(mask.mean() - 0.75) < 0.03
    assert np.allclose(y, mask / np.float32(0.75))


@pytest.mark.parametrize("ratio", [1.0, -0.5, 2.0, np.nan])
def test_dropout_with_a_ratio_out_of_range_is_refused(ratio):
    with pytest.raises(FormatError, match=r"the_node.*ratio: got"):
        run("Dropout", EDGES, np.array(ratio, np.float32), np.array(True))


def test_dropout_with_several_ratios_is_refused():
    with pytest.raises(FormatError, match=r"input ratio: got shape \(2,\)"):
        run("Dropout", EDGES, np.ones(2, np.float32), np.array(True))


def test_elu_and_softplus():
    x = EDGES[:, 1:]
    assert np.allclose(run("Elu", x, alpha=2.0), [[-2, np.inf, 0, 0, -2, 1e4, -1.9396052, 2.5]])
    assert np.allclose(run("Softplus", x), [[0, np.inf, 0.6931472, 0.6931472, 0, 1e4, 0.0297504, 2.5788898]])
    assert np.isnan(run("Elu", EDGES)[0, 0])
    assert np.isnan(run("Softplus", EDGES)[0, 0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gelu(dtype, backend):
    x = np.array([-1, 0, 2], dtype)
    for mode, wanted in (("none", [-0.1586553, 0, 1.9544997]), ("tanh", [-0.1588080, 0, 1.9545977])):
        y = run("Gelu", x, approximate=mode, opset=20)
        assert y.dtype == dtype
        assert np.allclose(y, wanted, atol=1e-3 if dtype == np.float16 else 1e-6)
    with pytest.raises(FormatError, match="attribute approximate: got 'erf'"):
        run("Gelu", x, approximate="erf", opset=20)
