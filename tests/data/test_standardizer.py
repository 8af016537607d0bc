"""The standardizer: mean 0 and standard deviation 1 on the fitted part, and no influence of other parts."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.data import Standardizer, linear_large
from nnfs.errors import DTypeError, ShapeError


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_get_mean_zero_and_deviation_one(dtype):
    values = np.random.default_rng(0).normal([5, -1000, 1e6], [0.1, 300, 10], (2000, 3)).astype(dtype)
    before = values.copy()
    standardizer = Standardizer.fit(values)
    result = standardizer.transform(values)
    assert result.dtype == standardizer.mean.dtype == standardizer.scale.dtype == dtype
    np.testing.assert_allclose(result.mean(axis=0, dtype=np.float64), 0, atol=1e-2 if dtype == np.float32 else 1e-9)
    np.testing.assert_allclose(result.std(axis=0, dtype=np.float64), 1, rtol=1e-4)
    np.testing.assert_allclose(standardizer.inverse_transform(result), values, rtol=1e-6)
    np.testing.assert_array_equal(values, before)


def test_the_test_part_does_not_change_the_standardizer():
    data = linear_large()
    standardizer = Standardizer.fit(data.y_train)
    assert standardizer.mean[0] == pytest.approx(data.y_train.mean(dtype=np.float64), rel=1e-6)
    assert standardizer.scale[0] == pytest.approx(data.y_train.std(dtype=np.float64), rel=1e-6)
    everything = Standardizer.fit(np.concatenate([data.y_train, data.y_test]))
    assert standardizer.mean[0] != everything.mean[0]

    first = standardizer.transform(data.y_test)
    changed = data.y_test.copy()
    changed[1:] = 1e6
    np.testing.assert_array_equal(standardizer.transform(changed)[0], first[0])
    assert standardizer.transform(data.y_test).mean() != pytest.approx(0, abs=1e-6)


def test_the_noise_of_the_large_line_in_standardized_units():
    data = linear_large(samples=20_000)
    x = Standardizer.fit(data.x_train).transform(data.x_train)
    y = Standardizer.fit(data.y_train).transform(data.y_train)
    residual = y - x * (x * y).mean()
    assert residual.std() == pytest.approx(0.03, rel=0.03)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constant", [0.0, 0.1, -1e30, 1e-30])
def test_a_constant_column_is_only_centred(dtype, constant):
    values = np.full((1001, 1), constant, dtype)
    standardizer = Standardizer.fit(values)
    assert standardizer.scale[0] == 1
    np.testing.assert_allclose(standardizer.transform(values), 0, atol=abs(constant) * 1e-12)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "float16", "bool", "complex64", "object"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(DTypeError, match=f"got values of dtype {dtype}, wanted float32 or float64"):
        Standardizer.fit(np.ones((3, 2)).astype(dtype))


@pytest.mark.parametrize("shape", [(), (3,), (3, 2, 1), (0, 2)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError, match="Standardizer"):
        Standardizer.fit(np.ones(shape, np.float32))


def test_another_number_of_columns_is_refused():
    standardizer = Standardizer.fit(np.eye(3))
    for method in (standardizer.transform, standardizer.inverse_transform):
        with pytest.raises(ShapeError, match=r"got values of shape \(2, 1\), wanted \(N, 3\)"):
            method(np.ones((2, 1)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused_and_named(bad):
    values = np.ones((4, 3), np.float32)
    values[2, 1] = bad
    with pytest.raises(ValueError, match=rf"values\[2, 1\] is {bad}"):
        Standardizer.fit(values)
