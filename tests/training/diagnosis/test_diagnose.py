"""Diagnose lists what is wrong, and nothing where all is well."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs import Dense, ReLU, Sequential, ShapeError, data

DIGITS = data.load("digits")


def network(**how):
    return Sequential([nnfs.Flatten(), Dense(32), ReLU(), Dense(10)], (1, 8, 8), **how)


def test_nothing_is_found_where_nothing_is_wrong(backend):
    assert nnfs.diagnose(network(), DIGITS.x_train, DIGITS.y_train, loss="cross_entropy") == []


def test_each_fault_is_a_finding(backend):
    net = Sequential([nnfs.Flatten(), Dense(32), Dense(12), ReLU()], (1, 8, 8))
    found = nnfs.diagnose(net, np.rint(DIGITS.x_train * 255), DIGITS.y_train, loss="cross_entropy")
    assert [finding.where for finding in found] == ["x", "y", "layer 1, Dense(32)", "layer 3, ReLU()"]
    assert len(str(found).splitlines()) == 4


def test_what_is_seen_in_training_alone_can_be_asked_for(backend):
    order = np.argsort(DIGITS.y_train, kind="stable")
    x, y = DIGITS.x_train[order], DIGITS.y_train[order]
    assert nnfs.diagnose(network(), x, y, loss="cross_entropy") == []
    (found,) = nnfs.diagnose(network(), x, y, loss="cross_entropy", shuffle=False)
    assert found.write == "fit(..., shuffle=True)"


def test_the_loss_is_that_of_the_last_training(backend):
    net = network()
    with pytest.raises(ValueError, match="diagnose needs to know the loss"):
        nnfs.diagnose(net, DIGITS.x_train, DIGITS.y_train)
    history = net.fit(DIGITS.x_train, DIGITS.y_train, loss="cross_entropy", epochs=3, verbose=0)
    before = net.digest()
    assert nnfs.diagnose(net, DIGITS.x_train, DIGITS.y_train, history=history) == []
    assert net.digest() == before


def test_samples_that_do_not_fit_are_an_error():
    with pytest.raises(ShapeError):
        nnfs.diagnose(network(), DIGITS.x_train[:, :, :4], DIGITS.y_train, loss="cross_entropy")


def test_any_type_of_a_network_will_do(backend):
    net = network(dtype="float64")
    assert nnfs.diagnose(net, DIGITS.x_train.astype(float), DIGITS.y_train, loss="cross_entropy") == []
