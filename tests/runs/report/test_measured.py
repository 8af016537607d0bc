"""What a network gives for samples: probabilities, answers or numbers, as its loss says."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.data import Samples
from nnfs.runs.report.measured import measure

X = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)


def measured(loss, y, units, **facts):
    network = nnfs.Sequential([nnfs.Dense(units)], 2)
    network.loss, network.facts = loss, nnfs.Facts(**facts)
    samples = Samples(X, y)
    return network, measure(network, samples, "9 samples")


def test_classes_have_probabilities_and_names(backend):
    network, found = measured("cross_entropy", np.arange(9) % 3, 3, class_names=["a", "b"])
    np.testing.assert_allclose(found.probabilities, network.predict_proba(X))
    assert found.class_names == ["a", "b", "2"]
    assert found.name_of(4) == "4"


def test_one_score_is_two_classes():
    _, found = measured("binary_cross_entropy", np.arange(9) % 2, 1, class_names=["no", "yes"])
    assert found.probabilities.shape == (9, 2)
    assert found.class_names == ["no", "yes"]


def test_several_scores_are_yes_or_no_answers():
    network, found = measured("binary_cross_entropy", np.ones((9, 3), np.float32), 3, class_names=["a", "b", "c"])
    assert found.answers
    assert found.labels is None
    np.testing.assert_allclose(found.outputs, network.predict_proba(X))
    assert found.output_names == ["a", "b", "c"]


def test_numbers_are_named_after_the_target():
    y = np.ones((9, 1), np.float32)
    assert measured("l1", y, 1, columns=["a", "b"], target="price")[1].output_names == ["price"]
    assert measured("l1", y, 1)[1].output_names == ["output 0"]
    assert measured("l1", np.ones((9, 2), np.float32), 2)[1].output_names == ["output 0", "output 1"]


def test_outputs_that_are_not_finite_are_an_error():
    network = nnfs.Sequential([nnfs.Dense(1)], 2)
    network.loss = "l1"
    network.parameters["0.bias"].value[...] = np.inf
    samples = Samples(X, np.ones((9, 1), np.float32))
    with pytest.raises(nnfs.NumericError, match="the network's outputs"):
        measure(network, samples, "")
