"""Normalizations in every opset, compared with plain formulas and onnxruntime."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_node_model, run_onnxruntime

import nnfs.io.onnx
from nnfs import FormatError, UnsupportedError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 2, 4, 5)).astype(np.float32)
SCALE, BIAS, MEAN = RNG.normal(size=(3, 2)).astype(np.float32)
VARIANCE = RNG.uniform(0.5, 2, 2).astype(np.float32)


def run(operator, *arrays, outputs=1, **attributes):
    model, feeds = make_node_model(operator, list(arrays), outputs=outputs, **attributes)
    results = list(nnfs.io.onnx.load(model).run(feeds).values())
    return results if outputs > 1 else results[0]


def normalized(x, mean, variance, scale, bias, epsilon=1e-5):
    return (x - mean) / np.sqrt(variance + epsilon) * scale + bias


def per_channel(*arrays):
    return [array.reshape(-1, 1, 1) for array in arrays]


@pytest.mark.parametrize("opset", [1, 6, 7, 9, 14, 15])
def test_batch_normalization(opset):
    attributes = {1: {"is_test": 1, "consumed_inputs": [0] * 5}, 6: {"is_test": 1}}.get(opset, {})
    wanted = normalized(X, *per_channel(MEAN, VARIANCE, SCALE, BIAS))
    got = run("BatchNormalization", X, SCALE, BIAS, MEAN, VARIANCE, opset=opset, **attributes)
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("opset", [6, 7, 9, 14, 15])
def test_batch_normalization_in_training(opset):
    count = 3 if opset >= 14 else 5
    attributes = {"training_mode": 1} if opset >= 14 else {}
    arrays = X, SCALE, BIAS, MEAN, VARIANCE
    y, mean, variance, *saved = run(
        "BatchNormalization", *arrays, outputs=count, opset=opset, momentum=0.75, epsilon=1e-3, **attributes
    )
    batch_mean, batch_variance = X.mean(axis=(0, 2, 3)), X.var(axis=(0, 2, 3))
    wanted = normalized(X, *per_channel(batch_mean, batch_variance, SCALE, BIAS), 1e-3)
    np.testing.assert_allclose(y, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mean, 0.75 * MEAN + 0.25 * batch_mean, rtol=1e-5)
    np.testing.assert_allclose(variance, 0.75 * VARIANCE + 0.25 * batch_variance, rtol=1e-5)
    for array, its in zip(saved, (batch_mean, batch_variance), strict=False):
        np.testing.assert_allclose(array, its, rtol=1e-5, atol=1e-6)


def test_batch_normalization_of_every_pixel():
    arrays = RNG.uniform(0.5, 2, (4, *X.shape[1:])).astype(np.float32)
    got = run("BatchNormalization", X, *arrays, opset=7, spatial=0)
    scale, bias, mean, variance = arrays
    np.testing.assert_allclose(got, normalized(X, mean, variance, scale, bias), rtol=1e-4, atol=1e-5)


def test_batch_normalization_of_several_types():
    half = [array.astype(np.float16) for array in (X, SCALE, BIAS)]
    got = run("BatchNormalization", *half, MEAN, VARIANCE, opset=15)
    assert got.dtype == np.float16
    np.testing.assert_allclose(got, normalized(X, *per_channel(MEAN, VARIANCE, SCALE, BIAS)), rtol=0.02, atol=0.02)


@pytest.mark.parametrize("index", [1, 2, 3, 4])
def test_batch_normalization_of_shapes_that_do_not_fit_is_refused(index):
    arrays = [X, SCALE, BIAS, MEAN, VARIANCE]
    arrays[index] = np.ones(3, np.float32)
    with pytest.raises(FormatError, match=r"the_node.*got shape \(3,\), wanted \(2,\)"):
        run("BatchNormalization", *arrays)
    with pytest.raises(FormatError, match="a channel axis"):
        run("BatchNormalization", X[0, 0, 0], *arrays[1:])


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -4])
@pytest.mark.parametrize("with_bias", [False, True])
def test_layer_normalization(onnxruntime, axis, with_bias):
    scale, bias = RNG.normal(size=(2, *X.shape[axis:])).astype(np.float32)
    arrays = [X, scale, bias] if with_bias else [X, scale]
    model, feeds = make_node_model("LayerNormalization", arrays, outputs=3, axis=axis, epsilon=1e-3)
    wanted = run_onnxruntime(model, feeds)
    for got, its in zip(nnfs.io.onnx.load(model).run(feeds).values(), wanted, strict=True):
        assert got.shape == its.shape
        np.testing.assert_allclose(got, its, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_types_of_layer_normalization(dtype):
    x, scale = X.astype(dtype), np.ones(5, dtype)
    y, mean, inverse = run("LayerNormalization", x, scale, outputs=3, out_dtypes=[dtype, np.float32, np.float32])
    assert (y.dtype, mean.dtype, inverse.dtype) == (dtype, np.float32, np.float32)
    wide = x.astype(np.float64)
    wanted = normalized(wide, wide.mean(axis=-1, keepdims=True), wide.var(axis=-1, keepdims=True), 1, 0)
    np.testing.assert_allclose(y, wanted, atol=1e-2 if dtype == np.float16 else 1e-9)


def test_impossible_layer_normalizations_are_refused():
    with pytest.raises(FormatError, match=r"input Scale: got shape \(4,\)"):
        run("LayerNormalization", X, np.ones(4, np.float32))
    with pytest.raises(FormatError, match=r"input Scale: got shape \(2, 3, 2, 4, 5\)"):
        run("LayerNormalization", X, np.ones((2, 3, 2, 4, 5), np.float32))
    with pytest.raises(FormatError, match="nothing to normalize"):
        run("LayerNormalization", X[..., :0], np.ones(0, np.float32))
    with pytest.raises(FormatError, match="attribute axis: got 4"):
        run("LayerNormalization", X, np.ones(5, np.float32), axis=4)
    with pytest.raises(UnsupportedError, match="attribute stash_type: got 16"):
        run("LayerNormalization", X, np.ones(5, np.float32), stash_type=16)
