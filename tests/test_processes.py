"""Processes and threads around nnfs: forks, spawned workers, parallel threads, scarce resources, other libraries.

Each case runs in a new interpreter with the backend that NNFS_BACKEND names. Each is repeated a few times, and the
environment variable NNFS_TEST_CASES multiplies the number of repetitions.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap

import pytest
from effort import SANITIZED, times

PRELUDE = """
import os, signal, sys, threading
import numpy as np
import nnfs

def make(seed=1):
    return nnfs.CNN((1, 16, 16), filters=[8], kernel_size=3, hidden_units=[32], output_shape=10, seed=seed)

rng = np.random.default_rng(0)
x, y = rng.standard_normal((64, 1, 16, 16), np.float32), rng.integers(0, 10, 64)

def work(_=None):
    '''Train a little and predict; return what came out, as bytes.'''
    network = make()
    network.fit(x, y, loss="cross_entropy", batch_size=32, verbose=0)
    return network.predict(x).tobytes()

def in_child(function):
    '''Run a function in a forked child, which must end by itself within 10 s.'''
    pid = os.fork()
    if pid == 0:
        signal.alarm(10)
        try:
            function()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0, "the child failed, or hung"

def check():
    assert work() == want, "other bits"
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
needs_limits = pytest.mark.skipif(
    not sys.platform.startswith("linux") or SANITIZED, reason="limits as Linux has them, and no sanitizer"
)


def run_python(code, tmp_path, **environment):
    """Run code from a file in a new process, so that spawned processes can import it, and return its output."""
    script = tmp_path / "script.py"
    script.write_text(PRELUDE + textwrap.dedent(code))
    result = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", script],
        # One thread for NumPy: OpenBLAS may hang if the process is forked while it computes.
        env={**os.environ, "NNFS_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"} | environment,
        cwd="/",
        timeout=60 + 10 * times(1),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@needs_fork
def test_forked_children_work_on(tmp_path):
    run_python(
        f"""
        want = work()
        for _ in range({times(5)}):
            in_child(check)
        check()
        """,
        tmp_path,
    )


@needs_fork
def test_a_fork_from_another_thread_while_a_third_computes(tmp_path):
    run_python(
        f"""
        want, over, failed = work(), threading.Event(), []

        def compute():
            while not over.is_set():
                check()

        def fork():
            try:
                for _ in range({times(5)}):
                    in_child(check)
            except BaseException as error:
                failed.append(error)

        busy, forking = threading.Thread(target=compute), threading.Thread(target=fork)
        busy.start()
        forking.start()
        forking.join()
        over.set()
        busy.join()
        assert not failed, failed
        """,
        tmp_path,
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes(method, tmp_path):
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("not on this system")
    run_python(
        f"""
        if __name__ == "__main__":
            import multiprocessing
            want = work()
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                results = pool.map_async(work, range({times(4)})).get(timeout=60)
            assert set(results) == {{want}}
            check()
        """,
        tmp_path,
    )


@pytest.mark.skipif(importlib.util.find_spec("joblib") is None, reason="joblib is not installed")
@pytest.mark.parametrize("way", ["loky", "threading", "multiprocessing"])
def test_joblib(way, tmp_path):
    run_python(
        f"""
        if __name__ == "__main__":
            from joblib import Parallel, delayed
            want = work()
            results = Parallel(n_jobs=2, backend={way!r}, timeout=60)(delayed(work)() for _ in range({times(4)}))
            assert set(results) == {{want}}
        """,
        tmp_path,
    )


def test_threads_predict_with_one_network(tmp_path):
    run_python(
        f"""
        network, results = make(), []
        want, before = network.predict(x).tobytes(), network.vector.value.tobytes()
        sys.setswitchinterval(1e-6)

        def predict():
            results.extend(network.predict(x).tobytes() for _ in range({times(15)}))

        threads = [threading.Thread(target=predict) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(results) == 8 * {times(15)} and set(results) == {{want}}
        assert network.vector.value.tobytes() == before
        """,
        tmp_path,
    )


def test_threads_train_networks_of_their_own(tmp_path):
    run_python(
        f"""
        want, results = work(), []
        sys.setswitchinterval(1e-6)
        threads = [
            threading.Thread(target=lambda: results.extend(work() for _ in range({times(2)}))) for _ in range(8)
        ]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(results) == 8 * {times(2)} and set(results) == {{want}}
        """,
        tmp_path,
    )


@pytest.fixture(scope="module")
def bits(tmp_path_factory):
    """Return the result of a training in a process without other libraries."""
    return run_python(DIGEST + "print(digest())", tmp_path_factory.mktemp("alone"))


DIGEST = """
import hashlib
def digest():
    return hashlib.sha256(work()).hexdigest()
"""


@pytest.mark.parametrize("first", ["nnfs", "other"])
@pytest.mark.parametrize("other", ["torch", "sklearn"])
def test_beside_other_libraries(other, first, bits, tmp_path):
    """Other libraries have threads of their own. The order of imports makes no difference to the result."""
    if importlib.util.find_spec(other) is None:
        pytest.skip(f"{other} is not installed")
    theirs = """
def theirs():
    import torch
    torch.nn.Conv2d(1, 8, 3)(torch.from_numpy(x)).sum().backward()
"""
    if other == "sklearn":
        theirs = """
def theirs():
    from sklearn.cluster import KMeans
    KMeans(3, n_init=1, random_state=0).fit(x.reshape(64, -1))
"""
    calls = "theirs()\n" * (first == "other") + "digest()\ntheirs()\n" * times(2) + "print(digest())"
    assert run_python(DIGEST + theirs + calls, tmp_path) == bits


def test_threads_import_at_once(tmp_path):
    for _ in range(times(1)):
        (tmp_path / "importing.py").write_text(
            textwrap.dedent("""
            import sys, threading
            names, errors, start = set(), [], threading.Barrier(16)

            def load():
                start.wait()
                try:
                    import nnfs
                    names.add((id(nnfs), len(dir(nnfs)), nnfs.get_num_threads()))
                except BaseException as error:
                    errors.append(error)

            threads = [threading.Thread(target=load) for _ in range(16)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            assert not errors and len(names) == 1, (errors, names)
            """)
        )
        subprocess.run(
            [sys.executable, tmp_path / "importing.py"],
            timeout=60,
            check=True,
        )


@needs_limits
def test_too_little_memory_is_a_memory_error(tmp_path):
    """The process may grow by 256 MiB, and the outputs of the batch would take twice as much."""
    run_python(
        """
        import resource
        want = work()
        network = nnfs.Sequential([nnfs.Conv2D(16, 1), nnfs.MaxPool2D(128), nnfs.Flatten()], (1, 128, 128), fuse=False)
        before, large = network.vector.value.tobytes(), np.zeros((512, 1, 128, 128), np.float32)
        size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 2**28, resource.RLIM_INFINITY))
        for call in (
            lambda: network.predict(large, batch_size=512),
            lambda: network.fit(large, np.zeros(512, int), loss="cross_entropy", batch_size=512, verbose=0),
        ):
            try:
                call()
            except MemoryError:
                assert network.vector.value.tobytes() == before
            else:
                raise AssertionError("there was memory enough")
        check()
        """,
        tmp_path,
    )


@needs_limits
def test_no_thread_to_be_had(tmp_path):
    """RLIMIT_NPROC does not bind root, so that the process becomes another user, after it has imported everything."""
    run_python(
        """
        import resource
        nnfs.set_num_threads(1)
        want = work()
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        nnfs.set_num_threads(4)
        check()
        """,
        tmp_path,
    )


@pytest.mark.skipif(os.name == "nt", reason="POSIX")
@pytest.mark.parametrize("trouble", ["folder is gone", "home is read-only", "LANG=C", "no output"])
def test_a_poor_environment(trouble, tmp_path):
    environment = {
        "LANG=C": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
        "home is read-only": {"HOME": "/proc/none"},
    }
    run_python(
        f"""
        if {trouble!r} == "folder is gone":
            folder = {str(tmp_path / "gone")!r}
            os.mkdir(folder)
            os.chdir(folder)
            os.rmdir(folder)
        if {trouble!r} == "no output":
            os.close(1)
        want = work()
        check()
        network = make()
        network.fit(x, y, loss="cross_entropy", verbose=0)
        path = {str(tmp_path / "weights.safetensors")!r}
        nnfs.save(network, path)
        assert nnfs.load(path).predict(x).tobytes() == network.predict(x).tobytes()
        """,
        tmp_path,
        **environment.get(trouble, {}),
    )


AS_ON_WINDOWS = """
import os, sys
import shutil, numpy  # they choose what they import by the platform
from nnfs import cli

for module in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules[module] = None
for name in ("fchmod", "fork", "geteuid", "getuid", "sched_getaffinity", "statvfs", "sysconf", "uname"):
    if hasattr(os, name):
        delattr(os, name)
open_file = os.open

def open_no_folder(path, *words, **options):
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return open_file(path, *words, **options)

os.open = open_no_folder
os.chdir(os.environ["FOLDER"])
sys.platform = "win32"
for words in (
    "train digits --epochs 2 --name first --checkpoint-steps 20 --verbose 0",
    "evaluate runs/first digits",
    "resume runs/first",
    "predict runs/first digits",
    "trace runs/first --sample 0 --layers 1",
    "export runs/first first.safetensors",
    "data list",
    "info",
):
    assert cli.main(words.split()) == 0, words
"""


def test_the_commands_need_nothing_that_windows_lacks(tmp_path):
    run_python(AS_ON_WINDOWS, tmp_path, FOLDER=str(tmp_path))
