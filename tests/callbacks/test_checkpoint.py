"""A training that was stopped anywhere, and goes on from its newest checkpoint, ends with the same bits."""

import os

import numpy as np
import pytest
from checkpointed_training import OPTIMIZERS, Interrupt, fingerprint, jitter, train
from trainings import problem, small_net

import nnfs
from nnfs import BatchNorm, Dense, Dropout, ReLU, Sequential
from nnfs.callbacks import Callback, Checkpoint, EarlyStopping, ReduceOnPlateau, Statistics
from nnfs.data import Loader
from nnfs.io.checkpoints import list_checkpoints, load_checkpoint
from nnfs.network import replay

pytestmark = pytest.mark.usefixtures("no_fsync")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("after", [1, 6, 7, 8, 13, 20])
def test_it_goes_on_with_the_same_bits(backend, tmp_path, optimizer, after):
    wanted = train(tmp_path / "whole", optimizer=optimizer)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", optimizer=optimizer, after=after, every_steps=1 + after % 3)
    resumed = train(tmp_path / "broken", optimizer=optimizer, resume=True, every_steps=2)
    assert resumed == wanted
    assert len(wanted[1]) == 21
    assert train(tmp_path / "broken", optimizer=optimizer, resume=True) == wanted  # nothing is left to do


@pytest.mark.parametrize("every", [{"every_epochs": 1}, {"every_epochs": 2}, {"seconds": 0}, {}])
def test_checkpoints_come_as_often_as_wanted(tmp_path, every):
    steps = []

    class Look(Callback):
        def on_epoch_begin(self, training):
            steps.append([int(os.path.basename(path)[11:23]) for path in list_checkpoints(tmp_path / "a")])

    net, (x, y) = Sequential([Dense(3)], 4), problem()
    callbacks = [Look(), Checkpoint(tmp_path / "a", **every)]
    net.fit(x, y, loss="cross_entropy", epochs=5, batch_size=20, verbose=0, callbacks=callbacks)
    if "seconds" in every:
        assert steps == [[], [1, 2], [3, 4], [5, 6], [7, 8]]
    elif every.get("every_epochs") == 2:
        assert steps == [[], [], [4], [4], [4, 8]]
    else:
        assert steps == [[], [2], [2, 4], [4, 6], [6, 8]]
    assert list_checkpoints(tmp_path / "a")[-1].endswith("checkpoint-000000000010.safetensors")  # the end, in any case


def test_what_callbacks_remember_goes_on_too(tmp_path):
    def callbacks():
        return [
            EarlyStopping("val_accuracy", patience=2),
            ReduceOnPlateau("loss", patience=1, factor=0.5),
            Statistics(every_steps=2),
        ]

    arguments = {"epochs": 12, "optimizer": "momentum"}
    wanted = train(tmp_path / "whole", callbacks=callbacks(), **arguments)
    assert len(wanted[2]) < 12  # it stops early
    steps = len(wanted[1])
    for after in (3, 7, 16, steps - 1):
        folder = tmp_path / str(after)
        with pytest.raises(KeyboardInterrupt):
            train(folder, callbacks=callbacks(), after=after, **arguments)
        again = callbacks()
        assert train(folder, callbacks=again, resume=True, **arguments) == wanted
        assert [row["step"] for row in again[2].rows] == [step for step in range(2, steps + 1, 2) for _ in range(6)]


def test_more_epochs_can_follow(tmp_path):
    wanted = train(tmp_path / "a", epochs=4)
    train(tmp_path / "b", epochs=2)
    assert train(tmp_path / "b", epochs=4, resume=True) == wanted


@pytest.mark.parametrize("callbacks", [list, lambda: [EarlyStopping("loss", patience=1, minimum_change=10)]])
def test_a_program_that_was_finished_can_run_again(tmp_path, callbacks):
    x, y = problem()
    results = []
    for _ in range(2):
        net = small_net()
        both = [*callbacks(), Checkpoint(tmp_path / "run", resume=True)]
        net.fit(x, y, loss="cross_entropy", epochs=3, callbacks=both, verbose=0)
        nnfs.save(net, tmp_path / "net.safetensors")
        saved = nnfs.load(tmp_path / "net.safetensors")
        results.append((net.digest(), net.evaluate(x, y), saved.predict_proba(x).tolist()))
    assert results[0] == results[1]


def test_a_checkpoint_is_a_network_too(tmp_path):
    train(tmp_path)
    path = list_checkpoints(tmp_path)[-1]
    net = nnfs.load(path)
    state = load_checkpoint(path)["network"]
    assert all((state[name] == values).all() for name, values in net.state_dict().items())
    assert [type(layer).__name__ for layer in net.layers] == ["Dense", "BatchNorm", "ReLU", "Dropout", "Dense"]


class Again:
    """Give the same batches at each pass."""

    def __iter__(self):
        x, y = problem()
        return iter([(x[start : start + 5], y[start : start + 5]) for start in range(0, 40, 5)])


def mapped(folder):
    arrays = []
    for name, values in zip("xy", problem(), strict=True):
        values.tofile(folder / name)
        arrays.append(np.memmap(folder / name, values.dtype, "r", shape=values.shape))
    return arrays


SOURCES = {
    "loader": lambda folder: (Loader(*problem(), batch_size=5, augment=[jitter], prefetch=3),),
    "iterable": lambda folder: (Again(),),
    "list": lambda folder: (list(Again()),),
    "mapped": mapped,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("after", [3, 8, 11])
def test_whatever_gives_the_batches_it_goes_on_where_it_was(tmp_path, source, after):
    def fit(folder, *others, resume=False):
        net = Sequential([Dense(6), BatchNorm(), ReLU(), Dropout(0.3), Dense(3)], 4, seed=3)
        callbacks = [*others, Checkpoint(folder, every_steps=2, resume=resume)]
        arguments = {"loss": "cross_entropy", "epochs": 3, "augment": [jitter], "verbose": 0}
        if source == "mapped":
            arguments["batch_size"] = 5
        return fingerprint(net, net.fit(*SOURCES[source](tmp_path), **arguments, callbacks=callbacks))

    wanted = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "broken", Interrupt(after))
    assert fit(tmp_path / "broken", resume=True) == wanted
    assert len(wanted[1]) == 24


def test_resuming_where_there_is_nothing_begins(tmp_path):
    assert train(tmp_path / "a", resume=True) == train(tmp_path / "b")


@pytest.mark.parametrize("every", [{"every_epochs": 1}, {"every_steps": 100}])
def test_steps_between_which_none_is_due_are_taken_together(backend, tmp_path, every):
    class Counted(Checkpoint):
        pauses = 0

        def on_pause(self, training):
            self.pauses += 1
            super().on_pause(training)

    x, y = problem(400)
    checkpoint = Counted(tmp_path, **every)
    vars(checkpoint)["pauses"] = 0
    net = Sequential([Dense(3)], 4)
    net.fit(x, y, loss="cross_entropy", epochs=3, batch_size=8, verbose=0, callbacks=[checkpoint])
    assert (checkpoint.pauses < 3 * 50) == ("every_epochs" in every and replay.is_enabled() and backend == "cython")
