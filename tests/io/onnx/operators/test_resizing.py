"""Enlarged images, compared with onnxruntime; factors that are not whole are refused."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_node_model, run_onnxruntime

import nnfs.io.onnx
from nnfs import FormatError, ShapeError, UnsupportedError

X = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
NONE = np.array([], np.float32)


def floats(*values):
    return np.array(values, np.float32)


def compare(*arrays, **attributes):
    model, feeds = make_node_model("Resize", list(arrays), **attributes)
    got = nnfs.io.onnx.load(model).run(feeds)["y0"]
    np.testing.assert_allclose(got, run_onnxruntime(model, feeds)[0], atol=1e-6)


@pytest.mark.parametrize("factors", [(1, 1), (2, 2), (3, 1), (4, 5)])
def test_whole_factors(onnxruntime, factors):
    scales = floats(1, 1, *factors)
    compare(X, scales, opset=10)
    for opset in (11, 13, 18, 19):
        for place, rounding in (("asymmetric", "floor"), ("half_pixel", "round_prefer_floor")):
            forms = {"coordinate_transformation_mode": place, "nearest_mode": rounding}
            compare(X, NONE, scales, mode="nearest", opset=opset, **forms)
        for place in ("half_pixel", "pytorch_half_pixel"):
            compare(X, NONE, scales, mode="linear", coordinate_transformation_mode=place, opset=opset)
    compare(X, None, None, np.array([2, 3, 4 * factors[0], 5 * factors[1]]), mode="linear", opset=13)


@pytest.mark.parametrize(
    ("arrays", "attributes", "error", "message"),
    [
        ([NONE, floats(1, 1, 2, 1.5)], {}, UnsupportedError, "wanted whole ones"),
        ([NONE, floats(1, 1, 0.5, 0.5)], {}, UnsupportedError, "wanted whole ones"),
        ([NONE, floats(1, 1, np.nan, np.inf)], {}, UnsupportedError, "wanted whole ones"),
        ([NONE, floats(1, 2, 2, 2)], {}, UnsupportedError, "wanted whole ones"),
        ([NONE, floats(1, 1, 1e6, 1e6)], {}, ShapeError, "bytes"),
        ([NONE, floats(2, 2)], {}, FormatError, "input scales: got shape (2,)"),
        ([NONE, NONE, np.array([8, 10])], {}, FormatError, "input sizes: got shape (2,)"),
        ([], {}, FormatError, "inputs scales, sizes: wanted one of them"),
        ([NONE, floats(1, 1, 2, 2)], {"mode": "cubic"}, UnsupportedError, "attribute mode: got 'cubic'"),
        ([NONE, floats(1, 1, 2, 2)], {"nearest_mode": "ceil"}, UnsupportedError, "attribute mode: got 'nearest'"),
        ([NONE, floats(1, 1, 2, 2)], {"antialias": 1}, UnsupportedError, "attributes antialias"),
    ],
)
def test_other_forms_of_resize_are_refused(arrays, attributes, error, message):
    model, feeds = make_node_model("Resize", [X, *arrays], opset=18, **attributes)
    with pytest.raises(error) as caught:
        nnfs.io.onnx.load(model).run(feeds)
    assert message in str(caught.value)
