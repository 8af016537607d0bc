"""The pool: kernels of each call run on one thread, and those of this thread as before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from nnfs.parallel import in_files
from nnfs.parallel.pool import Pool, call


def test_a_call_runs_with_kernels_on_one_thread(monkeypatch):
    seen = []

    @contextmanager
    def one_thread():
        seen.append("in")
        yield
        seen.append("out")

    monkeypatch.setattr("nnfs.parallel.pool.one_thread", one_thread)
    call(lambda job, common: seen.append((job, common)), 3, 2)
    assert seen == ["in", (3, 2), "out"]


def test_calls_of_this_process_share_arrays_and_other_processes_get_files():
    value = {"x": np.arange(5.0)}
    for executor in (None, ThreadPoolExecutor(1)):
        with Pool(executor, None) as pool, pool.shared(value) as found:
            assert found["x"] is value["x"]
    with Pool(lambda: ThreadPoolExecutor(1), None) as pool, pool.shared(value) as found:
        future = pool.submit(lambda job, common: common["x"][job], 3, found)
        assert isinstance(found, in_files.InFiles)
        assert future.result() == 3.0
