"""One number of any layer is told, or why its layer tells nothing."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.explain.one_number import lists_of_number, one_number, text_of_number


def told(layers, shape, layer, place, of="output", backward=True):
    network = nnfs.Sequential(layers, shape, dtype="float64")
    x = np.random.default_rng(0).normal(size=(1, *network.input_shape))
    explanation = network.explain(x, np.ones((1, *network.output_shape)), loss="mean_squared_error")
    return one_number(explanation, [layer], of, place, backward)


@pytest.mark.parametrize(
    ("layer", "head"),
    [
        (nnfs.Conv2D(2, 3), "It is the sum of these terms:"),
        (nnfs.ReLU(), "It is a function of one number:"),
        (nnfs.MaxPool2D(2), "It is the largest of these numbers:"),
        (nnfs.Flatten(), "It is this number, unchanged:"),
    ],
    ids=repr,
)
def test_the_words_fit_the_layer(layer, head):
    place = "3" if isinstance(layer, nnfs.Flatten) else "0,1,1"
    found = told([layer, nnfs.Flatten(), nnfs.Dense(1)], (2, 4, 4), "0", place)
    assert head in text_of_number(found)
    assert found.how.total == pytest.approx(found.value)
    assert found.how_backward.total == pytest.approx(found.gradient)
    assert found.gradient == pytest.approx(found.difference, abs=1e-6)


def test_of_a_layer_from_elsewhere_the_number_alone_is_told():
    class Twice(nnfs.layers.Layer):
        """y = 2 x."""

        def output_shape(self, input_shape):
            return input_shape

        def forward(self, x, ctx):
            return x * 2

        def backward(self, dy, ctx):
            return dy * 2

    found = told([Twice(), nnfs.Dense(1)], 3, "0", "1")
    assert "not how they came about" in found.how
    assert lists_of_number(found)["how"] == found.how
    assert found.gradient is not None


def test_a_frozen_layer_tells_why_it_has_no_gradient():
    network = nnfs.Sequential([nnfs.BatchNorm(), nnfs.Dense(3), nnfs.ReLU(), nnfs.Dense(1)], 3)
    network.layers[0].trainable = False
    explanation = network.explain(np.ones((1, 3), np.float32), np.ones((1, 1), np.float32), loss="mean_squared_error")
    found = one_number(explanation, ["0"], "weight", "2", True)
    assert "is frozen" in found.how_backward
    assert lists_of_number(found)["gradient"] is None
