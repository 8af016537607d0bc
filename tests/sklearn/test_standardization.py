"""Targets are learned with mean 0 and deviation 1, and predicted in their own unit."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from nnfs import NeuralNetwork, NumericError
from nnfs.sklearn.standardization import Standardization

TARGETS = np.array([[1.0, 500, 7], [2, 700, 7], [4, 100, 7]])


def test_targets_have_mean_0_and_deviation_1():
    found = Standardization.of(TARGETS, None)(TARGETS)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), [1, 1, 0], atol=1e-12)


def test_a_weight_counts_samples():
    weighted = Standardization.of(TARGETS, np.array([1.0, 3, 0]))
    repeated = Standardization.of(TARGETS[[0, 1, 1, 1]], None)
    np.testing.assert_allclose(weighted.mean, repeated.mean)
    np.testing.assert_allclose(weighted.scale, repeated.scale)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -1e-300])
def test_a_constant_target_keeps_its_scale(value):
    assert Standardization.of(np.full((7, 1), value), None).scale.tolist() == [1]


def test_targets_too_large_to_square_are_refused():
    with pytest.raises(NumericError, match=r"^y is too large to be standardized: .* Try: y / y.max\(\)$"):
        Standardization.of(np.array([[1e300], [-1e300]]), None)


def test_a_network_predicts_in_the_unit_of_the_targets(backend):
    network = NeuralNetwork(4, [5], 3, dtype="float64")
    x = np.random.default_rng(0).normal(size=(6, 4))
    before, standardization = network.predict(x), Standardization.of(TARGETS, None)
    standardization.undo_in(network)
    np.testing.assert_allclose(standardization(network.predict(x)), before, atol=1e-12)
