"""Fused kernels: what the plain kernels say one after the other.

Outputs and the gradient of the input have the plain kernels' bits, where products with the slope are exact; the
gradients of parameters may be sums in another order.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import oracles
import pytest
from cases import CONVOLUTIONS_OF_WINNERS, ODD_CONVOLUTIONS, convolution_arrays, convolutions
from fused_cases import POOLS, assert_fused_is_plain, fused, gradient_for, plain, pools_for
from hypothesis import given
from hypothesis import strategies as st

from nnfs._kernels import Window
from nnfs._kernels.reference import kernels as reference


@pytest.mark.parametrize("case", ODD_CONVOLUTIONS + CONVOLUTIONS_OF_WINNERS, ids=str)
def test_fused_is_plain_in_odd_geometries(kernels, case, dtype):
    x, weight, bias, dy = convolution_arrays(case, dtype)
    for pool in pools_for(dy.shape[2:]):
        assert_fused_is_plain(kernels, x, weight, bias, case[2], pool)
        assert_fused_is_plain(kernels, x[:1], weight, None, case[2], pool)


@given(convolutions(), st.sampled_from([np.float32, np.float64]), st.sampled_from(POOLS))
def test_fused_is_plain_in_any_geometry(build, case, dtype, pool):
    x, weight, bias, dy = convolution_arrays(case, dtype)
    assert_fused_is_plain(build, x, weight, bias, case[2], pool if pool in pools_for(dy.shape[2:]) else None)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("pool", [None, *POOLS[:4]], ids=str)
@pytest.mark.parametrize("columns", [5, 9, 18, 35])
def test_ties_and_what_is_not_finite(kernels, dtype, pool, columns, rng):
    """With a 1x1 kernel of 1 the convolution's output is the image, so that every combination of values is pooled."""
    values = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, 1, 2, -3, 1e-45], dtype)
    x, weight = rng.choice(values, (3, 1, 6, columns)), np.ones((1, 1, 1, 1), dtype)
    y, places, _ = fused(kernels, x, weight, None, Window((1, 1)), pool)
    want, want_places, _ = plain(kernels, x, weight, None, Window((1, 1)), pool)
    assert np.array_equal(y, want, equal_nan=True)
    assert pool is None or np.array_equal(places[~(y <= 0)], want_places[~(y <= 0)])
    x[np.isinf(x) | np.isnan(x)] = 1
    assert_fused_is_plain(kernels, x, weight, None, Window((1, 1)), pool)


@pytest.mark.parametrize("pool", [None, POOLS[0], POOLS[2]], ids=str)
def test_the_gradient_of_nan_passes_and_that_of_zero_is_stopped(kernels, dtype, pool):
    x = np.full((1, 1, 4, 4), -1, dtype)
    x[0, 0, 0, 0], x[0, 0, 3, 3] = np.nan, 2
    y, _, backward = fused(kernels, x, np.ones((1, 1, 1, 1), dtype), None, Window((1, 1)), pool)
    dy = np.where(y == 0, np.inf, 1).astype(dtype)  # what is stopped has no part in any sum
    dx, _, dbias = backward(dy)
    assert dbias[0] == np.count_nonzero(y)
    assert dx[0, 0, 0, 0] >= 1
    assert dx[0, 0, 3, 3] >= 1
    assert np.count_nonzero(dx) == 2


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("pool", [POOLS[0], Window((3, 3), (2, 2)), POOLS[2]], ids=str)
def test_winners_in_and_outside_their_own_cells(kernels, dtype, pool, size, rng):
    """Images in turn whose winners all lie in their own 2 by 2 cell, and others: one leaves nothing to the next."""
    weight = np.zeros((16, 16, size, size), dtype)
    weight[range(16), range(16), size // 2, size // 2] = 1
    x = rng.random((6, 16, 7, 7)).astype(dtype) + 1
    x[1::2, :, ::2, ::2] += 5
    x[3] = x[1] * np.arange(16, 0, -1, dtype=dtype).reshape(16, 1, 1)
    assert_fused_is_plain(kernels, x, weight, None, Window((size, size), padding=(size // 2,) * 4), pool)


@pytest.mark.parametrize("case", CONVOLUTIONS_OF_WINNERS, ids=str)
def test_windows_without_a_pixel_have_no_winner(build, case, dtype, rng):
    """No layer has any; the kernels go on as if their gradient were 0."""
    x, weight, bias, _ = convolution_arrays(case, dtype)
    y, argmax, _ = fused(build, x, weight, bias, case[2], POOLS[0])
    dy, without = gradient_for(y), rng.random(y.shape) < 0.3
    results = []
    for kernels, gradient, places in (
        (build, dy, np.where(without, np.int32(-1), argmax)),
        (reference, np.where(without, dtype(0), dy), argmax),
    ):
        out = {"dweight": np.zeros_like(weight), "dbias": np.zeros_like(bias), "dx": np.empty_like(x)}
        size = oracles.output_size(x.shape[2:], case[2])
        kernels.conv2d_relu_maxpool2d_backward(gradient, x, weight, y, places, case[2], size, 0.0, **out)
        results.append(out.values())
    for got, want in zip(*results, strict=True):
        np.testing.assert_allclose(got, want, rtol=0, atol=2000 * np.finfo(dtype).eps)


@pytest.mark.parametrize("place", [-2, 20, -(2**31)])
@pytest.mark.parametrize("case", [*CONVOLUTIONS_OF_WINNERS[:2], ODD_CONVOLUTIONS[12], ODD_CONVOLUTIONS[7]], ids=str)
def test_a_place_outside_the_outputs_is_an_error(kernels, case, place, dtype):
    x, weight, bias, dy = convolution_arrays(case, dtype)
    y, argmax, _ = fused(kernels, x, weight, bias, case[2], POOLS[0])
    argmax[-1, -1, -1, -1] = place if place < 0 else dy[0, 0].size
    out = {"dweight": np.full_like(weight, 7), "dbias": np.full_like(bias, 7), "dx": np.full_like(x, 7)}
    with pytest.raises(ValueError, match="argmax must be places from 0 to "):
        kernels.conv2d_relu_maxpool2d_backward(gradient_for(y), x, weight, y, argmax, case[2], dy.shape[2:], 0.0, **out)
    assert all((array == 7).all() for array in out.values())


@pytest.mark.parametrize("case", CONVOLUTIONS_OF_WINNERS[4:], ids=str)
def test_what_no_winner_sees_is_not_read(build, case, dtype):
    """The last row and column of images of odd size; multiplied by 0 they would be NaN."""
    x_shape, weight_shape, window = case
    odd = (*x_shape[:2], 5 + weight_shape[2] - 1, 5 + weight_shape[3] - 1)
    x, weight, bias, _ = convolution_arrays((odd, weight_shape, Window(window.size)), dtype)
    x[:, :, -1] = x[:, :, :, -1] = np.inf
    y, argmax, _ = fused(build, np.nan_to_num(x, posinf=0), weight, bias, Window(window.size), POOLS[0])
    dweight = np.zeros_like(weight)
    build.conv2d_relu_maxpool2d_backward(
        gradient_for(y), x, weight, y, argmax, Window(window.size), (5, 5), 0.0, dweight=dweight, dbias=None, dx=None
    )
    assert np.isfinite(dweight).all()
    assert dweight.any()


@pytest.mark.parametrize("pool", [None, POOLS[0]], ids=str)
def test_gradients_are_added_to_and_may_be_left_out(kernels, dtype, pool):
    window = Window((3, 3))
    x, weight, bias, _ = convolution_arrays(((6, 2, 7, 9), (3, 2, 3, 3), window), dtype)
    y, argmax, backward = fused(kernels, x, weight, bias, window, pool)
    dy = gradient_for(y)
    _, once, once_bias = backward(dy)
    dweight, dbias = np.full_like(weight, 5), np.full(3, 7, dtype)
    arrays, sizes = [dy, x, weight, y], [window]
    kernel = kernels.conv2d_relu_backward
    if pool is not None:
        arrays, sizes, kernel = [*arrays, argmax], [window, (5, 7)], kernels.conv2d_relu_maxpool2d_backward
    for array in arrays:
        array.flags.writeable = False
    kernel(*arrays, *sizes, 0.0, dweight=dweight, dbias=dbias, dx=None)
    np.testing.assert_allclose(dweight - 5, once, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dbias - 7, once_bias, rtol=1e-4, atol=1e-4)
    kernel(*arrays, *sizes, 0.0, dweight=dweight, dbias=None, dx=None)


@pytest.mark.parametrize("pool", [None, POOLS[0]], ids=str)
def test_many_chunks_of_images(build, dtype, pool):
    """More images than the sums that are kept at once: the second round adds to the first."""
    x, weight, bias, _ = convolution_arrays(((150, 2, 6, 6), (3, 2, 3, 3), Window((3, 3))), dtype)
    assert_fused_is_plain(build, x, weight, bias, Window((3, 3)), pool)


@pytest.mark.parametrize("pool", [None, POOLS[0]], ids=str)
def test_empty_batch(kernels, dtype, pool):
    window = Window((3, 3), padding=(1, 1, 1, 1))
    x, weight, bias, _ = convolution_arrays(((0, 2, 5, 5), (3, 2, 3, 3), window), dtype)
    y, _, backward = fused(kernels, x, weight, bias, window, pool)
    dx, dweight, dbias = backward(gradient_for(y))
    assert dx.shape == x.shape
    assert not dweight.any()
    assert not dbias.any()


def test_same_bits_for_any_number_of_threads(build, dtype, thread_count):
    window = Window((3, 3), padding=(1, 1, 1, 1))
    x, weight, bias, _ = convolution_arrays(((23, 3, 21, 33), (9, 3, 3, 3), window), dtype)

    def run():
        results = []
        for pool, slope in ((None, 0), (POOLS[0], 0), (POOLS[2], 0), (None, 0.1), (POOLS[0], 0.1)):
            y, argmax, backward = fused(build, x, weight, bias, window, pool, slope)
            results += [y, *([] if argmax is None else [argmax]), *backward(gradient_for(y))]
        out = np.empty((23, 37), dtype)
        flat = x.reshape(23, -1)
        build.dense_relu_forward(flat, np.ones((37, flat.shape[1]), dtype), None, 0.1, y=out)
        dweight, dbias, dx = np.zeros((37, flat.shape[1]), dtype), np.zeros(37, dtype), np.empty_like(flat)
        build.dense_relu_backward(out, flat, dweight + 2, out - 1, 0.1, dweight=dweight, dbias=dbias, dx=dx)
        return [array.tobytes() for array in (*results, out, dweight, dbias, dx)]

    thread_count(1)
    want = run()
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert run() == want


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize("case", [ODD_CONVOLUTIONS[i] for i in (0, 1, 3, 4, 6, 9, 10, 11, 27, 28)], ids=str)
def test_nothing_is_touched_beyond_the_arrays(build, case, at_end, dtype, guarded):
    """A read or write outside an array ends the process, and what stands between forbidden pages is the same."""
    x, weight, bias, dy = (guarded(array, at_end) for array in convolution_arrays(case, dtype))
    inputs = [array.tobytes() for array in (x, weight, bias)]
    for pool in pools_for(dy.shape[2:]):
        want_y, want_argmax, backward = fused(build, x.copy(), weight.copy(), bias.copy(), case[2], pool, 0.1)
        y, gradient = guarded(np.zeros_like(want_y), at_end), guarded(gradient_for(want_y), at_end)
        want = [array.tobytes() for array in (want_y, *backward(gradient.copy()))]
        out = SimpleNamespace(
            dweight=guarded(np.zeros_like(weight), at_end),
            dbias=guarded(np.zeros_like(bias), at_end),
            dx=guarded(np.zeros_like(x), at_end),
        )
        if pool is None:
            build.conv2d_relu_forward(x, weight, bias, case[2], 0.1, y=y)
            build.conv2d_relu_backward(gradient, x, weight, y, case[2], 0.1, **vars(out))
        else:
            argmax = guarded(np.zeros_like(want_argmax), at_end)
            size = dy.shape[2:]
            build.conv2d_relu_maxpool2d_forward(x, weight, bias, case[2], size, pool, 0.1, y=y, argmax=argmax)
            build.conv2d_relu_maxpool2d_backward(gradient, x, weight, y, argmax, case[2], size, 0.1, **vars(out))
            assert np.array_equal(argmax, want_argmax)
        assert [array.tobytes() for array in (y, out.dx, out.dweight, out.dbias)] == want
    assert [array.tobytes() for array in (x, weight, bias)] == inputs
