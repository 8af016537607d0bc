"""Winograd's convolution: the stated bound on errors, where it is used, and what must hold bit for bit."""

from __future__ import annotations

from functools import cache

import numpy as np
import oracles
import pytest
from cases import convolution_arrays, forward, gradients
from fused_cases import POOLS, assert_fused_is_plain, fused, gradient_for, pools_for
from hypothesis import given
from hypothesis import strategies as st

from nnfs._kernels import Window
from nnfs._kernels.reference import kernels as reference

compiled = pytest.importorskip("nnfs._kernels.compiled", exc_type=ImportError)
SAME = (1, 1, 1, 1)


def case(size, channels, filters, padding=SAME, images=2, groups=1):
    """Return the shape of x, the shape of weight, and the window."""
    weight_shape = (groups * filters, channels, 3, 3)
    return (images, groups * channels, *size), weight_shape, Window((3, 3), padding=padding)


CASES = [
    case((8, 6), 12, 16),
    case((14, 14), 16, 32, images=5),
    case((9, 9), 13, 15, (0, 0, 0, 0), images=3),
    case((1, 9), 16, 16, (3, 3, 2, 1)),
    case((13, 11), 65, 61, (3, 0, 2, 1), images=1),
    case((7, 7), 16, 64, images=9),
    case((5, 13), 31, 47, (0, 3, 1, 3)),
    case((9, 8), 12, 16, groups=3, images=5),
    case((1, 1), 16, 16, (4, 4, 4, 4)),
    case((32, 37), 16, 12, images=1),
    case((19, 18), 16, 16, (2, 2, 2, 2), images=1),
    case((2, 21), 16, 17, (8, 5, 0, 7), images=3),
]


@pytest.fixture
def winograd():
    """Give the function that switches Winograd's way on and off, and leave it as it was."""
    before = compiled.winograd
    compiled.set_winograd(True)
    yield compiled.set_winograd
    compiled.set_winograd(before)


@pytest.fixture(autouse=True)
def _switched_on(winograd):
    pass


def results(kernels, x, weight, bias, dy, window):
    return forward(kernels, x, weight, bias, window), *gradients(kernels, x, weight, dy, window)


def bytes_of(arrays):
    return [array.tobytes() for array in arrays]


def largest_around(x):
    """Return, for each pixel, the largest at most 5 rows and columns away."""
    height, width = x.shape[2:]
    padded = np.pad(abs(x), ((0, 0), (0, 0), (5, 5), (5, 5)))
    rows = np.max([padded[:, :, i : i + height] for i in range(11)], axis=0)
    return np.max([rows[..., i : i + width] for i in range(11)], axis=0)


def padded(x, top, bottom, left, right):
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))


def exact_results(arrays, window):
    """Return y, dx, dweight and dbias in float64, which knows nothing of tiles, and the stated bounds on errors."""
    x, weight, bias, dy = (array.astype(float) for array in arrays)
    channels, plain = weight.shape[1], Window((3, 3))
    pixels, gradient = largest_around(padded(x, *window.padding)), largest_around(padded(dy, 2, 2, 2, 2))
    # The gradient of the input is a convolution of the gradient with the kernel turned.
    turned = abs(weight[..., ::-1, ::-1]).reshape(x.shape[1] // channels, -1, channels, 3, 3)
    turned = np.ascontiguousarray(turned.swapaxes(1, 2)).reshape(x.shape[1], -1, 3, 3)
    top, _, left, _ = window.padding
    sizes = (
        forward(reference, pixels, abs(weight), abs(bias), plain),
        forward(reference, gradient, turned, None, plain)[:, :, top : top + x.shape[2], left : left + x.shape[3]],
        *gradients(reference, pixels, weight, abs(dy), plain)[1:],
    )
    terms = channels * 9 + 1, turned[0].size, dy[:, 0].size, dy[:, 0].size
    eps = np.finfo(np.float32).eps
    return results(reference, x, weight, bias, dy, window), [
        count * eps * size for count, size in zip(terms, sizes, strict=True)
    ]


@cache
def results_and_bounds(one):
    return exact_results(convolution_arrays(one, np.float32), one[2])


@pytest.mark.parametrize("one", CASES, ids=str)
def test_errors_are_within_the_stated_bound(build, one):
    exact, bounds = results_and_bounds(one)
    for got, want, bound in zip(
        results(build, *convolution_arrays(one, np.float32), one[2]), exact, bounds, strict=True
    ):
        assert np.all(abs(got - want) <= bound)


def test_loops_agree(build):
    """The oracle above is the reference; here both meet loops over single elements."""
    arrays = convolution_arrays(CASES[0], np.float32)
    want, size = oracles.conv2d(*arrays[:3], CASES[0][2])
    np.testing.assert_allclose(forward(build, *arrays[:3], CASES[0][2]), want, rtol=0, atol=1e-6 * size.max())
    x, weight, _, dy = arrays
    exact = oracles.conv2d_gradients(x, weight, dy, CASES[0][2])
    for got, want in zip(gradients(build, x, weight, dy, CASES[0][2]), exact, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=2e-6 * abs(want).max())


@pytest.mark.parametrize("scale", [1e-3, 1e3, 1e6])
@pytest.mark.parametrize("one", CASES[1:4], ids=str)
def test_small_numbers_beside_large_ones_are_within_the_bound(build, one, scale):
    arrays = convolution_arrays(one, np.float32)
    rng = np.random.default_rng(2)
    for array in arrays[:2], arrays[3:]:
        for values in array:
            values[rng.random(values.shape) < 0.05] *= np.float32(scale)
    exact, bounds = exact_results(arrays, one[2])
    for got, want, bound in zip(results(build, *arrays, one[2]), exact, bounds, strict=True):
        assert np.all(abs(got - want) <= bound)


@pytest.mark.parametrize("one", [case((16, 16), 64, 64), case((14, 14), 32, 64, images=8)], ids=str)
def test_errors_are_a_few_times_those_of_the_direct_way(build, winograd, one):
    arrays = convolution_arrays(one, np.float32)
    exact, _ = results_and_bounds(one)
    ours = results(build, *arrays, one[2])
    winograd(False)
    for got, direct, want in zip(ours, results(build, *arrays, one[2]), exact, strict=True):
        size = np.sqrt(np.mean(want**2))
        error, direct_error = (np.sqrt(np.mean((result - want) ** 2)) / size for result in (got, direct))
        assert error <= 4 * direct_error
        assert error < 2e-6


@given(
    st.tuples(st.integers(1, 21), st.integers(1, 21)),
    st.integers(12, 40),
    st.integers(12, 40),
    st.tuples(*[st.integers(0, 3)] * 4),
    st.sampled_from([0, 1, 5]),
)
def test_any_geometry_against_the_direct_way(build, size, channels, filters, padding, images):
    size = tuple(max(n, 3 - padding[2 * axis] - padding[2 * axis + 1]) for axis, n in enumerate(size))
    one = case(size, channels, filters, padding, images)
    arrays = convolution_arrays(one, np.float32)
    got = results(build, *arrays, one[2])
    compiled.set_winograd(False)
    want = results(build, *arrays, one[2])
    compiled.set_winograd(True)
    for a, b, terms in zip(got, want, (9 * channels, 9 * filters, *[arrays[3][:, 0].size] * 2), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=10 * (terms + 20) * np.finfo(np.float32).eps)


@pytest.mark.parametrize("one", [CASES[1], CASES[5]], ids=str)
def test_against_pytorch(build, torch, one):
    x, weight, bias, dy = convolution_arrays(one, np.float32)
    tensors = [torch.from_numpy(array.copy()).requires_grad_() for array in (x, weight, bias)]
    y = torch.nn.functional.conv2d(*tensors, padding=1)
    y.backward(torch.from_numpy(dy))
    for got, want in zip(
        results(build, x, weight, bias, dy, one[2]), (y.detach(), *(tensor.grad for tensor in tensors)), strict=True
    ):
        np.testing.assert_allclose(got, want.numpy(), rtol=0, atol=3e-6 * abs(want).max())


def test_it_is_used_for_what_is_stated_alone(build, winograd, dtype):
    """Same bits with and without, but for 3x3 windows with stride and dilation 1 in float32 and channels enough."""
    same, plain = Window((3, 3), padding=SAME), Window((3, 3))
    for one, expected in [
        (((2, 16, 14, 14), (16, 16, 3, 3), same), dtype is np.float32),
        (((2, 24, 9, 9), (32, 12, 3, 3), plain), dtype is np.float32),
        (((2, 16, 9, 9), (16, 16, 3, 3), Window((3, 3), stride=(2, 1))), False),
        (((2, 16, 9, 9), (16, 16, 3, 3), Window((3, 3), dilation=(1, 2))), False),
        (((2, 16, 9, 9), (16, 16, 3, 2), Window((3, 2))), False),
        (((2, 16, 9, 9), (16, 16, 5, 5), Window((5, 5))), False),
        (((2, 3, 9, 9), (32, 3, 3, 3), plain), False),
        (((2, 12, 9, 9), (12, 12, 3, 3), plain), False),
        (((2, 32, 9, 9), (4, 32, 3, 3), plain), False),
        (((2, 32, 9, 9), (32, 8, 3, 3), plain), False),
        (((2, 32, 4, 4), (32, 32, 3, 3), plain), False),
    ]:
        arrays = convolution_arrays(one, dtype)
        winograd(True)
        ours = bytes_of(results(build, *arrays, one[2]))
        winograd(False)
        differ = [a != b for a, b in zip(ours, bytes_of(results(build, *arrays, one[2])), strict=True)]
        assert differ[:3] == [expected] * 3
        assert expected or not differ[3]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_sample_has_the_same_bits_alone_and_in_a_batch(build, one):
    x, weight, bias, dy = convolution_arrays(one, np.float32)
    y, dx = results(build, x, weight, bias, dy, one[2])[:2]
    for i in range(len(x)):
        alone = results(build, x[i : i + 1], weight, bias, dy[i : i + 1], one[2])
        assert np.array_equal(alone[0], y[i : i + 1])
        assert np.array_equal(alone[1], dx[i : i + 1])


@pytest.mark.parametrize("one", CASES, ids=str)
def test_fused_is_plain(kernels, one):
    x, weight, bias, dy = convolution_arrays(one, np.float32)
    for pool in pools_for(dy.shape[2:]):
        assert_fused_is_plain(kernels, x, weight, bias, one[2], pool)
    assert_fused_is_plain(kernels, x[:1], weight, None, one[2], None)


def test_same_bits_for_any_number_of_threads(build, thread_count):
    """More images than the sums that are kept at once, in groups, with what is left of a chunk and of a block."""
    one = case((9, 11), 12, 29, images=135, groups=2)
    x, weight, bias, dy = convolution_arrays(one, np.float32)

    def run():
        found = list(results(build, x, weight, bias, dy, one[2]))
        for pool in (None, POOLS[0]):
            y, _, backward = fused(build, x, weight, bias, one[2], pool)
            found += [y, *backward(gradient_for(y))]
        return bytes_of(found)

    thread_count(1)
    want = run()
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert run() == want


def test_gradients_of_parameters_are_added_to(build):
    x, weight, _, dy = convolution_arrays(CASES[1], np.float32)
    _, once, once_bias = gradients(build, x, weight, dy, CASES[1][2])
    dweight, dbias = np.full_like(weight, 5), np.full(len(weight), 7, np.float32)
    build.conv2d_backward_params(x, dy, CASES[1][2], dweight=dweight, dbias=dbias)
    np.testing.assert_allclose(dweight - 5, once, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dbias - 7, once_bias, rtol=1e-4, atol=1e-4)
    build.conv2d_backward_params(x, dy, CASES[1][2], dweight=dweight, dbias=None)
    np.testing.assert_allclose(dweight - 5, 2 * once, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38])
@pytest.mark.parametrize("place", [(0, 0), (0, 10), (5, 4), (6, 7), (12, 0)], ids=str)
def test_what_is_not_finite_goes_no_further_than_stated(build, value, place):
    """It makes what it meets not finite, and perhaps more in the same tile; everything else keeps its bits."""
    one = case((13, 11), 16, 16)
    x, weight, bias, dy = convolution_arrays(one, np.float32)
    before = results(build, x, weight, bias, dy, one[2])[:2]
    x[1, 3, place[0], place[1]] = dy[1, 3, place[0], place[1]] = value
    rows, columns = abs(np.arange(13) - place[0]), abs(np.arange(11) - place[1])
    distance = np.maximum(rows[:, np.newaxis], columns)
    for got, clean in zip(results(build, x, weight, bias, dy, one[2])[:2], before, strict=True):
        if not np.isfinite(value):
            assert not np.isfinite(got[1][:, distance <= 1]).any()
        assert np.array_equal(got[0], clean[0])
        assert np.array_equal(got[1][:, distance > 4], clean[1][:, distance > 4])
        assert distance.max() > 4


def test_empty_batch(build):
    x, weight, bias, dy = convolution_arrays(case((9, 9), 16, 16, images=0), np.float32)
    window = Window((3, 3), padding=SAME)
    _, _, dweight, dbias = results(build, x, weight, bias, dy, window)
    assert not dweight.any()
    assert not dbias.any()


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("one", CASES, ids=str)
def test_nothing_is_touched_beyond_the_arrays(build, one, at_end, guarded):
    """A read or write outside an array ends the process."""
    x, weight, bias, dy = (guarded(array, at_end) for array in convolution_arrays(one, np.float32))
    y, dx, dweight, dbias = (guarded(np.zeros_like(array), at_end) for array in (dy, x, weight, bias))
    window = one[2]
    build.conv2d_forward(x, weight, bias, window, y=y)
    build.conv2d_backward_input(dy, weight, window, dx=dx)
    build.conv2d_backward_params(x, dy, window, dweight=dweight, dbias=dbias)
    build.conv2d_relu_forward(x, weight, bias, window, 0.1, y=y)
    build.conv2d_relu_backward(dy, x, weight, y, window, 0.1, dweight=dweight, dbias=dbias, dx=dx)
    pool, size = POOLS[0], dy.shape[2:]
    half = (*dy.shape[:2], size[0] // 2, size[1] // 2)
    pooled, argmax, gradient = (guarded(np.zeros(half, kind), at_end) for kind in (np.float32, np.int32, np.float32))
    build.conv2d_relu_maxpool2d_forward(x, weight, bias, window, size, pool, 0.1, y=pooled, argmax=argmax)
    build.conv2d_relu_maxpool2d_backward(
        gradient, x, weight, pooled, argmax, window, size, 0.1, dweight=dweight, dbias=dbias, dx=dx
    )
