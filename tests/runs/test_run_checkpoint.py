"""Checkpoints of a run, and those on Ctrl-C and SIGTERM. Resuming from them is tested in test_run.py."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

import nnfs
from nnfs.callbacks import Checkpoint
from nnfs.io.checkpoints import list_checkpoints, steps_of
from nnfs.runs.run_checkpoint import RunCheckpoint


class SendsSignals(nnfs.callbacks.Callback):
    """Send signals to this process after the third step."""

    def __init__(self, *numbers):
        self.numbers = numbers

    def on_step_end(self, training):
        if training.trainer.steps == 3:
            for number in self.numbers:
                os.kill(os.getpid(), number)


def fit(*callbacks):
    moons = nnfs.data.load("moons")
    network = nnfs.NeuralNetwork(2, 4, 2)
    network.fit(moons.x_train, moons.y_train, loss="cross_entropy", callbacks=callbacks, verbose=0)


def test_the_step_is_ended_and_saved_before_leaving():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as leave:
        fit(SendsSignals(signal.SIGTERM), RunCheckpoint(Path("a"), False))
    assert leave.value.code == 143
    assert [path.name for path in Path("a/checkpoints").iterdir()] == ["checkpoint-000000000003.safetensors"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_saves_and_sets_no_handler():
    thread = threading.Thread(target=fit, args=[RunCheckpoint(Path("a"), False)])
    thread.start()
    thread.join()
    assert [path.name for path in Path("a/checkpoints").iterdir()] == ["checkpoint-000000000025.safetensors"]


def epochs_with_checkpoints(**arguments):
    """Train for eleven epochs of two steps each, and return after which of them there is a checkpoint at the end."""
    moons = nnfs.data.load("moons")
    network = nnfs.NeuralNetwork(2, 4, 2)
    how = {"loss": "cross_entropy", "epochs": 11, "batch_size": 400, "verbose": 0}
    network.fit(moons.x_train, moons.y_train, callbacks=[RunCheckpoint(Path("a"), False, **arguments)], **how)
    return [steps_of(path) / 2 for path in list_checkpoints("a/checkpoints")]


def test_checkpoints_of_epochs_1_2_4_8_stay_beside_the_newest():
    assert epochs_with_checkpoints(every_epochs=1) == [1, 2, 4, 8, 10, 11]


def test_where_the_user_says_nothing_checkpoints_take_a_twentieth_of_the_time(monkeypatch):
    class Clock:
        now = 0.0

        def monotonic(self):
            return self.now

    clock = Clock()
    save, begin = Checkpoint._save, RunCheckpoint.on_epoch_begin

    def slow(checkpoint, training):
        clock.now += 1
        save(checkpoint, training)
        checkpoint._saved_at = clock.now

    def pass_time(checkpoint, training):
        clock.now += 10
        begin(checkpoint, training)

    monkeypatch.setattr("nnfs.runs.run_checkpoint.time", clock)
    monkeypatch.setattr(Checkpoint, "_save", slow)
    monkeypatch.setattr(RunCheckpoint, "on_epoch_begin", pass_time)
    monkeypatch.setattr(RunCheckpoint, "is_kept", lambda *_: True)
    # Two epochs of ten seconds pay for a checkpoint of one second: 6 and 10 come two after the last one.
    assert epochs_with_checkpoints() == [1, 2, 4, 6, 8, 10, 11]


def test_no_checkpoint_follows_epochs_where_only_steps_are_wanted():
    assert epochs_with_checkpoints(every_epochs=0, every_steps=5) == [10, 11]


def test_ctrl_c_saves_the_step_and_goes_to_whom_it_went_before():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(SendsSignals(signal.SIGINT), RunCheckpoint(Path("a"), False))
    assert [steps_of(path) for path in list_checkpoints("a/checkpoints")] == [3]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_does_not_wait():
    with pytest.raises(KeyboardInterrupt):
        fit(SendsSignals(signal.SIGINT, signal.SIGINT), RunCheckpoint(Path("a"), False))
    assert list_checkpoints("a/checkpoints") == []


def test_ctrl_c_after_the_last_checkpoint_is_not_lost():
    class Late(nnfs.callbacks.Callback):
        def on_train_end(self, training):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        fit(RunCheckpoint(Path("a"), False), Late())


def test_ctrl_c_stays_ignored_where_it_was():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        fit(SendsSignals(signal.SIGINT), RunCheckpoint(Path("a"), False))
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
