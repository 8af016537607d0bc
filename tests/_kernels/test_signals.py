"""Ctrl-C: kernels and training stop soon, raise KeyboardInterrupt once, and leave whole steps behind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
from effort import times

from nnfs import _kernels

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")

PRELUDE = """
import os, signal, sys, threading, time
import numpy as np
import nnfs
from nnfs._kernels import Window, kernels

def interrupted(function, delay):
    '''Return whether SIGINT ended the function; it may have been over before.'''
    sent = []
    def send():
        sent.append(True)
        os.kill(os.getpid(), signal.SIGINT)
    timer = threading.Timer(delay, send)
    try:
        timer.start()
        function()
    except KeyboardInterrupt:
        return True
    timer.cancel()
    timer.join()
    assert not sent, "the signal was lost"
    return False

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job of a shell begins without it
rng = np.random.default_rng(int(sys.argv[1]))
"""


def run_python(code, backend, seed=0):
    """Run code in a fresh interpreter, since a signal that went astray would end this one."""
    result = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(code), str(seed)],
        env={**os.environ, "NNFS_BACKEND": backend, "NNFS_NUM_THREADS": "2"},
        cwd="/",
        timeout=300,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


needs_kernels = pytest.mark.skipif("cython" not in _kernels.available_backends(), reason="no compiled kernels")


@needs_kernels
@pytest.mark.parametrize("threads", [1, 2])
def test_a_long_convolution_stops_before_its_end(threads):
    """What it had not come to stays as it was."""
    run_python(
        f"""
        nnfs.set_num_threads({threads})
        x, weight = np.zeros((1000, 64, 64, 64), np.float32), np.zeros((64, 64, 7, 7), np.float32)
        y = np.empty((1000, 64, 58, 58), np.float32)
        for attempt in range({times(3)}):
            y.fill(np.nan)
            assert interrupted(lambda: kernels.conv2d_forward(x, weight, None, Window((7, 7)), y=y), 0.1)
            assert np.isnan(y[:, 0, 0, 0]).any()
        small = np.full((4, 64, 58, 58), np.nan, np.float32)
        kernels.conv2d_forward(x[:4], weight, None, Window((7, 7)), y=small)
        assert not small.any()
        """,
        "cython",
    )


@needs_kernels
def test_a_handler_that_raises_nothing_changes_nothing():
    run_python(
        """
        seen = []
        signal.signal(signal.SIGALRM, lambda number, frame: seen.append(time.monotonic()))
        x, weight = rng.standard_normal((200, 32, 32, 32), np.float32), np.ones((64, 32, 9, 9), np.float32)
        y, want = (np.empty((200, 64, 24, 24), np.float32) for _ in range(2))
        kernels.conv2d_forward(x, weight, None, Window((9, 9)), y=want)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        for _ in range(3):
            kernels.conv2d_forward(x, weight, None, Window((9, 9)), y=y)
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert np.array_equal(y, want) and len(seen) > 3, len(seen)
        """,
        "cython",
    )


@needs_kernels
def test_a_child_forked_by_a_handler_within_a_kernel_is_told_so():
    """Its twin in the parent has its result; the child has no workers to wait for, and kernels of its own work."""
    run_python(
        """
        nnfs.set_num_threads(2)
        x, weight = rng.standard_normal((500, 32, 32, 32), np.float32), np.ones((64, 32, 9, 9), np.float32)
        y, small = (np.empty((size, 64, 24, 24), np.float32) for size in (500, 1))
        window = Window((9, 9))
        children, within = [], [False]
        def fork(*_):
            if not children:
                children.append(os.fork())
                assert within[0], "the kernel was over before the signal came"
        signal.signal(signal.SIGALRM, fork)
        y.fill(0)
        within[0] = True
        signal.setitimer(signal.ITIMER_REAL, 0.005)
        try:
            kernels.conv2d_forward(x, weight, None, window, y=y)
        except RuntimeError as error:
            assert children == [0] and "forked by the handler of a signal" in str(error), error
            kernels.conv2d_forward(x[:1], weight, None, window, y=small)
            os._exit(42)
        within[0] = False
        assert children and children[0] > 0
        deadline = time.monotonic() + 60
        while (ended := os.waitpid(children[0], os.WNOHANG))[0] == 0:
            if time.monotonic() > deadline:
                os.kill(children[0], signal.SIGKILL)
            time.sleep(0.01)
        assert os.waitstatus_to_exitcode(ended[1]) == 42
        kernels.conv2d_forward(x[-1:], weight, None, window, y=small)
        assert np.array_equal(small, y[-1:])
        """,
        "cython",
    )


def test_training_stops_between_two_steps(backend):
    """The weights have the bits of so many whole steps, and the next fit works."""
    run_python(
        f"""
        x = rng.standard_normal((4096, 1, 16, 16), np.float32)
        y = rng.integers(0, 10, 4096)

        def trainer():
            network = nnfs.CNN((1, 16, 16), filters=[8], kernel_size=3, hidden_units=[32], output_shape=10, seed=1)
            return nnfs.Trainer(network, loss="cross_entropy", optimizer=nnfs.optimizers.AdamW(1e-3))

        def bits(trainer):
            return trainer.network.vector.value.tobytes()

        trainer().fit(x[:64], y[:64], verbose=0)
        for attempt in range({times(3)}):
            begun = trainer()
            late = interrupted(lambda: begun.fit(x, y, epochs=1000, shuffle=False, verbose=0), rng.uniform(0.01, 0.2))
            assert late
            twin, found = trainer(), []
            for step in range(begun.steps + 1):
                found.append(bits(twin))
                start = step * 32 % 4096
                twin.step(x[start : start + 32], y[start : start + 32])
            found.append(bits(twin))
            assert bits(begun) in found[-2:]
            loss = begun.network.fit(x[:64], y[:64], loss="cross_entropy", verbose=0).epochs[-1]["loss"]
            assert np.isfinite(loss)
        """,
        backend,
    )
