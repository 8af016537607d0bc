"""Symptoms of data: each is found where it is, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from sample_cases import DIGITS, FLAT, LARGE, case, table

from nnfs import Dense, NeuralNetwork, Normalization, ReLU, Sequential, data
from nnfs.losses import CrossEntropy, MeanSquaredError
from nnfs.network.facts import Facts
from nnfs.training.diagnosis.case import Case
from nnfs.training.diagnosis.data import (
    SYMPTOMS,
    constant_columns,
    duplicate_columns,
    equal_samples,
    raw_pixels,
    unscaled_columns,
)

MOONS = data.load("moons")


@pytest.mark.parametrize("x", [DIGITS.x_train, FLAT], ids=["images", "rows"])
def test_pixels_of_bytes_are_found_and_divided_ones_are_not(x):
    found = raw_pixels(case(np.rint(x * 255), DIGITS.y_train))
    assert found is not None
    assert (found.where, found.got, found.write) == ("x", "whole numbers up to 255", "x = x / 255")
    assert raw_pixels(case(x, DIGITS.y_train)) is None
    assert raw_pixels(case(x * 16, DIGITS.y_train)) is None  # the digits of scikit-learn
    assert (raw_pixels(case(np.rint(x * 300), DIGITS.y_train)) is None) == (x is FLAT)


def test_images_of_16_bits_are_found():
    found = raw_pixels(case(np.rint(DIGITS.x_train * 65535), DIGITS.y_train))
    assert found is not None
    assert (found.got, found.write) == ("whole numbers up to 65535", "x = x / 65535")
    assert "pixels of 0 to 65535, " in found.what
    assert raw_pixels(case(np.rint(DIGITS.x_train * 65536), DIGITS.y_train)) is None


def test_pixels_that_the_network_normalizes_are_fine():
    layer = Normalization()
    network = Sequential([layer, Dense(10)], 64)
    layer.mean[...], layer.scale[...] = 128, 64
    assert raw_pixels(Case(network, CrossEntropy(), np.rint(FLAT * 255), DIGITS.y_train)) is None


def test_columns_of_very_unlike_scales_are_found():
    x = table() * [0.1, 1, 1, 315]  # as those of wine
    found = unscaled_columns(case(x))
    assert found is not None
    assert found.where == "x, column 3"
    assert found.got.endswith("in column 0")
    assert "Standardizer" in found.write
    assert unscaled_columns(case(data.Standardizer.fit(x).transform(x))) is None
    assert unscaled_columns(case(table() * [0.001, 1, 1, 5])) is None  # as pixels at the border of an image


def test_a_column_is_called_by_its_name():
    wrong = case(table() * [0.1, 1, 1, 315])
    wrong.network.facts = Facts(columns=("hue", "ash", "alcohol", "proline"))
    found = unscaled_columns(wrong)
    assert found is not None
    assert found.where == "x, column 'proline'"
    assert found.got.endswith("in column 'hue'")


def test_columns_in_large_units_are_found():
    found = unscaled_columns(case(LARGE.x_train, LARGE.y_train, outputs=1, loss=MeanSquaredError()))
    assert found is not None
    assert found.what.startswith("columns come in large units")
    assert unscaled_columns(case(MOONS.x_train)) is None


def test_a_column_of_one_number_is_found_and_the_border_of_images_is_not():
    x = table()
    x[:, 2] = 5
    found = constant_columns(case(x))
    assert found is not None
    assert (found.where, found.got, found.write) == (
        "x, column 2",
        "5 in all 200 rows",
        "x = np.delete(x, [2], axis=1)",
    )
    x[100, 2] = 6
    assert constant_columns(case(x)) is None
    assert constant_columns(case(FLAT)) is None


def test_a_column_that_differs_in_a_row_that_is_not_looked_at_is_no_constant():
    x = table(rows=5000)
    x[:, 2] = 5
    x[1, 2] = 6
    assert constant_columns(case(x)) is None
    assert constant_columns(case(x, rows=np.arange(2, 5000))) is not None


@pytest.mark.parametrize("shape", [(200, 4), (200, 1, 4, 4)])
def test_samples_that_are_all_equal_are_found_and_nothing_else_of_them(shape):
    wrong = case(np.zeros(shape))
    found = equal_samples(wrong)
    assert found is not None
    assert found.got == "numbers from 0 to 0, the same in all 200 samples"
    assert equal_samples(case(np.full(shape, 3))) is not None
    assert constant_columns(case(np.full(shape, 3))) is None
    x = np.zeros((5000, 4))
    x[1] = 1  # a row that is not looked at
    assert equal_samples(case(x)) is None
    assert equal_samples(case(table())) is None


def test_a_column_that_is_there_twice_is_found():
    x = table()
    x[:, 3] = x[:, 1]
    found = duplicate_columns(case(x))
    assert found is not None
    assert found.where == "x, column 3"
    assert "column 1" in found.got
    x[7, 3] += 1
    assert duplicate_columns(case(x)) is None
    assert duplicate_columns(case(FLAT)) is None


@pytest.mark.parametrize("columns", [3, 5, 6, 7, 13, 64])
def test_a_column_is_found_wherever_it_stands_again(columns):
    rng = np.random.default_rng(columns)
    for _ in range(5):
        x = rng.normal(size=(300, columns))
        one, other = sorted(rng.choice(columns, 2, replace=False))
        x[:, other] = x[:, one]
        found = duplicate_columns(case(x))
        assert found is not None
        assert found.where == f"x, column {other}"


def test_columns_that_differ_in_a_row_that_is_not_looked_at_are_two():
    x = table(rows=5000)
    x[:, 3] = x[:, 1]
    x[1, 3] += 1
    assert duplicate_columns(case(x)) is None


def test_of_batches_from_an_iterable_nothing_is_known():
    network = NeuralNetwork(input_shape=2, hidden_units=[4], output_shape=2)
    assert [symptom(Case(network, CrossEntropy())) for symptom in SYMPTOMS] == [None] * len(SYMPTOMS)


def test_arrays_in_files_are_looked_at_in_their_first_rows(tmp_path):
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(2000, 64))
    x[...] = 200
    wrong = Case(Sequential([Dense(8), ReLU(), Dense(2)], 64), CrossEntropy(), x, np.zeros(2000, np.int64))
    assert wrong.inputs.shape == (512, 64)
    assert raw_pixels(wrong) is not None
    assert constant_columns(wrong) is None  # that takes all rows
