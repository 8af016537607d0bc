import json
import signal
from types import SimpleNamespace

import pytest
from mpi_jobs import run_job

import nnfs
from nnfs.ranks.ranks import ALONE
from nnfs.runs import resume, train
from nnfs.runs.job import check_shards, job


def test_a_run_of_two_processes_goes_on_in_one_and_ends_with_the_bits_of_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["-m", "nnfs", "train", "moons", "--shards", "4", "--batch-size", "100"]
    done, _ = run_job(tmp_path, *words, "--epochs", "2", "--name", "a")
    assert done.returncode == 0, done.stderr
    for text in ("epoch 2/2", "data: ", "validation: "):
        assert done.stderr.count(text) == 1
    assert done.stdout.count("test accuracy") == 1
    assert json.loads((tmp_path / "runs/a/environment.json").read_text())["processes"] == 2
    resume("runs/a", epochs=3, verbose=0)
    train({"data": "moons", "shards": 4, "batch_size": 100, "epochs": 3}, name="b", verbose=0)
    digests = {nnfs.load(f"runs/{name}").digest() for name in "ab"}
    assert len(digests) == 1
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["a", "b"]


def test_several_processes_need_shards():
    ranks = SimpleNamespace(size=4)
    with pytest.raises(ValueError, match=r"mpiexec started 4 processes, .* Try: --shards 4"):
        check_shards(ranks, {"shards": None})
    with pytest.raises(ValueError, match=r"shards=2 cannot be divided among 4 processes; start 1, 2 of them"):
        check_shards(ranks, {"shards": 2})
    check_shards(ranks, {"shards": 4})
    check_shards(ALONE, {"shards": None})


def test_three_processes_are_told_before_they_exchange_anything(monkeypatch):
    ranks = SimpleNamespace(rank=0, size=3, is_first=True, timeout=600, together=ALONE.together)
    monkeypatch.setattr("nnfs.runs.job.ranks_here", lambda: ranks)
    with (
        pytest.raises(ValueError, match="mpiexec started 3 processes; to train one network together, start 1, 2, 4"),
        job(None),
    ):
        pass


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "soon"])
def test_a_timeout_that_is_none_is_an_error(timeout):
    with pytest.raises((ValueError, TypeError), match="timeout"), job(timeout):
        pass


@pytest.mark.parametrize("rank", [0, 1])
def test_signals_are_for_the_first_process(monkeypatch, rank):
    ranks = SimpleNamespace(rank=rank, size=2, is_first=rank == 0, timeout=600, together=ALONE.together)
    monkeypatch.setattr("nnfs.runs.job.ranks_here", lambda: ranks)
    before = signal.getsignal(signal.SIGTERM)
    with job(7):
        assert (signal.getsignal(signal.SIGTERM) is signal.SIG_IGN) == (rank == 1)
        assert ranks.timeout == 7
    assert signal.getsignal(signal.SIGTERM) is before
