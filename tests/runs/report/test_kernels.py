"""Kernels and feature maps: those of the first convolution, drawn so that larger numbers are brighter."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.runs.report.kernels import first_convolution, kernel_facts, maps_of


@pytest.fixture
def network():
    return nnfs.Sequential([nnfs.ReLU(), nnfs.Conv2D(3, 3), nnfs.ReLU(), nnfs.Flatten(), nnfs.Dense(2)], (1, 6, 6))


def test_the_maps_are_the_outputs_of_the_first_convolution(network, backend):
    image = np.random.default_rng(0).normal(size=(1, 6, 6)).astype(np.float32)
    assert first_convolution(network)[0] == "1"
    wanted = next(y[0].copy() for layer, y in network.trace(image[None]) if isinstance(layer, nnfs.Conv2D))
    np.testing.assert_allclose(maps_of(network, image), wanted, rtol=1e-5, atol=1e-6)


def test_a_convolution_within_another_layer_is_found():
    network = nnfs.Sequential([nnfs.Residual([nnfs.Conv2D(1, 3, padding=1)])], (1, 4, 4))
    assert first_convolution(network)[0] == "0.body.0"
    assert maps_of(network, np.ones((1, 4, 4), np.float32)).shape == (1, 4, 4)


def test_kernels_and_maps_of_signals_are_images_of_one_row():
    network = nnfs.Sequential([nnfs.Conv1D(3, 4), nnfs.Flatten(), nnfs.Dense(2)], (2, 9))
    signal = np.random.default_rng(0).normal(size=(2, 9)).astype(np.float32)
    assert maps_of(network, signal).shape == (3, 1, 6)
    pytest.importorskip("matplotlib")
    strips = kernel_facts(network, None, "")["strips"]
    assert strips[0]["title"] == "Kernels of layer 0, 1 x 4, channel 0 of 2"


def test_kernels_without_data_have_no_maps(network):
    pytest.importorskip("matplotlib")
    facts = kernel_facts(network, None, "")
    assert [len(strip["tiles"]) for strip in facts["strips"]] == [3]
    assert facts["image"] is None
    largest = np.abs(network.parameters["1.weight"].value).max()
    assert facts["strips"][0]["ends"][2] == f"{largest:.4g}"


def test_a_network_without_a_convolution_has_none():
    assert kernel_facts(nnfs.Sequential([nnfs.Dense(1)], 1), None, "") is None
