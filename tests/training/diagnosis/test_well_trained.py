"""Of networks that train well nothing is said."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

import nnfs
from nnfs.data import find_fashion_mnist
from nnfs.errors import TrainingWarning
from nnfs.reproduce.build import build_network, build_optimizer
from nnfs.reproduce.datasets import load
from nnfs.reproduce.tasks import TASKS


def train(name, images, dataset, epochs, samples=None, **changes):
    """Take the first steps of a training of `nnfs reproduce`, with its own schedule, and diagnose the network."""
    task = TASKS[name]
    settings = replace(task.settings[dataset if task.takes_images else name], **changes)
    data = load(task, images, seed=0)
    x, y = data.x_train[:samples], data.y_train[:samples]
    net = build_network(task, settings, x.shape[1:], 10 if task.takes_images else 1, seed=0)
    optimizer = build_optimizer(settings, len(data.x_train))
    how = {"loss": task.loss, "optimizer": optimizer, "epochs": epochs, "batch_size": settings.batch_size}
    history = net.fit(x, y, **how, validation_data=(data.x_test[:500], data.y_test[:500]), verbose=2)
    return nnfs.diagnose(net, x, y, batch_size=settings.batch_size, history=history)


@pytest.mark.parametrize("name", TASKS)
def test_of_the_networks_of_reproduce_nothing_is_said(name):
    assert train(name, nnfs.data.load("digits"), "digits", epochs=6) == []


@pytest.mark.parametrize("name", [name for name in TASKS if name.startswith("cnn")])
def test_of_those_on_fashion_mnist_nothing_is_said(name):
    if find_fashion_mnist() is None:
        pytest.skip("Fashion-MNIST is not on this computer")
    assert train(name, nnfs.data.load("fashion-mnist"), "fashion-mnist", epochs=3, samples=4000) == []


def test_that_too_large_a_rate_kills_a_single_kernel_is_told():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TrainingWarning)
        train("cnn-1", nnfs.data.load("digits"), "digits", epochs=4, learning_rate=0.05)
    assert ["dead ReLUs" in str(warning.message) for warning in caught] == [True]
