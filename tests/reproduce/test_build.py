"""The networks of the tables are the published ones."""

from __future__ import annotations

import pytest

from nnfs import Conv2D, MaxPool2D, ReLU
from nnfs.reproduce import TASKS
from nnfs.reproduce.build import build_network

CONVOLUTIONAL = [name for name, task in TASKS.items() if task.takes_images]


@pytest.mark.parametrize("row", CONVOLUTIONAL)
@pytest.mark.parametrize("dataset", ["fashion-mnist", "digits"])
def test_a_relu_follows_each_convolution(row, dataset):
    task = TASKS[row]
    network = build_network(task, task.settings[dataset], (1, 28, 28), 10, seed=0)
    kinds = [type(layer) for layer in network.layers]
    block = [Conv2D, ReLU, MaxPool2D] if task.pool_size else [Conv2D, ReLU]
    assert kinds[: len(block) * len(task.filters)] == block * len(task.filters)
    assert not any("Leaky" in kind.__name__ for kind in kinds)


@pytest.mark.parametrize("seed", range(5))
def test_a_single_kernel_lets_through_what_it_sees(seed):
    network = build_network(TASKS["cnn-1"], TASKS["cnn-1"].settings["digits"], (1, 8, 8), 10, seed=seed)
    weight = network.state_dict()["0.weight"]
    assert (weight > 0).all()
    assert repr(network.layers[0]) == "Conv2D(1, 3, initializer=he_normal_positive)"
    assert 0.1 < (weight**2).mean() / (2 / 9) < 4
