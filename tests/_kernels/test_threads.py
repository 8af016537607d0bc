"""Threads: the same bits for any number of them, forks, failures to start one, and where the number comes from."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from nnfs import _kernels
from nnfs._kernels import Window, threads
from nnfs.errors import BackendError

needs_kernels = pytest.mark.skipif("cython" not in _kernels.available_backends(), reason="no compiled kernels")
WINDOW = Window((3, 3), padding=(1, 1, 1, 1))


def run_everything(kernels, dtype):
    """Run each kernel that is split among threads on enough work to be split; return every result."""
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((23, 3, 21, 33)).astype(dtype), rng.standard_normal((9, 3, 3, 3)).astype(dtype)
    bias, y = rng.standard_normal(9).astype(dtype), np.empty((23, 9, 21, 33), dtype)
    results = [y, np.empty_like(x), np.zeros_like(weight), np.zeros_like(bias)]
    kernels.conv2d_forward(x, weight, bias, WINDOW, y=results[0])
    kernels.conv2d_backward_input(y, weight, WINDOW, dx=results[1])
    kernels.conv2d_backward_params(x, y, WINDOW, dweight=results[2], dbias=results[3])
    pooled, argmax, dy = np.empty((23, 9, 10, 16), dtype), np.empty((23, 9, 10, 16), np.int32), np.empty_like(y)
    kernels.maxpool2d_forward(y, Window((2, 2), (2, 2)), y=pooled, argmax=argmax)
    kernels.maxpool2d_backward(pooled, argmax, dx=dy)
    padded, cut, positive, masked = (
        np.empty((23, 9, 23, 35), dtype),
        np.empty_like(y),
        np.empty_like(y),
        np.empty_like(y),
    )
    kernels.pad2d_forward(y, (1, 1, 1, 1), y=padded)
    kernels.pad2d_backward(padded, (1, 1, 1, 1), dx=cut)
    kernels.relu_forward(y, 0.1, y=positive)
    kernels.relu_backward(dy, positive, 0.1, dx=masked)
    flat, dense_weight = y.reshape(23, -1), rng.standard_normal((37, y[0].size)).astype(dtype)
    out, dflat, dweight = np.empty((23, 37), dtype), np.empty_like(flat), np.zeros_like(dense_weight)
    kernels.dense_forward(flat, dense_weight, None, y=out)
    kernels.dense_backward_input(out, dense_weight, dx=dflat)
    kernels.dense_backward_params(flat, out, dweight=dweight, dbias=None)
    value, mean, square = (abs(dense_weight.reshape(-1)) for _ in range(3))
    kernels.adam_update(dweight.reshape(-1), 0.1, 0.9, 0.99, 1e-8, 0.0, False, 1, value=value, mean=mean, square=square)
    kernels.sgd_update(dweight.reshape(-1), 0.1, 0.9, True, 0.1, value=value, velocity=mean)
    kernels.rmsprop_update(dweight.reshape(-1), 0.1, 0.9, 1e-8, 0.1, value=value, square=square)
    return [*results, pooled, argmax, dy, padded, cut, positive, masked, out, dflat, dweight, value, mean, square]


def same_bits(got, want):
    return all(a.tobytes() == b.tobytes() for a, b in zip(got, want, strict=True))


@needs_kernels
def test_one_thread_is_for_the_kernels_of_the_calling_thread_alone():
    team, before = threads.team, threads.get_num_threads()
    threads.set_num_threads(2)
    try:
        with threads.one_thread():
            assert team.work_alone(True)
            other = threading.Thread(target=lambda: seen.append(team.work_alone(False)))
            seen = []
            other.start()
            other.join()
        assert seen == [False]
        assert not team.work_alone(False)
        assert threads.get_num_threads() == 2
    finally:
        threads.set_num_threads(before)


def test_same_bits_for_any_number_of_threads(build, dtype, thread_count):
    thread_count(1)
    want = run_everything(build, dtype)
    for count in (2, 3, 4, 7):
        thread_count(count)
        assert same_bits(run_everything(build, dtype), want)


def run_forward(kernels, x, weight, rows, dense_weight):
    """Run what is cut into parts of a sample where samples are fewer than threads; return every output."""
    size, count = x.shape[2:], len(x)
    y = [np.empty((count, len(weight), *size), x.dtype) for _ in range(2)]
    pooled, argmax = (
        np.empty((count, len(weight), size[0] // 2, size[1] // 2), dtype) for dtype in (x.dtype, np.int32)
    )
    bias = np.linspace(-1, 1, len(weight), dtype=x.dtype)
    kernels.conv2d_forward(x, weight, bias, WINDOW, y=y[0])
    kernels.conv2d_relu_forward(x, weight, bias, WINDOW, 0.1, y=y[1])
    kernels.conv2d_relu_maxpool2d_forward(
        x, weight, bias, WINDOW, size, Window((2, 2), (2, 2)), 0.1, y=pooled, argmax=argmax
    )
    outputs = np.empty((count, len(dense_weight)), x.dtype)
    kernels.dense_forward(rows, dense_weight, None, y=outputs)
    return [*y, pooled, argmax, outputs]


@pytest.mark.parametrize(("channels", "filters", "groups"), [(3, 44, 1), (6, 27, 3), (16, 45, 1), (32, 64, 2)], ids=str)
def test_few_samples_have_the_bits_of_a_batch_on_any_number_of_threads(
    build, dtype, thread_count, channels, filters, groups
):
    """By the direct way, and by Winograd's, with filters that fill no whole number of parts."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((9, channels, 22, 25)).astype(dtype)
    weight = rng.standard_normal((filters, channels // groups, 3, 3)).astype(dtype)
    rows, dense_weight = rng.standard_normal((9, 403)).astype(dtype), rng.standard_normal((75, 403)).astype(dtype)
    thread_count(1)
    want = run_forward(build, x, weight, rows, dense_weight)
    for threads_wanted in (1, 2, 3, 4, 7):
        thread_count(threads_wanted)
        for count in (1, 2, 5):
            found = run_forward(build, x[:count], weight, rows[:count], dense_weight)
            assert same_bits(found, [array[:count] for array in want])


def test_python_threads_side_by_side(build, thread_count):
    thread_count(3)
    want = run_everything(build, np.float32)
    same = []

    def work():
        same.extend(same_bits(run_everything(build, np.float32), want) for _ in range(5))

    side_by_side = [threading.Thread(target=work) for _ in range(4)]
    for thread in side_by_side:
        thread.start()
    for thread in side_by_side:
        thread.join()
    assert same == [True] * 20


PRELUDE = """
import os, resource, sys, threading
import numpy as np
from nnfs._kernels import Window, compiled, threads
from nnfs._kernels.machine import team

x = np.random.default_rng(0).standard_normal((32, 4, 32, 32)).astype(np.float32)
weight = np.ones((8, 4, 3, 3), np.float32)

def run():
    y = np.empty((32, 8, 30, 30), np.float32)
    compiled.kernels.conv2d_forward(x, weight, None, Window((3, 3)), y=y)
    return y

def in_child(function):
    pid = os.fork()
    if pid == 0:
        try:
            function()
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def run_python(code, **environment):
    """Run code in a fresh interpreter, since each case changes the process for good."""
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PRELUDE + textwrap.dedent(code)],
        env={**os.environ, "NNFS_NUM_THREADS": "3", **environment},
        cwd="/",
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_runs(code, **environment):
    result = run_python(code, **environment)
    assert result.returncode == 0, result.stderr


@needs_kernels
def test_no_thread_starts_before_it_is_needed():
    assert_runs("""
        assert team.count_workers() == 0 and threads.get_num_threads() == 3
        run()
        assert team.count_workers() == 2
    """)


@needs_kernels
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_works_on_and_may_start_its_own_team():
    assert_runs("""
        want = run()
        def child():
            assert threads.get_num_threads() == 1 and "fork" in threads.reason()
            assert np.array_equal(run(), want) and team.count_workers() == 0
            threads.set_num_threads(2)
            assert np.array_equal(run(), want) and team.count_workers() == 1
            in_child(lambda: run())
        for _ in range(20):
            in_child(child)
        assert np.array_equal(run(), want)
    """)


@needs_kernels
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_while_other_threads_compute():
    assert_runs("""
        want, over = run(), threading.Event()
        def work():
            while not over.is_set():
                run()
        busy = [threading.Thread(target=work) for _ in range(2)]
        [thread.start() for thread in busy]
        def child():
            assert np.array_equal(run(), want)
        for _ in range(20):
            in_child(child)
        over.set()
        [thread.join() for thread in busy]
    """)


@needs_kernels
def test_a_thread_that_cannot_start_is_done_without():
    """RLIMIT_NPROC does not bind root, hence the other user."""
    assert_runs("""
        want = run
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
        y = run()
        assert team.count_workers() == 0
        threads.set_num_threads(1)
        assert np.array_equal(run(), y)
    """)


def test_number_of_threads_is_checked():
    for wrong in (0, -1, 257, 2.0, True, "2"):
        with pytest.raises(ValueError, match="from 1 to 256"):
            threads.set_num_threads(wrong)


def test_number_of_threads_is_taken_over(thread_count):
    thread_count(2)
    assert threads.get_num_threads() == 2
    assert threads.reason() == "set_num_threads"


def test_default_number_of_threads(monkeypatch):
    for name in ("NNFS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert 1 <= threads.default_threads()[0] <= (os.cpu_count() or 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
    assert threads.default_threads() == (3, "OMP_NUM_THREADS=3,2")
    monkeypatch.setenv("NNFS_NUM_THREADS", "5")
    assert threads.default_threads() == (5, "NNFS_NUM_THREADS=5")
    monkeypatch.setenv("NNFS_NUM_THREADS", "")
    assert threads.default_threads()[0] == 3
    for wrong in ("0", "many", "1.5", "1000", "-2"):
        monkeypatch.setenv("NNFS_NUM_THREADS", wrong)
        with pytest.raises(BackendError, match="NNFS_NUM_THREADS"):
            threads.default_threads()


@pytest.mark.parametrize(("quota", "count"), [(0.5, 1), (1.01, 1), (1.5, 1), (1.99, 1), (2.0, 2), (7.9, 7), (8.0, 8)])
def test_a_part_of_a_core_is_no_thread(monkeypatch, quota, count):
    """A thread more than the quota pays for is stopped by the system until the next period, and all wait for it."""
    for variable in ("NNFS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(threads, "_available_cores", lambda: 8)
    monkeypatch.setattr(threads, "_control_group_cores", lambda *_: quota)
    assert threads.default_threads()[0] == count


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "150000 100000", "a/cpu.max": "max 100000"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, 0.5),
        ("0::/elsewhere\n", {"cpu.max": "200000 100000"}, 2),
        ("0::/\n", {"cpu.max": "max 100000"}, None),
        ("0::/\n", {}, None),
        ("3:cpu,cpuacct:/x\n", {"cpu/x/cpu.cfs_quota_us": "300000", "cpu/x/cpu.cfs_period_us": "100000"}, 3),
        ("3:cpu,cpuacct:/x\n", {"cpu/x/cpu.cfs_quota_us": "-1", "cpu/x/cpu.cfs_period_us": "100000"}, None),
        ("3:memory:/x\n", {}, None),
    ],
)
def test_control_groups(tmp_path, membership, files, cores):
    (tmp_path / "membership").write_text(membership)
    for name, text in files.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(text)
    assert threads._control_group_cores(tmp_path / "root", tmp_path / "membership") == cores
