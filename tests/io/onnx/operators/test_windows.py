"""Convolution and pooling with random attributes, compared with onnxruntime; wrong sizes are refused."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_node_model, run_onnxruntime

import nnfs.io.onnx
from nnfs import FormatError, ShapeError, UnsupportedError

CASES = 50
AUTO = ("NOTSET", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


def draw_window(rng, *, pads=True, far=False):
    """Return random attributes of a window, and its size; with ``far``, some pads and strides exceed the image."""
    size = rng.integers(1, 4, 2)
    far = far and rng.random() < 0.5
    steps = 13 if far else 4
    attributes = {"strides": rng.integers(1, steps, 2).tolist(), "dilations": rng.integers(1, steps - 1, 2).tolist()}
    mode = AUTO[rng.integers(len(AUTO))]
    if mode != "NOTSET":
        attributes["auto_pad"] = mode
    elif pads:
        attributes["pads"] = [int(rng.integers(0, 20 if far else side)) for side in (*size, *size)]
    return size.tolist(), attributes


def compare(model, feeds, tolerance=1e-5):
    """Compare the outputs with onnxruntime's, and return whether onnxruntime can run the model."""
    try:
        wanted = run_onnxruntime(model, feeds)
    except Exception:
        return False
    if 0 in wanted[0].shape:  # a window that is longer than the image
        with pytest.raises(ShapeError, match="is longer than"):
            nnfs.io.onnx.load(model).run(feeds)
        return True
    got = list(nnfs.io.onnx.load(model).run(feeds).values())
    for mine, its in zip(got, wanted, strict=True):
        assert (mine.dtype, mine.shape) == (its.dtype, its.shape)
        np.testing.assert_allclose(mine, its, rtol=tolerance, atol=tolerance)
    return True


@pytest.mark.parametrize("opset", [10, 17, 22])
def test_conv(onnxruntime, backend, opset):
    rng = np.random.default_rng(opset)
    ran = 0
    for _ in range(CASES):
        groups = int(rng.integers(1, 3))
        size, attributes = draw_window(rng, far=True)
        x = rng.normal(size=(rng.integers(1, 4), 2 * groups, *rng.integers(3, 9, 2))).astype(np.float32)
        weight = rng.normal(size=(3 * groups, 2, *size)).astype(np.float32)
        bias = rng.normal(size=3 * groups).astype(np.float32)
        arrays = [x, weight, bias][: int(rng.integers(2, 4))]
        ran += compare(*make_node_model("Conv", arrays, opset=opset, group=groups, **attributes))
    assert ran > CASES // 2


@pytest.mark.parametrize("opset", [10, 17, 22])
def test_conv_transpose(onnxruntime, backend, opset):
    rng = np.random.default_rng(opset)
    ran = 0
    for _ in range(CASES):
        groups = int(rng.integers(1, 3))
        size, attributes = draw_window(rng)
        strides, dilations = attributes["strides"], attributes["dilations"]
        reach = [dilation * (length - 1) + 1 for dilation, length in zip(dilations, size, strict=True)]
        if "auto_pad" not in attributes:
            attributes["output_padding"] = [
                int(rng.integers(0, max(both))) for both in zip(strides, dilations, strict=True)
            ]
        elif attributes["auto_pad"] != "VALID" and (np.array(reach) < strides).any():
            continue  # ONNX's text and reference give H * stride pixels, onnxruntime fewer; the next test checks it
        x = rng.normal(size=(rng.integers(1, 4), 2 * groups, *rng.integers(1, 6, 2))).astype(np.float32)
        weight = rng.normal(size=(2 * groups, 3, *size)).astype(np.float32)
        arrays = [x, weight, rng.normal(size=3 * groups).astype(np.float32)][: int(rng.integers(2, 4))]
        ran += compare(*make_node_model("ConvTranspose", arrays, opset=opset, group=groups, **attributes))
    assert ran > CASES // 2


def test_conv_transpose_to_same_size_ends_with_zeros():
    x, weight = np.ones((1, 1, 2, 2), np.float32), np.ones((1, 1, 1, 1), np.float32)
    model, feeds = make_node_model("ConvTranspose", [x, weight], strides=[1, 3], auto_pad="SAME_UPPER")
    row = [1, 0, 0, 1, 0, 0]
    assert nnfs.io.onnx.load(model).run(feeds)["y0"].tolist() == [[[row, row]]]


def test_conv_transpose_with_a_given_size(onnxruntime):
    rng = np.random.default_rng(0)
    for mode in ("NOTSET", "SAME_UPPER", "SAME_LOWER"):
        for rows in (5, 6, 7, 8, 9):
            x = rng.normal(size=(1, 2, 3, 3)).astype(np.float32)
            weight = rng.normal(size=(2, 1, 3, 3)).astype(np.float32)
            attributes = {"strides": [3, 2], "output_shape": [rows, 6], "auto_pad": mode}
            assert compare(*make_node_model("ConvTranspose", [x, weight], **attributes))


@pytest.mark.parametrize("opset", [8, 11, 17, 22])
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
def test_pooling(onnxruntime, backend, operator, opset):
    rng = np.random.default_rng(opset)
    ran = 0
    for _ in range(CASES):
        size, attributes = draw_window(rng)
        attributes["kernel_shape"] = size
        if opset < 11 or (operator == "AveragePool" and opset < 19):
            del attributes["dilations"]
        if "auto_pad" in attributes:
            # With auto_pad, onnxruntime ignores dilations, obeys ceil_mode, and pads by negative numbers if a stride is
            # longer than the window. ONNX's formulas differ in all three.
            attributes.pop("dilations", None)
            attributes["strides"] = np.minimum(attributes["strides"], size).tolist()
        elif opset > 10:
            attributes["ceil_mode"] = int(rng.integers(2))
        x = rng.permutation(2 * 3 * 49).reshape(2, 3, 7, 7)[..., : rng.integers(4, 8)].astype(np.float32)
        outputs = {"outputs": 2, "out_dtypes": [np.float32, np.int64]} if operator == "MaxPool" else {}
        if operator == "AveragePool":
            attributes["count_include_pad"] = int(rng.integers(2))
        ran += compare(*make_node_model(operator, [x], opset=opset, **outputs, **attributes))
    assert ran > CASES // 2


def test_indices_of_maxima_count_down_the_columns():
    x = np.array([[5, 1, 2], [3, 9, 4]], np.float32).reshape(1, 1, 2, 3).repeat(2, axis=1)
    model, feeds = make_node_model(
        "MaxPool", [x], outputs=2, out_dtypes=[np.float32, np.int64], kernel_shape=[2, 2], storage_order=1
    )
    y, places = nnfs.io.onnx.load(model).run(feeds).values()
    assert y.tolist() == [[[[9, 9]], [[9, 9]]]]
    assert places.tolist() == [[[[3, 3]], [[9, 9]]]]  # column 1, row 1 of two rows; the second channel after six


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float16, np.float64])
def test_types_of_max_pool(dtype, backend):
    x = np.array([[-3, 7], [100, 2]]).astype(dtype).reshape(1, 1, 2, 2)
    model, feeds = make_node_model("MaxPool", [x], kernel_shape=[2, 1])
    y = nnfs.io.onnx.load(model).run(feeds)["y0"]
    assert y.dtype == dtype
    assert np.array_equal(y, x.max(axis=2, keepdims=True))


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose", "AveragePool", "GlobalAveragePool", "GlobalLpPool"])
def test_half_precision_is_computed_in_float32(operator):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(1, 1, 4, 4)), rng.normal(size=(1, 1, 3, 3))
    arrays = [x, weight] if "Conv" in operator else [x]
    attributes = {"kernel_shape": [2, 2]} if operator == "AveragePool" else {}
    results = []
    for dtype in (np.float16, np.float64):
        model, feeds = make_node_model(
            operator, [array.astype(np.float16).astype(dtype) for array in arrays], **attributes
        )
        results.append(nnfs.io.onnx.load(model).run(feeds)["y0"])
    assert results[0].dtype == np.float16
    np.testing.assert_allclose(results[0], results[1], rtol=2e-3)


@pytest.mark.parametrize("power", [1, 2, 3])
def test_global_pools(onnxruntime, power):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    assert compare(*make_node_model("GlobalLpPool", [x], p=power))
    assert compare(*make_node_model("GlobalAveragePool", [x]))
    assert compare(*make_node_model("GlobalMaxPool", [x]))


def test_nan_counts_as_the_largest_pixel(backend):
    x = np.array([[np.nan, 1], [-np.inf, -np.inf]], np.float32).reshape(1, 1, 2, 2)
    model, feeds = make_node_model("MaxPool", [x], kernel_shape=[1, 2])
    assert np.array_equal(nnfs.io.onnx.load(model).run(feeds)["y0"].ravel(), [np.nan, -np.inf], equal_nan=True)
    model, feeds = make_node_model("GlobalMaxPool", [x])
    assert np.isnan(nnfs.io.onnx.load(model).run(feeds)["y0"]).all()


def test_an_empty_batch(backend):
    x = np.ones((0, 2, 4, 4), np.float32)
    weight = np.ones((2, 2, 3, 3), np.float32)
    for operator, arrays, attributes, shape in (
        ("Conv", [x, weight], {}, (0, 2, 2, 2)),
        ("ConvTranspose", [x, weight], {}, (0, 2, 6, 6)),
        ("MaxPool", [x], {"kernel_shape": [2, 2]}, (0, 2, 3, 3)),
        ("AveragePool", [x], {"kernel_shape": [2, 2]}, (0, 2, 3, 3)),
    ):
        model, feeds = make_node_model(operator, arrays, **attributes)
        assert nnfs.io.onnx.load(model).run(feeds)["y0"].shape == shape


@pytest.mark.parametrize(
    ("operator", "attributes", "error", "message"),
    [
        ("MaxPool", {"kernel_shape": [2, 2], "pads": [3, 0, 0, 0]}, UnsupportedError, "in the padding alone"),
        ("MaxPool", {"kernel_shape": [5, 1]}, ShapeError, "a window of 5 pixels is longer than 4"),
        ("MaxPool", {"kernel_shape": [2]}, FormatError, "attribute kernel_shape: got (2,), wanted two"),
        ("MaxPool", {"kernel_shape": [2**62, 2]}, ShapeError, "attribute kernel_shape"),
        ("AveragePool", {"kernel_shape": [2, 2], "pads": [2**30] * 4}, FormatError, "bytes"),
        ("ConvTranspose", {"pads": [9, 9, 9, 9]}, FormatError, "attribute pads: got (9, 9, 9, 9)"),
        ("ConvTranspose", {"strides": [2**31 - 1] * 2}, FormatError, "bytes"),
        ("ConvTranspose", {"output_shape": [2**31 - 1] * 2}, FormatError, "bytes"),
        ("ConvTranspose", {"output_padding": [2**31 - 1] * 2}, FormatError, "bytes"),
        ("GlobalLpPool", {"p": 0}, FormatError, "attribute p: got 0"),
    ],
)
def test_wrong_attributes_of_windows_are_refused(operator, attributes, error, message):
    x, weight = np.ones((1, 2, 4, 4), np.float32), np.ones((2, 2, 3, 3), np.float32)
    model, feeds = make_node_model(operator, [x, weight] if "Conv" in operator else [x], **attributes)
    with pytest.raises(error) as caught:
        nnfs.io.onnx.load(model).run(feeds)
    assert f"node 0 'the_node', {operator}: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("shape", [(1, 2, 4, 4, 4), (4,), ()])
def test_images_of_other_ranks_are_refused(shape):
    model, feeds = make_node_model("MaxPool", [np.ones(shape, np.float32)], kernel_shape=[1, 1])
    with pytest.raises(UnsupportedError, match="one or two dimensions"):
        nnfs.io.onnx.load(model).run(feeds)


@pytest.mark.parametrize("shape", [(1, 0, 4, 4), (1, 2, 0, 4)])
def test_empty_images_are_refused(shape):
    model, feeds = make_node_model("MaxPool", [np.ones(shape, np.float32)], kernel_shape=[1, 1])
    with pytest.raises(ShapeError, match="at least one channel and one pixel"):
        nnfs.io.onnx.load(model).run(feeds)


def test_a_bias_of_another_size_is_refused():
    x, weight = np.ones((1, 2, 4, 4), np.float32), np.ones((2, 2, 3, 3), np.float32)
    for operator in ("Conv", "ConvTranspose"):
        model, feeds = make_node_model(operator, [x, weight, np.ones(3, np.float32)])
        with pytest.raises(FormatError, match=r"input B: got shape \(3,\), wanted \(2,\)"):
            nnfs.io.onnx.load(model).run(feeds)
        model, feeds = make_node_model(operator, [x[:, :1], weight])
        with pytest.raises(FormatError, match="input W"):
            nnfs.io.onnx.load(model).run(feeds)
