"""The activity of a pass is what it left behind, and looking at it changes nothing."""

from __future__ import annotations

import numpy as np

from nnfs import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential, Tanh, Trainer, data
from nnfs.losses import CrossEntropy
from nnfs.training.diagnosis.activity import Activity, activity_of

DIGITS = data.load("digits")
X = DIGITS.x_train[:64].reshape(64, -1)
Y = DIGITS.y_train[:64]


def healthy():
    return [Dense(32), ReLU(), Dense(32), Tanh(), Dense(10)]


def test_a_look_changes_nothing(backend):
    network = Sequential(healthy(), 64)
    trainer = Trainer(network, loss="cross_entropy")
    trainer.step(X, Y)
    before, gradient = network.digest(), network.vector.grad.copy()
    generators = [getattr(network, name).bit_generator.state for name in ("shuffling", "dropout", "augmentation")]
    first, again = (activity_of(network, CrossEntropy(), X, Y).gradients for _ in range(2))
    assert first == again
    network.clear_gradients()
    assert activity_of(network, CrossEntropy(), X, Y).gradients == first
    network.vector.grad[...] = gradient
    activity_of(network, CrossEntropy(), X, Y)
    assert network.digest() == before
    np.testing.assert_array_equal(network.vector.grad, gradient)
    assert generators == [
        getattr(network, name).bit_generator.state for name in ("shuffling", "dropout", "augmentation")
    ]


def test_the_buffers_of_a_step_hold_what_a_pass_gives(backend):
    network = Sequential([Conv2D(4, 3), ReLU(), MaxPool2D(2), Flatten(), *healthy()], (1, 8, 8))
    x = DIGITS.x_train[:64]
    asked = activity_of(network, CrossEntropy(), x, Y)
    trainer = Trainer(network, loss="cross_entropy", optimizer="sgd")
    trainer.step(x, Y)
    left = Activity(network, trainer.workspace)
    assert [name for name, _, _ in left.outputs] == [name for name, _, _ in asked.outputs] == ["1", "5", "7"]
    for (_, _, one), (_, _, other) in zip(left.outputs, asked.outputs, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [gradient for *_, gradient in left.gradients] == [gradient for *_, gradient in asked.gradients]
