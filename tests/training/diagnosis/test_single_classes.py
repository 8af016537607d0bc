"""Batches that hold one class each are told, and mixed ones are not."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import nnfs
from nnfs.errors import TrainingWarning


def batches(labels):
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(len(y), 3)).astype(np.float32), np.asarray(y)) for y in labels]


def fit(given, **how):
    net = nnfs.Sequential([nnfs.Dense(8), nnfs.Tanh(), nnfs.Dense(3)], 3)
    return net.fit(given, **{"loss": "cross_entropy", "verbose": 2} | how)


def test_batches_of_one_class_each_are_told(backend):
    with pytest.warns(
        TrainingWarning, match="^y: each batch holds one class only.*25 batches.*classes 0, 1, 2"
    ) as caught:
        fit(batches([[k % 3] * 4 for k in range(30)]))
    assert len(caught) == 1


@pytest.mark.parametrize(
    "labels",
    [
        [[0, 1, 2, 0]] * 30,
        [[0] * 4] * 30,  # one class is all that there is
        [[k % 3] for k in range(30)],  # batches of one sample
        [[k % 3] * 4 for k in range(24)],  # too few to tell
        [*([[k % 3] * 4 for k in range(24)]), [0, 1, 1, 2]],
    ],
)
def test_nothing_is_said_of_others(labels):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(batches(labels))


def test_the_first_batch_of_an_iterable_is_looked_at(backend):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (8, 40)).astype(np.float32), np.arange(8) % 3
    net = nnfs.Sequential([nnfs.Dense(3)], 40)
    with pytest.warns(TrainingWarning, match="the inputs are pixels of 0 to 255") as caught:
        net.fit([(x, y)] * 3, loss="cross_entropy", epochs=2, verbose=2, optimizer=nnfs.optimizers.SGD(1e-6))
    assert len(caught) == 1
    net = nnfs.Sequential([nnfs.Dense(1), nnfs.Sigmoid()], 40)
    with pytest.warns(TrainingWarning, match="the network ends in an activation") as caught:
        net.fit([(x / 255, np.float32(5 * y[:, None] + 3))] * 3, loss="mean_squared_error", verbose=2)
    assert len(caught) == 1
