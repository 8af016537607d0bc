"""Checkpoints on SIGTERM. Resuming from them is tested in test_run.py."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

import nnfs
from nnfs.runs.run_checkpoint import RunCheckpoint


class SendsSigterm(nnfs.callbacks.Callback):
    """Send SIGTERM to this process after a step."""

    def on_step_end(self, training):
        if training.trainer.steps == 3:
            os.kill(os.getpid(), signal.SIGTERM)


def fit(*callbacks):
    moons = nnfs.data.load("moons")
    network = nnfs.NeuralNetwork(2, 4, 2)
    network.fit(moons.x_train, moons.y_train, loss="cross_entropy", callbacks=callbacks, verbose=0)


def test_the_step_is_ended_and_saved_before_leaving():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as leave:
        fit(SendsSigterm(), RunCheckpoint(Path("a"), False))
    assert leave.value.code == 143
    assert [path.name for path in Path("a/checkpoints").iterdir()] == ["checkpoint-000000000003.safetensors"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_saves_and_sets_no_handler():
    thread = threading.Thread(target=fit, args=[RunCheckpoint(Path("a"), False)])
    thread.start()
    thread.join()
    assert [path.name for path in Path("a/checkpoints").iterdir()] == ["checkpoint-000000000025.safetensors"]


def test_checkpoints_of_epochs_1_2_4_8_stay_beside_the_newest():
    moons = nnfs.data.load("moons")
    network = nnfs.NeuralNetwork(2, 4, 2)
    how = {"loss": "cross_entropy", "epochs": 11, "batch_size": 500, "verbose": 0}
    network.fit(moons.x_train, moons.y_train, callbacks=[RunCheckpoint(Path("a"), False)], **how)
    steps = [int(path.stem.split("-")[1]) for path in sorted(Path("a/checkpoints").iterdir())]
    assert [step / steps[0] for step in steps] == [1, 2, 4, 8, 10, 11]
    assert steps[0] == -(-len(moons.x_train) // 500)
