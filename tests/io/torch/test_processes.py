"""The time of an import and the peak of memory, in processes of their own."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import nnfs
from nnfs.io.torch import processes


def test_an_import_takes_some_time_in_each(monkeypatch):
    monkeypatch.setattr(processes, "FRAMEWORKS", ("json", "numpy"))
    monkeypatch.setattr(processes, "ROUNDS", 1)
    seconds = processes.import_seconds()
    assert 0 < seconds["json"] < seconds["numpy"] < 60


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux, which tells the peak of memory")
def test_the_peak_of_a_training_grows_with_its_batch(monkeypatch):
    monkeypatch.setattr(processes, "FRAMEWORKS", ("nnfs",))
    net = nnfs.Sequential([nnfs.Dense(50), nnfs.ReLU(), nnfs.Dense(3)], 500)
    net.loss = "cross_entropy"
    optimizer = nnfs.optimizers.SGD(nnfs.schedules.Cosine(0.1, 5), momentum=0.9)
    sizes = []
    for rows in (1, 20_000):
        x, y = np.zeros((rows, 500), np.float32), np.zeros(rows, np.int64)
        sizes.append(processes.peak_bytes(net, optimizer, x, y, 2)["nnfs"])
    assert sizes[0] > 10 * 2**20
    assert sizes[0] + 0.9 * x.nbytes < sizes[1] < sizes[0] + 2 * x.nbytes


def test_the_peak_of_pytorch(torch, monkeypatch):
    monkeypatch.setattr(processes, "FRAMEWORKS", ("torch",))
    net = nnfs.Sequential([nnfs.Dense(3)], 4)
    net.loss = "cross_entropy"
    x, y = np.zeros((2, 4), np.float32), np.zeros(2, np.int64)
    assert 2**25 < processes.peak_bytes(net, nnfs.optimizers.Adam(), x, y, 2)["torch"] < 2**33


def test_where_the_system_does_not_tell_memory_there_is_none(monkeypatch):
    monkeypatch.setattr(processes, "_resident", lambda field: None)
    assert processes.peak_bytes(None, None, None, None, 1) is None
