"""Sums and products: equal to NumPy's if shapes and dtypes fit; the broadcasting of old opsets."""

from __future__ import annotations

import numpy as np
import pytest
from onnx_models import make_node_model, run_onnxruntime

import nnfs.io.onnx
from nnfs import FormatError


def run(operator, *arrays, **attributes):
    model, feeds = make_node_model(operator, list(arrays), **attributes)
    return nnfs.io.onnx.load(model).run(feeds)["y0"]


def normal(*shape, dtype=np.float32):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("opset", [1, 6])
@pytest.mark.parametrize(
    ("shape", "axis", "as_shape"),
    [
        ((5,), None, (5,)),
        ((4, 5), None, (4, 5)),
        ((), None, ()),
        ((3,), 1, (3, 1, 1)),
        ((3, 4), 1, (3, 4, 1)),
        ((2,), 0, (2, 1, 1, 1)),
        ((4,), -2, (4, 1)),
    ],
)
def test_broadcasting_before_opset_7(opset, shape, axis, as_shape):
    a, b = normal(2, 3, 4, 5), normal(*shape)
    attributes = {"broadcast": 1} | ({} if axis is None else {"axis": axis})
    assert np.array_equal(run("Add", a, b, opset=opset, **attributes), a + b.reshape(as_shape))
    assert np.array_equal(run("Mul", a, b, opset=opset, **attributes), a * b.reshape(as_shape))


@pytest.mark.parametrize(
    ("shape", "attributes", "message"),
    [
        ((5,), {}, "wanted equal ones without broadcast=1"),
        ((5,), {"broadcast": 1, "axis": 1}, "attribute axis: got 1"),
        ((5,), {"broadcast": 1, "axis": 4}, "attribute axis: got 4"),
        ((5,), {"broadcast": 1, "axis": 9}, "attribute axis: got 9"),
        ((1, 2, 3, 4, 5), {"broadcast": 1}, "input B: got rank 5"),
    ],
)
def test_shapes_that_do_not_broadcast_before_opset_7_are_refused(shape, attributes, message):
    with pytest.raises(FormatError) as error:
        run("Add", normal(2, 3, 4, 5), normal(*shape), opset=6, **attributes)
    assert message in str(error.value)


@pytest.mark.parametrize("opset", [7, 13, 17])
def test_broadcasting_from_opset_7_on(opset):
    a, b = normal(2, 1, 4), normal(3, 1)
    assert np.array_equal(run("Add", a, b, opset=opset), a + b)
    with pytest.raises(FormatError, match=r"shapes \(2, 1, 4\) and \(3,\), which do not broadcast"):
        run("Add", a, normal(3), opset=opset)


def test_a_huge_row_and_column_are_not_multiplied():
    row = np.broadcast_to(np.float32(1), (1, 2**30))
    with pytest.raises(FormatError, match="bytes"):
        run("Mul", row, np.ones((2**12, 1), np.float32))
    with pytest.raises(FormatError, match="bytes"):
        run("MatMul", np.broadcast_to(np.float32(1), (2**20, 1)), np.broadcast_to(np.float32(1), (1, 2**20)))


def test_integers_wrap_around():
    a = np.array([200, 100], np.uint8)
    assert run("Add", a, a).tolist() == [144, 200]


@pytest.mark.parametrize(
    ("a", "b"), [((2, 3), (3, 4)), ((3,), (3,)), ((3,), (2, 3, 4)), ((2, 2, 3), (3,)), ((5, 1, 2, 3), (4, 3, 2))]
)
def test_matmul(a, b):
    a, b = normal(*a), normal(*b)
    assert np.allclose(run("MatMul", a, b), a @ b)


@pytest.mark.parametrize(("a", "b"), [((2, 3), (4, 3)), ((), (3,)), ((2, 2, 3), (3, 3, 4))])
def test_matmul_of_shapes_that_do_not_fit_is_refused(a, b):
    with pytest.raises(FormatError, match="the_node"):
        run("MatMul", normal(*a), normal(*b))


@pytest.mark.parametrize("opset", [7, 9, 11, 17])
@pytest.mark.parametrize("c", [None, (), (1,), (4,), (1, 4), (2, 1), (2, 4)])
@pytest.mark.parametrize("transposed", [0, 1])
def test_gemm(onnxruntime, opset, c, transposed):
    if c is None and opset < 11:
        return
    a, b = normal(2, 3), normal(3, 4)
    arrays = [a.T if transposed else a, b.T if transposed else b, *([] if c is None else [normal(*c)])]
    arrays = [np.ascontiguousarray(array) for array in arrays]
    attributes = {"transA": transposed, "transB": transposed, "alpha": 0.5, "beta": 2.0, "opset": opset}
    model, feeds = make_node_model("Gemm", arrays, **attributes)
    assert np.allclose(run("Gemm", *arrays, **attributes), run_onnxruntime(model, feeds)[0], atol=1e-6)


def test_gemm_of_old_opsets_and_of_integers():
    a, b = np.array([[1, 2]]), np.array([[3], [4]])
    assert run("Gemm", a, b, np.array([[10]]), opset=17, beta=0.5).tolist() == [[16]]
    with pytest.raises(FormatError, match=r"input C: got shape \(1,\)"):
        run("Gemm", normal(1, 2), normal(2, 1), normal(1), opset=6)
    assert run("Gemm", normal(1, 2), normal(2, 1), normal(1), opset=6, broadcast=1).shape == (1, 1)


@pytest.mark.parametrize(
    ("a", "b", "c"), [((2, 3), (4, 3), (1,)), ((3,), (3, 4), (1,)), ((2, 3), (3, 4), (3,)), ((1, 3), (3, 1), (2, 1))]
)
def test_gemm_of_shapes_that_do_not_fit_is_refused(a, b, c):
    with pytest.raises(FormatError, match="the_node"):
        run("Gemm", normal(*a), normal(*b), normal(*c))


def test_differences_and_quotients():
    a, b = normal(2, 3), normal(3)
    assert np.array_equal(run("Sub", a, b), a - b)
    assert np.array_equal(run("Div", a, b), a / b)
    assert np.array_equal(run("Sub", b, a), b - a)
    dividends, divisors = np.array([7, -7, 7, -7, 6, -6]), np.array([2, 2, -2, -2, 3, 3])
    assert run("Div", dividends, divisors).tolist() == [3, -3, -3, 3, 2, -2]  # rounded towards 0
