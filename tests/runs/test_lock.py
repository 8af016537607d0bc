"""The lock on a run: held during the training, released when the process ends, and without a file."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nnfs.runs import resume, train
from nnfs.runs.lock import locked
from nnfs.training.trainer import Trainer

fcntl = pytest.importorskip("fcntl")


def test_a_run_is_trained_by_one_process_at_a_time(own_folder, monkeypatch):
    step, tried = Trainer.run_step, []

    def resuming(trainer, *arguments):
        with pytest.raises(BlockingIOError, match=r"another process is training this run; .*: 'runs/a'"):
            resume("runs/a", verbose=0)
        tried.append(trainer.steps)
        return step(trainer, *arguments)

    monkeypatch.setattr(Trainer, "run_step", resuming)
    whole = train({"data": "moons", "epochs": 1, "batch_size": 400}, name="a", verbose=0)
    assert tried == [0, 1]
    again = resume("runs/a", verbose=0)
    for result in (whole, again):
        assert result["figures"].pop("seconds") > 0
    assert again == whole


def test_it_ends_with_the_process_and_leaves_nothing(tmp_path):
    program = f"""
from pathlib import Path
from nnfs.runs.lock import locked
with locked(Path({str(tmp_path)!r})):
    print(flush=True)
    input()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with pytest.raises(BlockingIOError), locked(tmp_path):
            pass
        process.kill()
    with locked(tmp_path):
        assert not list(tmp_path.iterdir())


def test_where_there_are_no_locks_it_does_without(tmp_path, monkeypatch):
    def flock(handle, operation):
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", flock)
    with locked(tmp_path), locked(tmp_path):
        pass
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with locked(tmp_path), locked(tmp_path):
        pass
