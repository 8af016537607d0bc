"""Weights and gradients: the gradients are those of the loss, and looking at them changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.runs.report.histograms import draw_histograms, drawn, gradients_of, parameter_facts


@pytest.fixture
def network():
    network = nnfs.Sequential([nnfs.Dense(4), nnfs.ReLU(), nnfs.Dense(2)], 3)
    network.loss = "cross_entropy"
    return network


def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(10, 3)).astype(np.float32), rng.integers(0, 2, 10)


def test_the_gradients_are_those_of_an_explanation(network, backend):
    x, y = batch()
    before = network.vector.grad.copy()
    found = gradients_of(network, x, y)
    np.testing.assert_array_equal(network.vector.grad, before)
    layers = network.explain(x, y).layers
    for name, gradient in found.items():
        layer, parameter = name.split(".")
        np.testing.assert_allclose(gradient, layers[layer].parameter_gradients[parameter], rtol=1e-4, atol=1e-6)


def test_every_parameter_is_listed_and_the_weights_are_drawn(network):
    facts = parameter_facts(network, gradients_of(network, *batch()))
    assert [one.name for one in facts] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert facts[0].layer == "Dense"
    assert facts[0].spread.mean == pytest.approx(network.parameters["0.weight"].value.mean())
    assert facts[1].spread.zeros == 1
    assert [one.name for one in drawn(facts)] == ["0.weight", "2.weight"]


def test_the_picture_has_both_or_the_weights_alone(network, style):
    both = draw_histograms(parameter_facts(network, gradients_of(network, *batch()))[0], "p")
    assert ">gradient<" in both.svg
    assert "0.weight (Dense, 4 x 3): mean" in both.caption
    alone = draw_histograms(parameter_facts(network, {})[0], "p")
    assert ">gradient<" not in alone.svg
    assert "gradient" not in alone.caption
