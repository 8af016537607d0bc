"""A small data set and a network for it, and trainings that stop in the middle, for tests of training."""

from __future__ import annotations

import copy
from contextlib import contextmanager

import numpy as np
import pytest

from nnfs import NeuralNetwork, Trainer
from nnfs.callbacks import Callback
from nnfs.optimizers import SGD


def problem(rows=40, seed=0, dtype="float32"):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4)).astype(dtype)
    return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 1)


def small_net(seed=0, dropout=0.0, dtype="float32"):
    return NeuralNetwork(4, [8], 3, seed=seed, dropout=dropout, dtype=dtype)


def fingerprint(net):
    """Return everything about a network that a failed call must not change."""
    states = [copy.deepcopy(rng.bit_generator.state) for rng in (net.shuffling, net.dropout, net.augmentation)]
    return net.vector.value.tobytes(), net.loss, states


def plainly(function, *arguments, **named):
    """Return what a function returns while no pass is replayed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNFS_REPLAY", "0")
        return function(*arguments, **named)


def fit(x, y=None, *, net=None, **arguments):
    """Train a network on the data, and return its weights as bytes and the losses of the epochs."""
    net = net or small_net()
    history = net.fit(x, y, loss="cross_entropy", optimizer=SGD(0.1), verbose=0, **arguments)
    return net.vector.value.tobytes(), history["loss"]


class Interrupt(Callback):
    """Stop after some steps, between two, as Ctrl-C does."""

    def __init__(self, after):
        self.after = after

    def on_pause(self, training):
        if training.trainer.steps == self.after:
            raise KeyboardInterrupt


@contextmanager
def interrupted_at(steps):
    """Stop every training after some steps, within the next one, as Ctrl-C does."""
    step = Trainer.run_step

    def failing(trainer, *arguments):
        if trainer.steps == steps:
            raise KeyboardInterrupt
        return step(trainer, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "run_step", failing)
        yield
