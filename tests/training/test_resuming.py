"""What a training that goes on must have in common with the one before, beside what test_checkpoint.py says."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import Dense, Sequential
from nnfs.arguments.seeds import make_generators
from nnfs.callbacks import Callback, Checkpoint


def train(folder, **arguments):
    x, y = problem()
    small_net().fit(
        *(x, y), loss="cross_entropy", validation_split=0.2, verbose=0, callbacks=[Checkpoint(folder, **arguments)]
    )


def test_changed_data_of_any_row_are_other_data(tmp_path):
    x, y = np.zeros((3000, 100), "f"), np.arange(3000) % 2

    def fit():
        net = Sequential([Dense(2)], 100)
        net.fit(x, y, loss="cross_entropy", batch_size=3000, verbose=0, callbacks=[Checkpoint(tmp_path, resume=True)])

    fit()
    x[1501, 7] = 1
    with pytest.raises(ValueError, match="had other data"):
        fit()


def test_another_number_of_blas_threads_is_a_warning_where_bits_depend_on_it(backend, tmp_path, monkeypatch):
    train(tmp_path)
    monkeypatch.setattr(
        "nnfs.training.environment.blas_settings", lambda: {"name": "b", "threads": 77, "processor": None}
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        train(tmp_path, resume=True)
    assert len(told) == (backend == "numpy")
    if told:
        assert "blas.threads was " in str(told[0].message)
        assert "is 77" in str(told[0].message)


def test_a_split_that_was_drawn_elsewhere_does_not_go_on(tmp_path, monkeypatch):
    train(tmp_path)
    monkeypatch.setattr("nnfs.training.training.make_generators", lambda seed: make_generators(seed + 1))
    with pytest.raises(ValueError, match="held out other samples for validation, as an earlier nnfs did"):
        train(tmp_path, resume=True)


def test_a_training_that_cannot_go_on_leaves_the_network_without_its_loss(tmp_path):
    class Refuse(Callback):
        def on_train_begin(self, training):
            raise RuntimeError("not today")

    train(tmp_path)
    (x, y), net = problem(), small_net()
    before = net.digest()
    with pytest.raises(RuntimeError, match="not today"):
        net.fit(
            *(x, y), loss="cross_entropy", validation_split=0.2, verbose=0,
            callbacks=[Checkpoint(tmp_path, resume=True), Refuse()],
        )  # fmt: skip
    assert (net.loss, net.digest()) == (None, before)
