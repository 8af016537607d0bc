"""A profile has every node in both directions with the right operations and bytes, and restores the network."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.profiling import Peaks, profile, profile_table

PEAKS = Peaks(arithmetic=100.0, arithmetic_one_thread=50.0, copies={1: 1.0})


def network(**options):
    layers = [nnfs.Conv2D(2, 3), nnfs.ReLU(), nnfs.MaxPool2D(2), nnfs.Flatten(), nnfs.Dense(3)]
    return nnfs.Sequential(layers, (1, 6, 6), **options)


def run(net, **options):
    return profile(net, PEAKS, **({"batch_size": 4, "seconds": 0.01, "loss": "cross_entropy"} | options))


def test_operations_and_bytes(backend):
    rows = {(row["layers"].split()[0], row["direction"]): row for row in run(network())["nodes"]}
    order = ["0-2", "3", "4"]
    assert list(rows) == [(name, "forward") for name in order] + [(name, "backward") for name in order[::-1]]
    convolution, dense = 4 * 2 * 16 * 9, 4 * 8 * 3
    weights = 4 * (2 * 9 + 2)
    assert rows["0-2", "forward"]["operations"] == rows["0-2", "backward"]["operations"] == 2 * convolution
    assert rows["4", "forward"]["operations"] == 2 * dense
    assert rows["4", "backward"]["operations"] == 4 * dense
    assert rows["0-2", "forward"]["bytes"] == rows["0-2", "backward"]["bytes"] == 4 * 4 * (36 + 8) + weights
    assert rows["4", "backward"]["bytes"] == 4 * 4 * (8 + 8 + 3) + 2 * 4 * (8 * 3 + 3)
    assert rows["3", "forward"]["bytes"] == rows["3", "forward"]["operations"] == 0
    assert rows["3", "forward"]["share"] is rows["3", "forward"]["limit"] is None
    assert rows["0-2", "forward"]["limit"] == "bandwidth"


def test_a_network_whose_outputs_are_in_a_large_unit_is_measured():
    scaled = nnfs.Sequential([nnfs.Dense(3), nnfs.Normalization()], 4)
    scaled.layers[-1].scale[...] = 1e-8
    before = scaled.parameters["0.weight"].value.copy()
    assert run(scaled, loss="mean_squared_error")["step_microseconds"] > 0
    np.testing.assert_allclose(scaled.parameters["0.weight"].value, before, atol=0.05)


def test_the_parts_of_a_step(backend):
    found = run(network())
    inside = sum(row["microseconds"] for row in found["nodes"])
    assert 0 < inside < 10 * found["step_microseconds"]
    assert 0 <= found["overhead_microseconds"] < found["step_microseconds"]
    text = profile_table(found)
    assert "0-2 Conv2D(2, 3) + ReLU() + MaxPool2D(2)" in text
    assert "whole step" in text


def test_layer_by_layer_and_the_nodes_are_put_back():
    net = network(fuse=False)
    nodes = net.nodes
    assert len(run(net)["nodes"]) == 10
    assert net.nodes is nodes


@pytest.mark.parametrize("loss", ["mean_squared_error", "binary_cross_entropy", "l1", "huber"])
def test_every_loss_has_targets(loss):
    assert run(network(), loss=loss)["nodes"]


def test_a_failed_step_puts_the_nodes_back():
    net = network()
    nodes = net.nodes
    net.vector.value[:] = float("nan")
    with pytest.raises(nnfs.NumericError):
        run(net)
    assert net.nodes is nodes


def test_a_network_that_knows_of_pixels_is_measured_without_a_warning():
    known = nnfs.Sequential([nnfs.Flatten(), nnfs.Dense(3)], (3, 16, 16))
    known.facts = nnfs.Facts(pixels_divided_by=255)
    assert run(known)["nodes"]
