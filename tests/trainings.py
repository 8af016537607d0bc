"""A small problem and a network for it, for tests of training."""

from __future__ import annotations

import copy

import numpy as np

from nnfs import NeuralNetwork


def problem(rows=40, seed=0, dtype="float32"):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4)).astype(dtype)
    return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 1)


def small_net(seed=0, dropout=0.0, dtype="float32"):
    return NeuralNetwork(4, [8], 3, seed=seed, dropout=dropout, dtype=dtype)


def fingerprint(net):
    """Return all that a failed call may not change."""
    states = [copy.deepcopy(rng.bit_generator.state) for rng in (net.shuffling, net.dropout, net.augmentation)]
    return net.vector.value.tobytes(), net.loss, states
