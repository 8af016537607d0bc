"""The generated data sets: documented function, range, noise and split, and equal numbers for equal seeds."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.data import linear_large, linear_small, moons
from nnfs.errors import DTypeError

LINES = [(linear_small, 2.0, 1.0, 1.0, 0.02), (linear_large, 3.0, -50.0, 1000.0, 52.0)]


@pytest.mark.parametrize(("task", "slope", "intercept", "half_range", "noise"), LINES)
def test_points_are_near_the_stated_line(task, slope, intercept, half_range, noise):
    data = task(samples=50_000)
    x, y = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    assert np.abs(x).max() <= half_range
    assert np.abs(x).max() > 0.999 * half_range
    assert abs(x.mean()) < 0.02 * half_range
    residual = y.astype(np.float64) - (slope * x.astype(np.float64) + intercept)
    assert residual.std() == pytest.approx(noise, rel=0.02)
    assert abs(residual.mean()) < 0.05 * noise


def test_the_noise_of_the_large_line_is_three_hundredths_of_its_spread():
    data = linear_large(samples=50_000)
    assert 52.0 / data.y_train.std() == pytest.approx(0.03, rel=0.02)


@pytest.mark.parametrize("task", [linear_small, linear_large])
def test_lines_have_columns(task):
    data = task()
    assert data.x_train.shape == data.y_train.shape == (800, 1)
    assert data.x_test.shape == data.y_test.shape == (200, 1)
    assert {array.dtype for array in data[1:5]} == {np.dtype("float32")}
    assert data.class_names == ()


def test_moons_are_two_half_circles():
    data = moons(noise=0.0)
    x, y = data.x_train.astype(np.float64), data.y_train
    np.testing.assert_allclose(np.hypot(*x[y == 0].T), 1.0, rtol=1e-6)
    np.testing.assert_allclose(np.hypot(*(x[y == 1] - [1.0, 0.5]).T), 1.0, rtol=1e-6)
    assert x[y == 0, 1].min() >= 0
    assert x[y == 1, 1].max() <= 0.5
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64


def test_moons_have_the_stated_noise():
    clean, noisy = moons(noise=0.0, samples=20_000), moons(noise=0.1, samples=20_000)
    np.testing.assert_array_equal(clean.y_train, noisy.y_train)
    assert (noisy.x_train - clean.x_train).std() == pytest.approx(0.1, rel=0.02)


@pytest.mark.parametrize("samples", [10, 11, 999, 1000])
def test_moons_are_balanced_in_both_parts(samples):
    data = moons(samples=samples)
    assert len(data.y_train) + len(data.y_test) == samples
    for y in (data.y_train, data.y_test):
        assert np.bincount(y).tolist() == [(len(y) + 1) // 2, len(y) // 2]


@pytest.mark.parametrize("task", [linear_small, linear_large, moons])
def test_numbers_depend_on_the_seed_and_not_on_numpys_global_generator(task):
    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    first, again, other = task(seed=7), task(seed=np.int64(7)), task(seed=8)
    for a, b in zip(first[1:5], again[1:5], strict=True):
        assert a.tobytes() == b.tobytes()
    assert first.x_train.tobytes() != other.x_train.tobytes()
    np.testing.assert_array_equal(state, np.random.get_state()[1])


def test_the_numbers_of_a_seed_do_not_change_between_versions():
    np.testing.assert_allclose(linear_small().x_train[:2, 0], [0.27392337, -0.46042657], rtol=1e-6)
    np.testing.assert_allclose(linear_large().y_train[:2, 0], [776.12036, -1384.6578], rtol=1e-6)
    np.testing.assert_allclose(moons().x_train[0], [1.8243027, -0.099262208], rtol=1e-6)


@pytest.mark.parametrize("task", [linear_small, linear_large, moons])
@pytest.mark.parametrize(
    "options",
    [{"seed": seed} for seed in (-1, 2**63, "x", 1.5, None, True)]
    + [{"samples": samples} for samples in (-1, 0, 9, 10**7 + 1, 2**63, 100.0, "100", None, True)],
    ids=str,
)
def test_a_bad_seed_or_size_is_refused(task, options):
    ((name, value),) = options.items()
    is_integer = type(value) is int
    with pytest.raises(ValueError if is_integer else DTypeError, match=f"^{name} must be .*, got {value!r}"):
        task(**options)


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf"), "0.1", None, True])
def test_a_bad_noise_is_refused(noise):
    with pytest.raises(ValueError if type(noise) is float else DTypeError, match=r"^moons: noise must be a .*number"):
        moons(noise=noise)
