import math

import numpy as np
import pytest

from nnfs import metrics
from nnfs.training.running_metrics import running


def test_mean_errors_and_r2_by_hand():
    outputs, targets = np.array([[1.0], [2], [4]]), np.array([1.0, 3, 3])
    assert metrics.mean_absolute_error(targets, outputs) == pytest.approx(2 / 3)
    assert metrics.mean_absolute_error(np.uint8([1]), np.uint8([3])) == 2
    assert metrics.r2_score(targets=targets, outputs=outputs) == pytest.approx(1 - 2 / (8 / 3))
    assert metrics.r2_score(targets=targets, outputs=targets) == 1
    assert math.isnan(metrics.r2_score(targets=[3.0, 3], outputs=[1.0, 2]))
    assert math.isnan(metrics.r2_score(targets=[0.1, 0.1, 0.1], outputs=[1.0, 2, 3]))  # their mean is not 0.1
    assert math.isnan(metrics.r2_score(targets=targets[:0], outputs=outputs[:0]))
    assert math.isnan(metrics.mean_absolute_error(targets[:0], outputs[:0]))


def test_errors_and_r2_equal_scikit_learns():
    sklearn = pytest.importorskip("sklearn.metrics")
    outputs, targets = np.random.default_rng(0).normal(size=(2, 50, 3))
    assert metrics.mean_absolute_error(targets, outputs) == pytest.approx(sklearn.mean_absolute_error(targets, outputs))
    wanted = pytest.approx(math.sqrt(sklearn.mean_squared_error(targets, outputs)))
    assert metrics.root_mean_squared_error(targets, outputs) == wanted
    one_by_one = running("rmse", metrics.METRICS["root_mean_squared_error"])
    for rows in (slice(7), slice(7, 7), slice(7, 50)):
        one_by_one.add(outputs[rows], targets[rows])
    assert one_by_one.figure() == wanted
    assert math.isnan(metrics.root_mean_squared_error(targets[:0], outputs[:0]))
    variance_weighted = sklearn.r2_score(targets, outputs, multioutput="variance_weighted")
    assert metrics.r2_score(targets=targets, outputs=outputs) == pytest.approx(variance_weighted)
