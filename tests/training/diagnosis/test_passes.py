"""Symptoms of a pass: each is found where it is, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Residual, Sequential, Sigmoid, Tanh, data
from nnfs.losses import CrossEntropy, MeanSquaredError
from nnfs.optimizers import SGD
from nnfs.training.diagnosis.activity import activity_of
from nnfs.training.diagnosis.case import Case
from nnfs.training.diagnosis.data import unscaled_columns
from nnfs.training.diagnosis.passes import dead_relus, exploding_gradients, saturated, vanishing_gradients

DIGITS = data.load("digits")
X = DIGITS.x_train[:64].reshape(64, -1)
Y = DIGITS.y_train[:64]
SYMPTOMS = (dead_relus, saturated, vanishing_gradients, exploding_gradients)


def case(layers, x=X, y=Y, loss=None, change=None):
    network, loss = Sequential(layers, x.shape[1:]), loss or CrossEntropy()
    for name, value in (change or {}).items():
        network.parameters[name].value[...] = value
    found = Case(network, loss, x, y)
    found.activity = activity_of(network, loss, x, y)
    return found


def healthy():
    return [Dense(32), ReLU(), Dense(32), Tanh(), Dense(10)]


def test_nothing_is_found_in_a_healthy_network(backend):
    assert [symptom(case(healthy())) for symptom in SYMPTOMS] == [None] * 4


def test_dead_relus_are_found(backend):
    found = dead_relus(case([Dense(20), ReLU(), Dense(10)], change={"0.bias": -100}))
    assert found is not None
    assert found.where == "layer 1, ReLU()"
    assert found.got == "100% of 20 units at 0 for all of 64 samples"
    layers = [Dense(20), ReLU(), Dense(30), ReLU(), Dense(10)]
    found = dead_relus(case(layers, change={"0.bias": -100, "2.bias": 1}))
    assert found is not None
    assert found.got == "100% of 20 units at 0 for all of 64 samples, 0% in layer 3"
    some = np.where(np.arange(20) < 10, -100, 0)
    assert dead_relus(case([Dense(20), ReLU(), Dense(10)], change={"0.bias": some})) is None


def test_units_that_died_when_the_loss_jumped_are_told_a_smaller_rate():
    dead = case([Dense(20), ReLU(), Dense(10)], change={"0.bias": -100})
    dead.optimizer = SGD(0.01)
    assert "biases of 0" in dead_relus(dead).write
    dead.history.step_losses[:] = [1.0, 30.0, 2.0]
    assert dead_relus(dead).write.startswith("a smaller learning rate")


def test_of_units_that_are_all_equal_dead_relus_are_not_told_too():
    layers = [Dense(20, initializer="zeros"), ReLU(), Dense(10)]
    assert dead_relus(case(layers, change={"0.bias": -100})) is None


def test_dead_relus_behind_a_convolution_and_within_a_block_are_found(backend):
    layers = [Conv2D(4, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(10)]
    found = dead_relus(case(layers, DIGITS.x_train[:64], change={"0.bias": -100}))
    assert found is not None
    assert found.where == "layer 1, ReLU()"
    found = dead_relus(case([Residual([Dense(64), ReLU(), Dense(64)]), Dense(10)], change={"0.body.0.bias": -100}))
    assert found is not None
    assert found.where == "layer 0.body.1, ReLU()"


@pytest.mark.parametrize("activation", [Sigmoid, Tanh])
def test_a_saturated_activation_is_found(backend, activation):
    found = saturated(case([Dense(20), activation(), Dense(10)], x=X * 1000))
    assert found is not None
    assert found.where == f"layer 1, {activation()!r}"
    assert saturated(case([Dense(20), activation(), Dense(10)])) is None
    half = np.where(np.arange(20) < 10, 100, 0)
    assert saturated(case([Dense(20), activation(), Dense(10)], change={"0.bias": half})) is None


def test_a_sigmoid_at_the_end_may_be_saturated(backend):
    y = np.ones((64, 1), np.float32)
    last = case([Dense(1), Sigmoid()], y=y, loss=MeanSquaredError(), change={"0.bias": 20})
    assert saturated(last) is None


def test_gradients_that_vanish_are_found(backend):
    deep = [layer for _ in range(10) for layer in (Dense(16, initializer="glorot_uniform"), Sigmoid())]
    found = vanishing_gradients(case([*deep, Dense(10)]))
    assert found is not None
    assert found.write.startswith("ReLU()")
    deep = [layer for _ in range(10) for layer in (Dense(16), ReLU())]
    assert vanishing_gradients(case([*deep, Dense(10)])) is None


def test_gradients_that_explode_are_found(backend):
    y = np.full((64, 1), 1e4, np.float32)
    found = exploding_gradients(case([Dense(16), ReLU(), Dense(1)], y=y, loss=MeanSquaredError()))
    assert found is not None
    assert found.write.startswith("fit(..., clip_norm=1.0)")
    assert "inputs and targets of spread 1" in found.write
    assert exploding_gradients(case([Dense(16), ReLU(), Dense(1)], y=y / 1e4, loss=MeanSquaredError())) is None


def test_of_inputs_in_large_units_clipping_is_not_told(backend):
    large = case([Dense(16), ReLU(), Dense(10)], x=X * np.float32(1e4))
    assert unscaled_columns(large) is not None
    assert exploding_gradients(large) is None


def test_data_are_looked_at_only_where_gradients_explode(backend, monkeypatch):
    monkeypatch.setattr(Case, "inputs", property(lambda case: pytest.fail("data were looked at again")))
    assert exploding_gradients(case(healthy())) is None
