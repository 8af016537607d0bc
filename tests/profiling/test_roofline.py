"""Operations counted by hand, and limits that the machine really has."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.profiling import NETWORKS, Peaks, find_network, forward_operations, measure_peaks, step_operations

PEAKS = Peaks(arithmetic=100.0, arithmetic_one_thread=50.0, copies={1000: 20.0, 4000: 10.0})


def test_operations_of_a_step_leave_out_the_gradient_that_nobody_needs():
    network = nnfs.Sequential([nnfs.ReLU(), nnfs.Conv2D(3, 3), nnfs.ReLU(), nnfs.Flatten(), nnfs.Dense(5)], (2, 6, 6))
    convolution, dense = 3 * 4 * 4 * 2 * 9, 3 * 4 * 4 * 5
    assert forward_operations(network, 7) == 2 * 7 * (convolution + dense)
    assert step_operations(network, 7) == 2 * 7 * (2 * convolution + 3 * dense)


def test_bandwidth_is_that_of_copies_as_large():
    assert [PEAKS.bandwidth(size) for size in (1, 1000, 1001, 4000, 10**9)] == [20, 20, 10, 10, 10]


def test_the_limit_that_binds():
    assert (PEAKS.binding(1000, 1), PEAKS.seconds(1000, 1)) == ("arithmetic", pytest.approx(1e-8))
    assert (PEAKS.binding(1, 1000), PEAKS.seconds(1, 1000)) == ("bandwidth", pytest.approx(5e-8))


def test_peaks_are_measured(backend):
    threads = nnfs.get_num_threads()
    peaks = measure_peaks(np.dtype("float32"), seconds=0.001)
    assert nnfs.get_num_threads() == threads
    assert 0.01 < peaks.arithmetic_one_thread <= peaks.arithmetic < 1e6
    assert all(0.01 < rate < 1e5 for rate in peaks.copies.values())


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.name)
def test_networks_build_and_take_their_batches(network):
    assert find_network(network.name.upper()) is network
    x, y = network.batch()
    assert len(x) == len(y) == network.batch_size
    assert network.build().predict(network.batch(2)[0]).shape[0] == 2


def test_an_unknown_network_lists_those_that_are_known():
    with pytest.raises(ValueError, match="no network is named 'cnn-9'; the names are 'moons MLP', 'MLP'"):
        find_network("cnn-9")
