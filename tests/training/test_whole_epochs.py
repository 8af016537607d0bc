"""Epochs that are taken at once give what they give one by one, bit for bit."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest

from nnfs import BatchNorm, Dense, Dropout, NumericError, ReLU, Sequential, Tanh, Trainer
from nnfs.callbacks import Callback, Checkpoint
from nnfs.network import replay
from nnfs.optimizers import SGD, Adam
from nnfs.training.whole_epochs import WholeEpochs

pytestmark = pytest.mark.skipif(not replay.is_enabled(), reason="NNFS_REPLAY=0, or nothing was compiled")


class Sees(Callback):
    """See the end of each epoch, which are then taken one by one."""

    def on_epoch_end(self, training):
        pass


@pytest.fixture
def counts(monkeypatch):
    """Return how many epochs each call has taken at once; 0 for none."""
    found, take = [], WholeEpochs.take

    def counting(self):
        before = self.training.epoch
        was_possible = take(self)
        found.append(self.training.epoch - before)
        return was_possible

    monkeypatch.setattr(WholeEpochs, "take", counting)
    return found


def network(activation=ReLU):
    return Sequential([Dense(6), activation(), Dropout(0.3), Dense(3)], 4, seed=3)


def data(rows=80):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 4)).astype(np.float32), rng.integers(0, 3, rows)


def trained(trainer, x, y, *callbacks, **arguments):
    """Return all that a training leaves; an error's text in place of its history."""
    training = []

    class Keeps(Callback):
        def on_train_begin(self, begun):
            training.append(begun)

    given = {"epochs": 7, "batch_size": 16, "verbose": 0} | arguments
    error = None
    try:
        trainer.fit(x, y, callbacks=[Keeps(), *callbacks], **given)
    except NumericError as raised:
        error = str(raised), raised.epoch
    state = training[0].state()
    state["callbacks"], state["place"]["seconds"] = [], 0.0
    for figures in state["history"]["epochs"]:
        figures["seconds"] = 0.0
    return copy.deepcopy((error, state, training[0].loss))


@pytest.mark.parametrize("rows", [80, 75, 9])
@pytest.mark.parametrize("activation", [ReLU, Tanh])
@pytest.mark.parametrize("options", [{}, {"shuffle": False}])
def test_a_training_is_the_same_with_epochs_that_are_taken_at_once(backend, rows, activation, options, counts):
    def run(*callbacks):
        optimizer = Adam(lambda step: 0.01 / (step + 1))
        trainer = Trainer(network(activation), loss="cross_entropy", optimizer=optimizer, clip_norm=1.0)
        return trained(trainer, *data(rows), *callbacks, **options)

    found = run()
    assert (max(counts, default=0) >= 4) == (backend == "cython")
    np.testing.assert_equal(found, run(Sees()), strict=True)


@pytest.mark.parametrize("step", [18, 19, 20, 22])
@pytest.mark.parametrize("rows", [80, 75])
def test_a_training_that_fails_is_the_same(backend, rows, step, counts):
    """The rate of one step is far too large: of the last one of an epoch, of one before and behind it, and another."""

    def run(*callbacks):
        optimizer = SGD(lambda number: 1e30 if number == step else 0.01)
        return trained(Trainer(network(), loss="cross_entropy", optimizer=optimizer), *data(rows), *callbacks)

    found = run()
    assert found[0] is not None
    assert (sum(counts) > 0) == (backend == "cython")
    np.testing.assert_equal(found, run(Sees()), strict=True)


class Breaks(Callback):
    """Break something after the first epoch."""

    def __init__(self, function):
        self.function = function

    def on_pause(self, training):
        if training.epoch == 1 and not training.batch:
            self.function()

    def pauses_each_step(self):
        return False

    def pauses_each_epoch(self):
        return False


def test_a_parameter_that_no_later_step_would_find_is_found_at_the_end_of_its_epoch(backend, counts):
    def run(*callbacks):
        trainer = Trainer(Sequential([Dense(6), ReLU(), Dense(3)], 4, seed=3), loss="cross_entropy", optimizer=SGD(0.1))
        bias = trainer.network.layers[0].bias.value
        return trained(trainer, *data(), Breaks(lambda: bias.put(2, -np.inf)), *callbacks)  # ReLU makes 0 of it

    found = run()
    assert found[0] is not None
    assert found[0][1] == 2
    np.testing.assert_equal(found, run(Sees()), strict=True)


def test_a_label_that_was_changed_is_found_in_its_batch(backend):
    x, y = data()
    errors = []
    for callbacks in ([], [Sees()]):
        y[7] = 1
        callbacks = [Breaks(lambda: y.put(7, -1)), *callbacks]
        with pytest.raises(ValueError, match=r"y\[7\] is -1") as error:
            network().fit(x, y, loss="cross_entropy", epochs=4, batch_size=16, callbacks=callbacks, verbose=0)
        errors.append(str(error.value))
    assert errors[0] == errors[1]


@pytest.mark.parametrize("layer", [BatchNorm, lambda: Dense(4)])
def test_what_happens_at_ends_of_epochs_has_its_turn(backend, counts, tmp_path, layer):
    """A callback that saves after each epoch, validation, and statistics that a step which fails puts back."""
    x, y = data()
    net = Sequential([layer(), Dense(3)], 4)
    history = net.fit(x, y, loss="cross_entropy", epochs=4, validation_data=(x, y), verbose=0)
    assert len(history["val_loss"]) == 4
    net.fit(x, y, epochs=4, callbacks=[Checkpoint(tmp_path / "all", keep=9)], verbose=0)
    assert len(list((tmp_path / "all").iterdir())) == 4
    assert not any(counts)
    net.fit(x, y, epochs=4, callbacks=[Checkpoint(tmp_path / "last", seconds=1000, keep=9)], verbose=0)
    assert len(list((tmp_path / "last").iterdir())) == 1
    assert any(counts) == (backend == "cython" and layer is not BatchNorm)


def test_two_trainings_in_two_threads_are_those_of_one(backend, counts):
    def run(found, place):
        found[place] = trained(Trainer(network(), loss="cross_entropy"), *data(), epochs=30)

    found = [None] * 3
    run(found, 2)
    threads = [threading.Thread(target=run, args=(found, place)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_equal(found[0], found[2], strict=True)
    np.testing.assert_equal(found[1], found[2], strict=True)
