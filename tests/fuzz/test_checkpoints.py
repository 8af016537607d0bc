"""Mutated checkpoints with a corrected digest: their content is checked before a training is resumed."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from fuzzing import mutate_bytes, mutate_value, survive
from safetensors.numpy import save

import nnfs
from nnfs import FormatError, ShapeError, UnsupportedError
from nnfs.callbacks import Callback, Checkpoint, EarlyStopping, ReduceOnPlateau, Statistics
from nnfs.io import load_checkpoint
from nnfs.io.architecture import digest_of
from nnfs.io.weights import read

X = np.random.default_rng(0).normal(size=(40, 6)).astype("f4")
Y = np.arange(40) % 2


class Interrupt(Callback):
    """Raise KeyboardInterrupt in the second epoch, like Ctrl-C."""

    def on_step_end(self, training):
        if training.trainer.steps == 6:
            raise KeyboardInterrupt


def make_network():
    return nnfs.Sequential([nnfs.Dense(4), nnfs.BatchNorm(), nnfs.Dropout(0.2), nnfs.Dense(2)], 6, seed=1)


def fit(network, folder, *more):
    network.fit(
        X,
        Y,
        loss="cross_entropy",
        optimizer="adam",
        epochs=3,
        batch_size=8,
        validation_split=0.25,
        augment=[nnfs.augmentation.Noise(0.1)],
        callbacks=[
            Checkpoint(folder, every_steps=5, resume=True),
            EarlyStopping(patience=3),
            ReduceOnPlateau(patience=1),
            Statistics(),
            *more,
        ],
        verbose=0,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    with pytest.raises(KeyboardInterrupt):
        fit(make_network(), folder, Interrupt())
    return folder / sorted(os.listdir(folder))[-1]


@pytest.fixture
def mutate(whole):
    arrays, metadata = read(whole)
    text = json.loads(metadata["training"])
    del text["sha256"]

    def changed(rng):
        if rng.randrange(10) == 0:
            return mutate_bytes(rng, whole.read_bytes())
        new, kept = text, dict(arrays)
        if rng.randrange(5):
            new = {**text, "state": mutate_value(rng, text["state"])}
        else:
            name = rng.choice(list(kept))
            array = np.atleast_1d(kept.pop(name))
            kept[rng.choice((name, name, "training/x"))] = rng.choice(
                (array[:1], array.astype("f8"), array.astype(int), array[None], np.full_like(array, 2**30), np.zeros(0))
            )
        return save(kept, metadata | {"training": json.dumps(new | {"sha256": digest_of(new, kept)})})

    return changed


def test_checkpoints_read(whole, mutate, tmp_path, monkeypatch):
    path = tmp_path / whole.name

    def load(case):
        path.write_bytes(case)
        load_checkpoint(path)

    survive("checkpoints read", mutate, load, (FormatError, UnsupportedError), monkeypatch)


def test_checkpoints_resumed(whole, mutate, tmp_path, monkeypatch):
    path = tmp_path / whole.name
    network = make_network()
    before = {name: array.copy() for name, array in network.state_dict().items()}
    generators = [network.shuffling, network.dropout, network.augmentation]
    states = [generator.bit_generator.state for generator in generators]

    def check_nothing_changed(case):
        assert os.listdir(tmp_path) == [path.name]
        assert path.read_bytes() == case
        assert network.loss is None
        for name, array in network.state_dict().items():
            assert np.array_equal(array, before[name]), name
        assert [generator.bit_generator.state for generator in generators] == states

    def resume(case):
        nonlocal network
        path.write_bytes(case)
        try:
            fit(network, tmp_path)
        except Exception as error:
            check_nothing_changed(case)
            # The documented error for settings, data or a split that differ from those of the interrupted training.
            if type(error) is ValueError and str(error).startswith("the training to go on with"):
                raise FormatError(str(error)) from error
            raise
        network = make_network()
        generators[:] = network.shuffling, network.dropout, network.augmentation
        for left in tmp_path.iterdir():
            left.unlink()

    survive("checkpoints resumed", mutate, resume, (FormatError, UnsupportedError, ShapeError), monkeypatch)
