"""Batch normalization with ReLU and a pool behind it: the bits of the plain kernels, one after the other."""

from __future__ import annotations

import numpy as np
import oracles
import pytest

from nnfs._kernels import Window

EPSILON, MOMENTUM = 1e-3, 0.3
SLOPES = [0.0, 0.3, 1.0]
# (N, C, H, W) and a pool: features, fewer and more than a block; planes of less than a vector, and of many.
CASES = [
    ((2, 1, 1, 1), None),
    ((33, 131, 1, 1), None),
    ((3, 5, 1, 3), None),
    ((2, 17, 5, 7), None),
    ((9, 2, 12, 11), None),
    ((3, 2, 1, 2), Window((1, 1))),
    ((2, 3, 2, 2), Window((2, 2), (2, 2))),
    ((3, 4, 9, 13), Window((2, 2), (2, 2))),
    ((2, 5, 28, 28), Window((2, 2), (2, 2))),
    ((2, 3, 34, 18), Window((2, 2), (2, 2))),
    ((2, 3, 8, 9), Window((3, 3), (2, 2), (1, 1, 1, 1))),
    ((2, 3, 5, 6), Window((2, 3), (1, 2), (1, 0, 0, 1))),
    ((1, 2, 4, 4), Window((1, 2), (3, 3))),
]


class Arrays:
    """The arguments of both kernels, with random numbers."""

    def __init__(self, shape, pool, dtype):
        rng = np.random.default_rng(0)
        size = shape[2:] if pool is None else oracles.output_size(shape[2:], pool)
        self.pool, self.dtype = pool, dtype
        self.x = rng.normal(1, 2, shape).astype(dtype)
        self.dy = rng.normal(size=(*shape[:2], *size)).astype(dtype)
        self.weight, self.bias = (rng.normal(0, 1, shape[1]).astype(dtype) for _ in range(2))
        self.running = {
            "running_mean": rng.normal(size=shape[1]).astype(dtype),
            "running_var": rng.uniform(0.5, 2, shape[1]).astype(dtype),
            "num_batches_tracked": np.array(4),
        }

    def empty(self):
        argmax = None if self.pool is None else np.full(self.dy.shape, -7, np.int32)
        y, mean, variance = (np.full(a.shape, np.nan, self.dtype) for a in (self.dy, self.weight, self.weight))
        return {"y": y, "argmax": argmax, "mean": mean, "variance": variance}


def forward(kernels, a, slope, training=True):
    """Return what the fused kernel writes, by name."""
    written = a.empty() | {name: array.copy() for name, array in a.running.items()}
    kernels.batchnorm_relu_forward(a.x, a.weight, a.bias, EPSILON, MOMENTUM, slope, a.pool, training, **written)
    return written


def plain_forward(kernels, a, slope, training=True):
    """Return what the plain kernels write, by the names of the fused kernel, without running statistics."""
    out, full = a.empty(), np.empty_like(a.x)
    x, z = (array.reshape(*a.x.shape[:2], -1) for array in (a.x, full))
    if training:
        kernels.batchnorm_forward(x, a.weight, a.bias, EPSILON, y=z, mean=out["mean"], variance=out["variance"])
    else:
        out["mean"], out["variance"] = a.running["running_mean"], a.running["running_var"]
        kernels.batchnorm_apply(x, out["mean"], out["variance"], a.weight, a.bias, EPSILON, y=z)
    if a.pool is None:
        out["y"][...] = full
    else:
        kernels.maxpool2d_forward(full, a.pool, y=out["y"], argmax=out["argmax"])
    kernels.relu_forward(out["y"].copy(), slope, y=out["y"])
    return out


def backward(kernels, a, made, slope, training=True, wants_input=True):
    """Return dweight, dbias and dx of the fused kernel; gradients of parameters begin at 0."""
    dweight, dbias = np.zeros_like(a.weight), np.zeros_like(a.bias)
    dx = np.full_like(a.x, np.nan) if wants_input else None
    given = [made[name] for name in ("y", "argmax", "mean", "variance")]
    kernels.batchnorm_relu_backward(
        *(a.dy, a.x, *given, a.weight, EPSILON, slope, training), dweight=dweight, dbias=dbias, dx=dx
    )
    return dweight, dbias, dx


def plain_backward(kernels, a, made, slope):
    """Return dweight, dbias and dx of the plain kernels."""
    dweight, dbias, dx = np.zeros_like(a.weight), np.zeros_like(a.bias), np.full_like(a.x, np.nan)
    masked, gradient = np.empty_like(a.dy), np.empty_like(a.x)
    kernels.relu_backward(a.dy, made["y"], slope, dx=masked)
    if a.pool is None:
        gradient[...] = masked
    else:
        kernels.maxpool2d_backward(masked, made["argmax"], dx=gradient)
    gradient, x, flat_dx = (array.reshape(*a.x.shape[:2], -1) for array in (gradient, a.x, dx))
    kernels.batchnorm_backward(
        *(gradient, x, made["mean"], made["variance"], a.weight, EPSILON), dweight=dweight, dbias=dbias, dx=flat_dx
    )
    return dweight, dbias, dx


@pytest.mark.parametrize("slope", SLOPES)
@pytest.mark.parametrize(("shape", "pool"), CASES, ids=str)
def test_each_way_gives_what_the_plain_kernels_give(kernels, shape, pool, dtype, slope):
    a = Arrays(shape, pool, dtype)
    tolerance = 8 * np.finfo(dtype).eps
    for training in (True, False):
        got, want = forward(kernels, a, slope, training), plain_forward(kernels, a, slope, training)
        for name, array in want.items():
            np.testing.assert_array_equal(got[name], array, err_msg=name)
    made = forward(kernels, a, slope)
    for got, want in zip(backward(kernels, a, made, slope), plain_backward(kernels, a, made, slope), strict=True):
        scale = max(abs(want).max(), 1)
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * scale)
    without = backward(kernels, a, made, slope, wants_input=False)
    assert all(np.array_equal(x, y) for x, y in zip(without[:2], backward(kernels, a, made, slope)[:2], strict=True))


@pytest.mark.parametrize("shape", [(5, 70, 1, 1), (3, 4, 5, 5)])
def test_running_statistics_follow_the_batch(kernels, shape, dtype):
    a = Arrays(shape, None, dtype)
    got = forward(kernels, a, 0.0)
    count = shape[0] * shape[2] * shape[3]
    for c in range(shape[1]):
        numbers = a.x[:, c].astype(float).ravel()
        mean, before = numbers.mean(), {name: array[c] for name, array in a.running.items() if array.ndim}
        variance = ((numbers - mean) ** 2).sum() / (count - 1)
        want_mean = before["running_mean"] + MOMENTUM * (mean - before["running_mean"])
        want_variance = before["running_var"] + MOMENTUM * (variance - before["running_var"])
        tolerance = 100 * np.finfo(dtype).eps
        np.testing.assert_allclose(got["running_mean"][c], want_mean, rtol=0, atol=tolerance)
        np.testing.assert_allclose(got["running_var"][c], want_variance, rtol=tolerance)
    assert got["num_batches_tracked"] == 5
    still = forward(kernels, a, 0.0, training=False)
    assert all(np.array_equal(still[name], array) for name, array in a.running.items())


@pytest.mark.parametrize(("shape", "pool"), [((4, 67, 1, 1), None), ((3, 2, 5, 7), None), ((3, 2, 6, 7), CASES[7][1])])
@pytest.mark.parametrize("training", [True, False])
def test_gradients_against_central_differences(kernels, shape, pool, training):
    a = Arrays(shape, pool, np.float64)
    gradients = backward(kernels, a, forward(kernels, a, 0.3, training), 0.3, training)
    for name, gradient in zip(("weight", "bias", "x"), gradients, strict=True):
        point, direction = getattr(a, name).copy(), np.random.default_rng(1).standard_normal(gradient.shape)

        def loss(value, name=name):
            setattr(a, name, value)
            return np.vdot(a.dy, forward(kernels, a, 0.3, training)["y"])

        want = oracles.central_difference(loss, point, direction)
        setattr(a, name, point)
        np.testing.assert_allclose(np.vdot(gradient, direction), want, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("shape", "pool"), [((40, 130, 1, 1), None), ((8, 24, 20, 20), None), ((8, 24, 20, 21), CASES[7][1])]
)
def test_same_bits_on_any_number_of_threads(build, shape, pool, dtype, thread_count):
    a, results = Arrays(shape, pool, dtype), []
    for count in (1, 2, 3, 4, 7):
        thread_count(count)
        made = forward(build, a, 0.0)
        arrays = [*made.values(), *backward(build, a, made, 0.0)]
        results.append([array.tobytes() for array in arrays if array is not None])
    assert all(result == results[0] for result in results)


@pytest.mark.parametrize("at_end", [True, False])
@pytest.mark.parametrize(("shape", "pool"), [CASES[1], CASES[3], CASES[7], CASES[9], CASES[11]], ids=str)
def test_no_kernel_reads_or_writes_beside_its_arrays(build, shape, pool, dtype, at_end, guarded):
    a = Arrays(shape, pool, dtype)
    want = forward(build, a, 0.0)
    for name in ("x", "dy", "weight", "bias"):
        setattr(a, name, guarded(getattr(a, name), at_end))
    made = {name: None if array is None else guarded(array, at_end) for name, array in (a.empty() | a.running).items()}
    build.batchnorm_relu_forward(a.x, a.weight, a.bias, EPSILON, MOMENTUM, 0.0, a.pool, True, **made)
    assert np.array_equal(made["y"], want["y"])
    dweight, dbias, dx = (guarded(array, at_end) for array in (np.zeros_like(a.bias), np.zeros_like(a.bias), a.x))
    given = [made[name] for name in ("y", "argmax", "mean", "variance")]
    build.batchnorm_relu_backward(
        *(a.dy, a.x, *given, a.weight, EPSILON, 0.0, True), dweight=dweight, dbias=dbias, dx=dx
    )
    assert np.array_equal(dx, backward(build, a, want, 0.0)[2])


@pytest.mark.parametrize(("shape", "pool"), [((5, 3, 1, 1), None), ((2, 3, 5, 5), None), ((2, 3, 4, 4), CASES[7][1])])
def test_nan_and_infinity_pass_and_a_relu_drops_what_it_must(kernels, shape, pool, dtype):
    a = Arrays(shape, pool, dtype)
    made = forward(kernels, a, 0.0)
    a.dy[made["y"] <= 0] = np.inf
    assert np.isfinite(backward(kernels, a, made, 0.0)[2]).all()
    a.x[0, 1].flat[0] = np.nan
    made = forward(kernels, a, 0.0)
    assert np.isnan(made["y"][:, 1]).all()
    assert np.isnan(made["running_mean"]).tolist() == [False, True, False]
    assert np.isnan(backward(kernels, a, made, 0.0)[2][:, 1]).all()


def test_an_empty_batch_writes_nothing(kernels, dtype):
    a = Arrays((2, 3, 4, 4), CASES[7][1], dtype)
    a.x, a.dy = a.x[:0], a.dy[:0]
    made = forward(kernels, a, 0.0)
    assert all(np.array_equal(made[name], array) for name, array in a.running.items())
    assert not any(array.any() for array in backward(kernels, a, made, 0.0))


@pytest.mark.parametrize("place", [16, -2])
def test_a_place_outside_the_image_is_refused(build, dtype, place):
    a = Arrays((2, 3, 4, 4), CASES[7][1], dtype)
    made = forward(build, a, 0.0)
    made["argmax"][1, 2, 1, 1] = place
    with pytest.raises(ValueError, match="argmax must be places from 0 to 15"):
        backward(build, a, made, 0.0)
