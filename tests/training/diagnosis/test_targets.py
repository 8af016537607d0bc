"""Symptoms of targets: each is found where it is, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from sample_cases import DIGITS, FLAT, LARGE, case, table

from nnfs import data
from nnfs.losses import BinaryCrossEntropy, MeanSquaredError
from nnfs.training.diagnosis.targets import (
    far_target,
    labels_in_order,
    large_targets,
    missing_classes,
    one_class,
    one_target,
    target_in_inputs,
)


def test_labels_in_order_are_found_where_nothing_is_shuffled():
    y = np.sort(DIGITS.y_train)
    found = labels_in_order(case(FLAT, y, is_shuffled=False, batch_size=32))
    assert found is not None
    assert (found.where, found.got) == ("y", "labels that rise from 0 to 9")
    assert "shuffle=True" in found.write
    assert labels_in_order(case(FLAT, y, is_shuffled=True, batch_size=32)) is None
    assert labels_in_order(case(FLAT, DIGITS.y_train, is_shuffled=False, batch_size=32)) is None
    assert labels_in_order(case(FLAT, y, is_shuffled=False, batch_size=len(y))) is None


def test_classes_that_never_occur_are_found():
    found = missing_classes(case(FLAT, DIGITS.y_train, outputs=12))
    assert found is not None
    assert found.got == "no sample of 2 of 12 classes: 10, 11"
    assert found.write.startswith("Dense(10)")
    assert missing_classes(case(FLAT, DIGITS.y_train)) is None
    assert missing_classes(case(FLAT[:100], DIGITS.y_train[:100], outputs=12)) is None  # too few to tell


def test_one_label_for_all_samples_is_found_and_nothing_else_of_its_classes():
    wrong = case(FLAT, np.full(len(FLAT), 3))
    found = one_class(wrong)
    assert found is not None
    assert found.got == f"3 for all {len(FLAT)} samples"
    assert missing_classes(wrong) is None
    assert one_class(case(FLAT, DIGITS.y_train)) is None
    assert one_class(case(FLAT[:1], DIGITS.y_train[:1])) is None


def test_targets_in_large_units_are_found():
    wrong = case(LARGE.x_train, LARGE.y_train, outputs=1, loss=MeanSquaredError())
    found = large_targets(wrong)
    assert found is not None
    assert found.write.startswith("y = (y - y.mean(axis=0)) / y.std(axis=0)")
    y = data.Standardizer.fit(LARGE.y_train).transform(LARGE.y_train)
    assert large_targets(case(LARGE.x_train, y, outputs=1, loss=MeanSquaredError())) is None
    assert large_targets(case(FLAT, DIGITS.y_train)) is None


def numbers(rows=200, columns=1):
    return np.random.default_rng(1).normal(size=(rows, columns)).astype(np.float32)


def to_predict(x, y, **how):
    return case(x, y, outputs=y.shape[1], loss=MeanSquaredError(), **how)


def test_one_number_to_predict_for_all_is_found(backend):
    found = one_target(to_predict(table(), np.full((200, 1), 3.7, np.float32)))
    assert found is not None
    assert found.got == "3.7 for all 200 samples"
    assert one_target(to_predict(table(), numbers())) is None
    assert one_target(case(FLAT, DIGITS.y_train)) is None
    yes = case(table(), np.ones((200, 1), np.float32), outputs=1, loss=BinaryCrossEntropy())
    assert one_target(yes) is not None


@pytest.mark.parametrize("columns", [1, 3])
def test_a_number_that_is_far_from_all_others_is_found_where_it_is(columns):
    y = numbers(2000, columns)
    assert far_target(to_predict(table(rows=2000), y)) is None
    y[17, -1] = 1e6
    wrong = to_predict(table(rows=2000), y)
    found = far_target(wrong)
    assert found is not None
    assert found.where == "y[17]"
    assert "1e+06, where 95 % of all lie no farther than " in found.got
    assert large_targets(wrong) is None  # the unit of the others is a usual one
    rows = np.arange(10, 2000)
    assert far_target(to_predict(table(rows=2000), y, rows=rows)).where == "y[17]"
    assert far_target(to_predict(table(rows=2000), y, rows=np.arange(18, 2000))) is None


@pytest.mark.parametrize("draw", ["lognormal", "exponential"])
def test_numbers_with_a_long_tail_are_no_fault(draw):
    rng = np.random.default_rng(0)
    y = rng.lognormal(0, 2, (300, 1)) if draw == "lognormal" else getattr(rng, draw)(size=(300, 1))
    few = np.where(rng.random((300, 1)) < 0.02, 1000.0, 0.0)  # claims: nearly all are 0
    for targets in (y, few):
        assert far_target(to_predict(table(rows=300), targets.astype(np.float32))) is None


def test_a_column_that_is_the_target_is_found():
    x, y = table(), numbers()
    assert target_in_inputs(to_predict(x, y)) is None
    x[:, 2:3] = y
    found = target_in_inputs(to_predict(x, y))
    assert found is not None
    assert (found.where, found.write) == ("x, column 2", "x = np.delete(x, [2], axis=1)")
    x[100, 2] += 1
    assert target_in_inputs(to_predict(x, y)) is None
    labels = np.arange(200) % 10
    x[:, 1] = labels
    assert target_in_inputs(case(x, labels)) is not None
    x[:, 1] = 4
    assert target_in_inputs(case(x, np.full(200, 4))) is None  # `one_class` says it
    assert target_in_inputs(to_predict(y, y)) is None  # one column: y = x is a task for a learner
    assert target_in_inputs(to_predict(x, x)) is None  # an autoencoder
