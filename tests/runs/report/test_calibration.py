"""Calibration: counts, shares and error equal those of naive loops."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.runs.report.calibration import calibration_of, calibration_of_measured, calibration_rows, draw_calibration
from nnfs.runs.report.measured import Measured


def naive(confidence, is_right):
    """Return counts, means and accuracies of ten bins, and the expected calibration error."""
    bins = [[] for _ in range(10)]
    for chance, right in zip(confidence, is_right, strict=True):
        bins[min(int(chance * 10), 9)].append((chance, right))
    error, rows = 0.0, []
    for members in bins:
        if members:
            mean = sum(chance for chance, _ in members) / len(members)
            share = sum(right for _, right in members) / len(members)
            error += len(members) / len(confidence) * abs(share - mean)
            rows.append((len(members), mean, share))
    return rows, error


def test_calibration_is_that_of_naive_loops():
    rng = np.random.default_rng(0)
    confidence = np.append(rng.uniform(0.3, 1, 200), [0.5, 1.0, 0.0])
    is_right = rng.uniform(size=203) < confidence
    found = calibration_of(confidence, is_right)
    rows, error = naive(confidence, is_right)
    assert found.error == pytest.approx(error)
    shown = [(row["count"], row["confidence"], row["accuracy"]) for row in calibration_rows(found)]
    assert shown == [pytest.approx(row) for row in rows]


def test_the_confidence_is_the_probability_of_the_predicted_class(classified):
    chances = classified.probabilities
    rows, error = naive(chances.max(axis=1), chances.argmax(axis=1) == classified.labels)
    assert calibration_of_measured(classified).error == pytest.approx(error)
    assert sum(row[0] for row in rows) == 60


def test_yes_or_no_answers_are_taken_together():
    yes = np.array([[0.9, 0.2], [0.6, 0.4]])
    right = np.array([[1.0, 0.0], [0.0, 0.0]])
    found = calibration_of_measured(Measured(np.zeros((2, 1)), "", right, yes, answers=True))
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 1, 1]
    assert found.error == pytest.approx((2 * abs(0.5 - 0.6) + 0.2 + 0.1) / 4)


def test_a_regression_has_none():
    assert calibration_of_measured(Measured(np.zeros((2, 1)), "", np.zeros((2, 1)), np.zeros((2, 1)))) is None


def test_the_picture_tells_the_error_and_the_counts(style):
    found = calibration_of(np.array([0.95, 0.95, 0.55]), np.array([True, True, False]))
    picture = draw_calibration(found, "p")
    assert picture.caption.startswith("Expected calibration error 0.2167, over 3 predictions")
    assert "Most predictions, 2," in picture.svg
