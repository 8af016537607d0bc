"""Damaged checkpoints, a full disk, many checkpoints and bad arguments."""

import errno
import os
import warnings

import pytest
from checkpointed_training import train
from trainings import problem

from nnfs import Dense, FormatError, Sequential
from nnfs.callbacks import Checkpoint
from nnfs.io.checkpoints import list_checkpoints, newest_checkpoint

pytestmark = pytest.mark.usefixtures("no_fsync")


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_checkpoint_is_passed_over_and_said(tmp_path, damage):
    wanted = train(tmp_path / "whole")
    folder = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        train(folder, after=11)
    older, newest = list_checkpoints(folder)
    with open(newest, "r+b") as file:
        data = bytearray(file.read())
        if damage == "flip":
            data[-40] ^= 1
        file.seek(0)
        file.truncate()
        file.write({"cut": data[:-1], "flip": data, "empty": b"", "text": b"not a checkpoint at all"}[damage])
    with pytest.warns(UserWarning, match=f"a damaged checkpoint was skipped: {newest}: .*Continuing from {older}"):
        assert train(folder, resume=True) == wanted
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert train(folder, resume=True) == wanted  # it was written anew
    for path in list_checkpoints(folder):
        os.truncate(path, 100)
    with pytest.raises(
        FormatError, match=f"no checkpoint is whole; without any, the training starts from the beginning: {newest[:20]}"
    ):
        train(folder, resume=True)


def test_a_full_disk_ends_the_training_or_not_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    calls = []

    def full(handle):
        calls.append(handle)
        if len(calls) > 13:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    x, y = problem()

    def fit(folder, **arguments):
        net = Sequential([Dense(3)], 4)
        checkpoint = Checkpoint(folder, every_steps=1, **arguments)
        net.fit(x, y, loss="cross_entropy", batch_size=4, verbose=0, callbacks=[checkpoint])
        return net.vector.value.tobytes()

    wanted = fit(tmp_path / "a")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device \(.* bytes needed, .* free\)"):
        fit(tmp_path / "b")
    assert newest_checkpoint(tmp_path / "b")["steps"] == 6
    assert len(os.listdir(tmp_path / "b")) == 2
    calls.clear()
    with pytest.warns(UserWarning, match="no checkpoint was saved, training goes on: .*No space left"):
        assert fit(tmp_path / "c", on_save_error="warn") == wanted
    monkeypatch.undo()
    assert newest_checkpoint(tmp_path / "c")["steps"] == 6
    assert fit(tmp_path / "b", resume=True) == wanted


def test_many_checkpoints_leave_two_files_and_no_open_handle(tmp_path):
    handles = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else None
    train(tmp_path, epochs=10)
    assert len(os.listdir(tmp_path)) == 2
    if handles is not None:
        assert len(os.listdir("/proc/self/fd")) == handles


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"every_steps": 0}, ValueError),
        ({"every_epochs": 1.5}, TypeError),
        ({"seconds": -1}, ValueError),
        ({"keep": 0}, ValueError),
        ({"on_save_error": "ignore"}, ValueError),
    ],
)
def test_bad_arguments(tmp_path, arguments, error):
    with pytest.raises(error, match="Checkpoint: "):
        Checkpoint(tmp_path, **arguments)
