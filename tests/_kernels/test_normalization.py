"""Batch and layer normalization: naive loops, finite differences, PyTorch, and what cancels or is not finite."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from nnfs._kernels.reference import kernels as reference

EPSILON = 1e-5
# (N, C, L): single features, fewer and more than a block; images of less than a vector, and of many.
BATCHES = [(2, 1, 1), (5, 3, 1), (7, 64, 1), (33, 131, 1), (1, 2, 4), (3, 5, 9), (4, 3, 196), (2, 17, 33), (9, 2, 128)]
ROWS = [(1, 2), (3, 5), (4, 16), (7, 33), (2, 200), (130, 65)]


def arrays(shape, dtype, channels):
    rng = np.random.default_rng(0)
    x, dy = rng.normal(1, 2, shape).astype(dtype), rng.standard_normal(shape).astype(dtype)
    return x, dy, *(rng.uniform(0.5, 1.5, channels).astype(dtype) for _ in range(2))


def batch_forward(kernels, x, weight, bias):
    y, mean, variance = np.full_like(x, np.nan), np.full_like(weight, np.nan), np.full_like(weight, np.nan)
    kernels.batchnorm_forward(x, weight, bias, EPSILON, y=y, mean=mean, variance=variance)
    return y, mean, variance


def batch_backward(kernels, dy, x, weight, bias):
    """Return dx, dweight and dbias."""
    _, mean, variance = batch_forward(kernels, x, weight, bias)
    dx, dweight, dbias = np.full_like(x, np.nan), np.zeros_like(weight), np.zeros_like(bias)
    kernels.batchnorm_backward(dy, x, mean, variance, weight, EPSILON, dweight=dweight, dbias=dbias, dx=dx)
    return dx, dweight, dbias


def row_forward(kernels, x, weight, bias):
    y, mean, scale = np.full_like(x, np.nan), np.full(len(x), np.nan, x.dtype), np.full(len(x), np.nan, x.dtype)
    kernels.layernorm_forward(x, weight, bias, EPSILON, y=y, mean=mean, scale=scale)
    return y, mean, scale


def row_backward(kernels, dy, x, weight, bias):
    """Return dx, dweight and dbias."""
    _, mean, scale = row_forward(kernels, x, weight, bias)
    dx, dweight, dbias = np.full_like(x, np.nan), np.zeros_like(weight), np.zeros_like(bias)
    kernels.layernorm_backward(dy, x, mean, scale, weight, dweight=dweight, dbias=dbias, dx=dx)
    return dx, dweight, dbias


def assert_close(got, want, dtype):
    for a, b in zip(got, want, strict=True):
        scale = max(abs(b).max(), 1) if b.size else 1
        np.testing.assert_allclose(a, b, rtol=0, atol=40 * np.finfo(dtype).eps * scale)


@pytest.mark.parametrize("shape", BATCHES)
def test_batchnorm_against_loops(kernels, shape, dtype):
    x, _, weight, bias = arrays(shape, dtype, shape[1])
    y, mean, variance = want = oracles.batchnorm(x, weight, bias, EPSILON)
    assert_close(batch_forward(kernels, x, weight, bias), want, dtype)
    applied = np.full_like(x, np.nan)
    kernels.batchnorm_apply(x, mean.astype(dtype), variance.astype(dtype), weight, bias, EPSILON, y=applied)
    assert_close((applied,), (y,), dtype)


@pytest.mark.parametrize("shape", ROWS)
def test_layernorm_against_loops(kernels, shape, dtype):
    x, _, weight, bias = arrays(shape, dtype, shape[1])
    y, mean, variance = oracles.layernorm(x, weight, bias, EPSILON)
    assert_close(row_forward(kernels, x, weight, bias), (y, mean, 1 / np.sqrt(variance + EPSILON)), dtype)


@pytest.mark.parametrize(
    ("shape", "forward", "backward"),
    [
        ((5, 67, 1), batch_forward, batch_backward),
        ((3, 4, 35), batch_forward, batch_backward),
        ((6, 67), row_forward, row_backward),
        ((2, 3), row_forward, row_backward),
    ],
)
def test_gradients_against_central_differences(kernels, shape, forward, backward):
    x, dy, weight, bias = arrays(shape, np.float64, shape[1])
    points = [x, weight, bias]
    for index, gradient in enumerate(backward(kernels, dy, x, weight, bias)):
        direction = np.random.default_rng(index).standard_normal(gradient.shape)

        def loss(value, index=index):
            return np.vdot(dy, forward(kernels, *points[:index], value, *points[index + 1 :])[0])

        want = oracles.central_difference(loss, points[index], direction)
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("shape", BATCHES)
def test_batchnorm_gradients_as_the_reference_in_float64(build, shape, dtype):
    given = arrays(shape, dtype, shape[1])
    x, dy, weight, bias = given
    want = batch_backward(reference, *(array.astype(float) for array in (dy, x, weight, bias)))
    if shape[0] * shape[2] > 4:  # few numbers to a channel leave differences of almost equal numbers
        assert_close(batch_backward(build, dy, x, weight, bias), want, dtype)


@pytest.mark.parametrize("shape", ROWS[1:])
def test_layernorm_gradients_as_the_reference_in_float64(build, shape, dtype):
    x, dy, weight, bias = arrays(shape, dtype, shape[1])
    want = row_backward(reference, *(array.astype(float) for array in (dy, x, weight, bias)))
    assert_close(row_backward(build, dy, x, weight, bias), want, dtype)


@pytest.mark.parametrize("shape", [(5, 3, 1), (3, 4, 35)])
def test_gradients_are_added_and_dx_may_be_left_out(kernels, shape, dtype):
    x, dy, weight, bias = arrays(shape, dtype, shape[1])
    _, mean, variance = batch_forward(kernels, x, weight, bias)
    _, want_weight, want_bias = batch_backward(kernels, dy, x, weight, bias)
    dweight, dbias = np.full_like(weight, 7), np.full_like(bias, 7)
    kernels.batchnorm_backward(dy, x, mean, variance, weight, EPSILON, dweight=dweight, dbias=dbias, dx=None)
    assert_close((dweight, dbias), (want_weight + 7, want_bias + 7), dtype)
    x, dy = x[:, :, 0].copy(), dy[:, :, 0].copy()
    _, mean, scale = row_forward(kernels, x, weight, bias)
    _, want_weight, want_bias = row_backward(kernels, dy, x, weight, bias)
    dweight, dbias = np.full_like(weight, 7), np.full_like(bias, 7)
    kernels.layernorm_backward(dy, x, mean, scale, weight, dweight=dweight, dbias=dbias, dx=None)
    assert_close((dweight, dbias), (want_weight + 7, want_bias + 7), dtype)


@pytest.mark.parametrize("shape", [(64, 3, 1), (8, 3, 49)])
def test_a_large_mean_does_not_cancel(kernels, shape, dtype):
    # Powers of two are exact: numbers of 1 and -1 around a mean that leaves float32 a few bits for them.
    signs = np.where(np.arange(np.prod(shape)) % 2, 1, -1).reshape(shape[::-1]).T
    x = np.ascontiguousarray(2.0**20 + signs).astype(dtype)
    ones, zeros = np.ones(3, dtype), np.zeros(3, dtype)
    y, mean, variance = batch_forward(kernels, x, ones, zeros)
    want = oracles.batchnorm(x, ones, zeros, EPSILON)
    np.testing.assert_allclose(mean, want[1], rtol=1e-7)
    np.testing.assert_allclose(variance, want[2], rtol=1e-2)
    np.testing.assert_allclose(y, want[0], atol=0.1)
    rows = np.ascontiguousarray(x.reshape(shape[0], -1)[:, :2])
    assert np.isfinite(row_forward(kernels, rows, ones[:2], zeros[:2])[0]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_its_channel_or_row(kernels, bad, dtype):
    ones, zeros = np.ones(3, dtype), np.zeros(3, dtype)
    for shape in ((6, 3, 1), (4, 3, 50)):
        x = arrays(shape, dtype, 3)[0]
        x[2, 1, 0] = bad
        with np.errstate(all="ignore"):
            y, _, variance = batch_forward(kernels, x, ones, zeros)
        assert np.isnan(y[:, 1]).all()
        assert np.isnan(variance[1])
        assert np.isfinite(y[:, [0, 2]]).all()
    x = arrays((6, 3), dtype, 3)[0]
    x[2, 1] = bad
    with np.errstate(all="ignore"):
        y = row_forward(kernels, x, ones, zeros)[0]
    assert np.isnan(y[2]).all()
    assert np.isfinite(y[[0, 1, 3, 4, 5]]).all()


@pytest.mark.parametrize("shape", [(4, 5, 1), (4, 5, 30)])
def test_equal_numbers_give_the_bias(kernels, shape, dtype):
    weight, bias = np.full(5, 3, dtype), np.arange(5, dtype=dtype)
    y, mean, variance = batch_forward(kernels, np.full(shape, 0.75, dtype), weight, bias)
    np.testing.assert_array_equal(y, np.broadcast_to(bias[:, None], shape))
    np.testing.assert_array_equal(mean, 0.75)
    np.testing.assert_array_equal(variance, 0)


@pytest.mark.parametrize("shape", [(5, 70, 1), (6, 3, 49)])
def test_against_pytorch(kernels, shape, dtype):
    torch = pytest.importorskip("torch")
    x, dy, weight, bias = arrays(shape, dtype, shape[1])
    tensors = [torch.from_numpy(array).requires_grad_() for array in (x, weight, bias)]
    want = torch.nn.functional.batch_norm(tensors[0], None, None, *tensors[1:], training=True, eps=EPSILON)
    want.backward(torch.from_numpy(dy))
    assert_close(batch_forward(kernels, x, weight, bias)[:1], (want.detach().numpy(),), dtype)
    assert_close(batch_backward(kernels, dy, x, weight, bias), [t.grad.numpy() for t in tensors], dtype)
    rows = x.reshape(shape[0], -1)
    weight, bias = (np.resize(array, rows.shape[1]) for array in (weight, bias))
    tensors = [torch.from_numpy(array).requires_grad_() for array in (rows, weight, bias)]
    want = torch.nn.functional.layer_norm(tensors[0], rows.shape[1:], *tensors[1:], eps=EPSILON)
    want.backward(torch.from_numpy(dy.reshape(rows.shape)))
    assert_close(row_forward(kernels, rows, weight, bias)[:1], (want.detach().numpy(),), dtype)
    got = row_backward(kernels, dy.reshape(rows.shape), rows, weight, bias)
    assert_close(got, [t.grad.numpy() for t in tensors], dtype)


def test_empty_batch(kernels, dtype):
    weight, bias = np.ones(3, dtype), np.zeros(3, dtype)
    x, mean, variance = np.empty((0, 3, 4), dtype), np.full(3, 5, dtype), np.full(3, 6, dtype)
    dweight, dbias = np.full(3, 7, dtype), np.full(3, 8, dtype)
    kernels.batchnorm_forward(x, weight, bias, EPSILON, y=x.copy(), mean=mean, variance=variance)
    kernels.batchnorm_apply(x, mean, variance, weight, bias, EPSILON, y=x.copy())
    kernels.batchnorm_backward(x, x, mean, variance, weight, EPSILON, dweight=dweight, dbias=dbias, dx=x.copy())
    rows, none = np.empty((0, 3), dtype), np.empty(0, dtype)
    kernels.layernorm_forward(rows, weight, bias, EPSILON, y=rows.copy(), mean=none, scale=none)
    kernels.layernorm_backward(rows, rows, none, none, weight, dweight=dweight, dbias=dbias, dx=rows.copy())
    for array, value in zip((mean, variance, dweight, dbias), (5, 6, 7, 8), strict=True):
        np.testing.assert_array_equal(array, value)


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("shape", BATCHES)
def test_nothing_is_touched_beyond_the_arrays(build, shape, at_end, dtype, guarded):
    """A read or write outside an array ends the process."""
    x, dy, weight, bias = (guarded(array, at_end) for array in arrays(shape, dtype, shape[1]))
    y, mean, variance, dweight, dbias = (guarded(np.zeros_like(a), at_end) for a in (x, weight, weight, weight, bias))
    build.batchnorm_forward(x, weight, bias, EPSILON, y=y, mean=mean, variance=variance)
    build.batchnorm_apply(x, mean, variance, weight, bias, EPSILON, y=y)
    build.batchnorm_backward(dy, x, mean, variance, weight, EPSILON, dweight=dweight, dbias=dbias, dx=y)
    rows = [array.reshape(shape[0], -1) for array in (x, dy, y)]
    weight, bias, dweight, dbias = (guarded(np.zeros_like(rows[0][0]), at_end) for _ in range(4))
    mean, scale = (guarded(np.zeros(shape[0], dtype), at_end) for _ in range(2))
    build.layernorm_forward(rows[0], weight, bias, EPSILON, y=rows[2], mean=mean, scale=scale)
    build.layernorm_backward(rows[1], rows[0], mean, scale, weight, dweight=dweight, dbias=dbias, dx=rows[2])


@pytest.mark.parametrize("shape", [(64, 300, 1), (40, 9, 400)])
def test_same_bits_for_any_number_of_threads(build, shape, dtype, thread_count):
    x, dy, weight, bias = arrays(shape, dtype, shape[1])
    rows = [array.reshape(shape[0], -1) for array in (dy, x)]
    vectors = [np.resize(array, rows[0].shape[1]) for array in (weight, bias)]

    def everything():
        return [
            *batch_forward(build, x, weight, bias),
            *batch_backward(build, dy, x, weight, bias),
            *row_forward(build, rows[1], *vectors),
            *row_backward(build, *rows, *vectors),
        ]

    thread_count(1)
    want = everything()
    for count in (2, 3):
        thread_count(count)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(everything(), want, strict=True))


@pytest.mark.parametrize("forward", [batch_forward, row_forward])
def test_a_variance_beyond_all_numbers_gives_no_number(kernels, forward, dtype):
    """Nothing may be hidden: divided by an infinite deviation, all outputs would be 0."""
    largest = float(np.finfo(dtype).max) ** 0.75
    x = (np.array([[1, -1, 2, 0], [0, 3, -2, 1]]) * largest).astype(dtype)
    x = x[:, None] if forward is batch_forward else x
    ones, zeros = np.ones(x.shape[1], dtype), np.zeros(x.shape[1], dtype)
    with np.errstate(all="ignore"):
        y, *_ = forward(kernels, x, ones, zeros)
        assert np.isnan(y).all()
        if forward is batch_forward:
            kernels.batchnorm_apply(x, zeros, np.full(1, np.inf, dtype), ones, zeros, EPSILON, y=y)
            assert np.isnan(y).all()
