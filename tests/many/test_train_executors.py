"""Real executors: processes that are killed, Dask, loky; the bits are those of one training after the other."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

import nnfs

X, Y = nnfs.data.moons(samples=200)[1:3]


def networks():
    return [nnfs.NeuralNetwork(2, [8], 2, seed=seed) for seed in range(4)]


def digests(epochs, **how):
    results = nnfs.train_many(networks(), X, Y, loss="cross_entropy", epochs=epochs, verbose=False, **how)
    return [result.error or result.network.digest() for result in results]


def test_jobs_of_a_process_that_is_killed_run_again():
    loky = pytest.importorskip("joblib.externals.loky")
    made = []

    def make():
        made.append(loky.get_reusable_executor(2))
        if len(made) == 1:
            threading.Thread(target=kill, args=(made[0],)).start()
        return made[-1]

    def kill(executor):
        while not executor._processes:
            time.sleep(0.01)
        os.kill(next(iter(executor._processes)), signal.SIGKILL)

    assert digests(3, executor=make) == digests(3, workers=1)
    assert len(made) > 1


@pytest.mark.filterwarnings("ignore")  # of Dask and its event loop
def test_a_dask_cluster_gives_the_same_bits():
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        assert digests(2, executor=client) == digests(2, executor=client.get_executor()) == digests(2, workers=1)
