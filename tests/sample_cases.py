"""Cases of samples for the tests of symptoms."""

from __future__ import annotations

import numpy as np

from nnfs import Dense, Flatten, Sequential, data
from nnfs.losses import CrossEntropy
from nnfs.training.diagnosis.case import Case

DIGITS = data.load("digits")
FLAT = DIGITS.x_train.reshape(len(DIGITS.x_train), -1)
LARGE = data.load("linear-large")


def case(x, y=None, *, outputs=10, loss=None, layers=(), **how):
    x = np.asarray(x, np.float32)
    network = Sequential(
        [*layers, Dense(outputs)] if x.ndim == 2 else [*layers, Flatten(), Dense(outputs)], x.shape[1:]
    )
    return Case(network, loss or CrossEntropy(), x, np.zeros(len(x), np.int64) if y is None else y, **how)


def table(columns=4, rows=200):
    return np.random.default_rng(0).normal(size=(rows, columns)).astype(np.float32)
