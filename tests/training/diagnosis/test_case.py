"""A case looks at few rows, and knows the loss of the best constant answer."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs import NeuralNetwork, data
from nnfs.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from nnfs.training.diagnosis.case import Case

MOONS = data.load("moons")


def test_of_many_samples_few_rows_are_looked_at():
    x, y = np.zeros((3000, 64), np.float32), np.zeros(3000, np.int64)
    seen = Case(nnfs.NeuralNetwork(input_shape=64, hidden_units=[4], output_shape=2), nnfs.losses.CrossEntropy(), x, y)
    assert seen.inputs.shape == (500, 64)
    wide = nnfs.NeuralNetwork(input_shape=2**14, hidden_units=[1], output_shape=2)
    assert Case(wide, nnfs.losses.CrossEntropy(), np.zeros((40, 2**14), np.float32), y[:40]).inputs.shape == (14, 2**14)


@pytest.mark.parametrize("loss", [CrossEntropy(), BinaryCrossEntropy(), MeanSquaredError()])
def test_the_loss_of_one_answer_is_that_of_the_best_constant(loss):
    network = NeuralNetwork(input_shape=2, hidden_units=[], output_shape=2 if loss.name == "cross_entropy" else 1)
    y = loss.check_targets(np.arange(200) % 4 // 3, network.output_shape, network.dtype)
    guess = Case(network, loss, np.zeros((200, 2), np.float32), y).guessing_loss
    best = 3 / 16 if loss.name == "mean_squared_error" else -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert guess == pytest.approx(best)


def test_where_samples_are_weighted_the_loss_of_one_answer_is_not_known():
    network = NeuralNetwork(input_shape=2, hidden_units=[], output_shape=2)
    assert Case(network, CrossEntropy(), MOONS.x_train, MOONS.y_train, is_weighted=True).guessing_loss is None
    smooth = CrossEntropy(label_smoothing=0.1)
    assert Case(network, smooth, MOONS.x_train, MOONS.y_train).guessing_loss is None
