"""Symptoms of validation: each is found where it is, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from sample_cases import DIGITS, FLAT, case, table

from nnfs.training.diagnosis.validated import unlike_validation, validated_on_training


@pytest.mark.parametrize("rows", [slice(None), slice(None, None, -1), slice(100, 300)])
def test_validation_on_training_samples_is_found_in_any_order(rows):
    x, y = np.float32(FLAT), DIGITS.y_train
    found = validated_on_training(case(x, y, validation=(x[rows].copy(), y[rows].copy())))
    assert found is not None
    assert found.got.startswith("all 8 samples")
    assert found.write == "fit(..., validation_split=0.1), without validation_data"


def test_other_samples_and_those_that_come_again_by_chance_are_fine():
    x, y = np.float32(FLAT), DIGITS.y_train
    others = np.float32(DIGITS.x_test.reshape(len(DIGITS.x_test), -1))
    assert validated_on_training(case(x, y, validation=(others, DIGITS.y_test))) is None
    half = np.concatenate([others[:300], x[:200]])
    assert validated_on_training(case(x, y, validation=(half, y[:500]))) is None
    assert validated_on_training(case(x, y)) is None
    yes_or_no = (table() > 0).astype(np.float32)  # 16 rows that differ
    assert validated_on_training(case(yes_or_no, validation=(yes_or_no[:100], np.zeros(100, np.int64)))) is None


@pytest.mark.parametrize("change", [lambda x: x * 100, lambda x: x / 100, lambda x: x + 50], ids=["x", "/", "+"])
def test_validation_in_another_unit_is_found(change):
    x, others = table(), table(rows=500)[200:]
    y = np.zeros(300, np.int64)
    assert unlike_validation(case(x, validation=(others, y))) is None
    assert unlike_validation(case(x)) is None
    found = unlike_validation(case(x, validation=(change(others), y)))
    assert found is not None
    assert "scaler.transform(x)" in found.write
