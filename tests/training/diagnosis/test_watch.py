"""A training warns of what goes wrong, once, and goes on as if nobody had looked."""

from __future__ import annotations

import warnings
from contextlib import suppress

import numpy as np
import pytest

import nnfs
from nnfs import Dense, Flatten, ReLU, Sequential, data
from nnfs.errors import NumericError, TrainingWarning
from nnfs.optimizers import SGD
from nnfs.training.diagnosis import course, passes

DIGITS = data.load("digits")
PIXELS = np.rint(DIGITS.x_train * 255).astype(np.float32)


def network():
    return Sequential([Flatten(), Dense(16), ReLU(), Dense(10)], (1, 8, 8))


def fit(net, x=PIXELS, y=DIGITS.y_train, **how):
    return net.fit(x, y, **{"loss": "cross_entropy", "epochs": 1, "verbose": 2, "optimizer": SGD(1e-4)} | how)


def test_a_warning_names_the_fault_and_the_line_that_called(backend):
    with pytest.warns(TrainingWarning, match="^x: the inputs are pixels of 0 to 255.*; write x = x / 255$") as caught:
        fit(network())
    assert [warning.filename for warning in caught] == [__file__]


def test_it_is_given_once_in_a_training():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(network(), epochs=3)
    assert len([warning for warning in caught if "pixels" in str(warning.message)]) == 1


def test_a_silent_training_gives_none(capsys):
    fit(network(), verbose=0)
    assert capsys.readouterr().err == ""


def test_the_filters_of_python_work():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=TrainingWarning)
        fit(network())
        warnings.filterwarnings("error", message="x: the inputs are pixels", category=TrainingWarning)
        net = network()
        before, shuffling = net.digest(), net.shuffling.bit_generator.state
        with pytest.raises(TrainingWarning):
            fit(net)
    assert net.digest() == before
    assert net.shuffling.bit_generator.state == shuffling


def test_dead_relus_are_seen_on_the_way(backend):
    net = network()
    net.parameters["1.bias"].value[...] = -1000
    with pytest.warns(TrainingWarning, match=r"^layer 2, ReLU\(\): dead ReLUs.*100% of 16 units"):
        fit(net, DIGITS.x_train, epochs=2)  # 76 steps


def test_looking_changes_no_result(backend):
    digests = set()
    for verbose in (0, 2):
        net = Sequential([Flatten(), Dense(16), nnfs.BatchNorm(), ReLU(), nnfs.Dropout(0.2), Dense(10)], (1, 8, 8))
        history = fit(net, DIGITS.x_train, epochs=3, validation_split=0.1, verbose=verbose, optimizer=SGD(0.05))
        states = [net.shuffling.bit_generator.state, net.dropout.bit_generator.state]
        digests.add((net.digest(), str(states), str(history.step_losses)))
    assert len(digests) == 1


def test_batches_of_an_iterable_are_watched_too():
    net = network()
    net.parameters["1.bias"].value[...] = -1000
    batches = data.Loader(DIGITS.x_train, DIGITS.y_train, batch_size=32)
    with pytest.warns(TrainingWarning, match="dead ReLUs"):
        net.fit(batches, loss="cross_entropy", epochs=2, verbose=2, optimizer=SGD(1e-4))


def test_looks_are_few(monkeypatch):
    steps, quick, epochs = [], [], []

    def looked(case):
        steps.append(len(case.history.step_losses))

    def looked_quickly(case):
        quick.append(len(case.history.step_losses))

    def judged(case):
        epochs.append(len(case.history.epochs))

    monkeypatch.setattr(passes, "SYMPTOMS", (looked,))
    monkeypatch.setattr(passes, "OF_OUTPUTS", (looked_quickly,))
    monkeypatch.setattr(course, "SYMPTOMS", (judged,))
    fit(
        network(), DIGITS.x_train[:1100], y=DIGITS.y_train[:1100], epochs=20, optimizer=SGD(0.5)
    )  # 35 steps, the last of 12 samples
    assert steps == [410]
    assert quick == [103]
    assert epochs == [3, 6, 12, 20]


def test_a_last_batch_that_is_too_small_is_not_looked_at(monkeypatch):
    steps = []

    def looked(case):
        steps.append(len(case.history.step_losses))

    monkeypatch.setattr(passes, "OF_OUTPUTS", (looked,))
    fit(
        network(), DIGITS.x_train[:772], y=DIGITS.y_train[:772], epochs=3, optimizer=SGD(0.01)
    )  # the 75th step is one of 4 samples
    assert steps == [74]


def test_numbers_near_the_largest_are_looked_at_in_silence(backend):
    x = np.full((64, 3), 1e30, np.float32) * np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    net = Sequential([Dense(4), ReLU(), Dense(2)], 3)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", TrainingWarning)
        with suppress(NumericError):  # whether it trains is not the question
            net.fit([(x, np.arange(64) % 2)] * 40, loss="cross_entropy", verbose=2, optimizer=SGD(1e-35))


def test_gradients_are_looked_at_where_nothing_is_learned_before_that_is_told():
    layers = [layer for _ in range(12) for layer in (Dense(16), nnfs.Sigmoid())]
    net = Sequential([Flatten(), *layers, Dense(10)], (1, 8, 8))
    with pytest.warns(TrainingWarning, match=r"^layer \d+, Dense.*gradients vanish") as caught:
        fit(net, DIGITS.x_train, epochs=3, optimizer="adam")
    assert len(caught) == 1
