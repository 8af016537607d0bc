"""The copy of a network in PyTorch has equal losses, step by step."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

import nnfs
from nnfs import optimizers
from nnfs.errors import UnsupportedError
from nnfs.io.torch.curves import COMPARED_STEPS, count_agreeing_steps, max_loss_curve_difference
from nnfs.io.torch.twin import TorchTwin
from nnfs.reproduce.build import build_network, build_optimizer
from nnfs.reproduce.tasks import TASKS, Settings

SAMPLES, BATCH = 320, 32
EPOCHS = 10
SETTINGS = Settings((16,), EPOCHS, BATCH, 0.05, dropout=0.3, weight_decay=1e-3)


@pytest.fixture(autouse=True)
def _torch():
    pytest.importorskip("torch")


@pytest.fixture(scope="module")
def digits():
    data = nnfs.data.digits()
    return data.x_train[:SAMPLES].astype(np.float64), data.y_train[:SAMPLES]


def curves(network, x, y, optimizer, loss="cross_entropy"):
    """Train a network and its copy in PyTorch, and return both loss curves."""
    twin = TorchTwin(network, loss=loss, optimizer=optimizer)
    ours = network.fit(x, y, loss=loss, optimizer=optimizer, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    theirs = twin.fit(x, y, epochs=EPOCHS, batch_size=BATCH)
    assert len(ours.step_losses) == len(theirs.step_losses) >= COMPARED_STEPS
    return ours.step_losses, theirs.step_losses, twin


@pytest.mark.parametrize("row", ["cnn-1", "cnn-2", "cnn-3", "cnn-4", "cnn-5"])
def test_the_recipe_of_the_tables_gives_the_same_curve(backend, digits, row):
    network = build_network(TASKS[row], SETTINGS, (1, 8, 8), 10, seed=3, dtype="float64")
    ours, theirs, twin = curves(network, *digits, build_optimizer(SETTINGS, SAMPLES))
    assert max_loss_curve_difference(ours, theirs) < 1e-6
    loss, outputs = twin.evaluate(*digits)
    assert loss == pytest.approx(network.evaluate(*digits)["loss"], rel=1e-6)
    np.testing.assert_allclose(outputs, network.predict(digits[0]), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.Adam(3e-3, weight_decay=1e-2),
        optimizers.AdamW(3e-3, weight_decay=1e-2),
        optimizers.RMSprop(1e-3),
        optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_every_optimizer_gives_the_same_curve(digits, optimizer):
    network = nnfs.NeuralNetwork((1, 8, 8), [24, 16], 10, activation="tanh", dropout=0.2, seed=1, dtype="float64")
    ours, theirs, _ = curves(network, *digits, optimizer)
    assert max_loss_curve_difference(ours, theirs) < 1e-6


def test_the_moons_give_the_same_curve():
    data = nnfs.data.moons()
    settings = replace(TASKS["moons"].settings["moons"], epochs=EPOCHS)
    network = build_network(TASKS["moons"], settings, (2,), 1, seed=0)
    optimizer = build_optimizer(settings, len(data.x_train))
    ours, theirs, _ = curves(network, data.x_train, data.y_train, optimizer, "mean_squared_error")
    # In float32: with unstable settings, rounding errors would grow and the curves would differ.
    assert count_agreeing_steps(ours, theirs) == len(ours)
    assert max_loss_curve_difference(ours, theirs) < 1e-4


def test_the_network_is_left_as_it_was(digits):
    network = build_network(TASKS["cnn-4"], SETTINGS, (1, 8, 8), 10, seed=3, dtype="float64")
    before = network.state_dict(), copy.deepcopy(network.shuffling), copy.deepcopy(network.dropout)
    twin = TorchTwin(network, loss="cross_entropy", optimizer=build_optimizer(SETTINGS, SAMPLES))
    twin.fit(*digits, epochs=1, batch_size=BATCH)
    for name, value in network.state_dict().items():
        np.testing.assert_array_equal(value, before[0][name])
    assert network.shuffling.random() == before[1].random()
    assert network.dropout.random() == before[2].random()


def test_the_epochs_are_told_under_its_name(digits, capsys):
    network = nnfs.NeuralNetwork((1, 8, 8), [], 10, dtype="float64")
    TorchTwin(network, loss="cross_entropy", optimizer=optimizers.SGD()).fit(
        *digits, epochs=2, batch_size=BATCH, verbose="auto"
    )
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" loss")[0] for line in lines] == ["PyTorch: epoch 1/2:", "PyTorch: epoch 2/2:"]


def test_the_keys_are_those_of_pytorch():
    network = build_network(TASKS["cnn-5"], SETTINGS, (1, 8, 8), 10, seed=0)
    twin = TorchTwin(network, loss="cross_entropy", optimizer=optimizers.SGD())
    assert list(twin.model.state_dict()) == list(network.state_dict())


def test_the_number_of_threads_is_given_back(digits):
    import torch

    before = torch.get_num_threads()
    network = nnfs.NeuralNetwork((1, 8, 8), [], 10, dtype="float64")
    TorchTwin(network, loss="cross_entropy", optimizer=optimizers.SGD()).fit(*digits, epochs=1, batch_size=BATCH)
    assert torch.get_num_threads() == before


class Foreign(nnfs.ReLU):
    """A layer of somebody's own: it may compute something else than the one that it extends."""


def test_layers_without_a_twin_are_all_named():
    network = nnfs.Sequential([Foreign(), nnfs.Residual([nnfs.ReLU(), Foreign()])], 3)
    with pytest.raises(UnsupportedError, match=r"here of layer 0, Foreign\(\), layer 1.body.1, Foreign\(\)$"):
        TorchTwin(network, loss="mean_squared_error", optimizer=optimizers.SGD())


def test_a_loss_without_a_twin_is_refused():
    class Mine(nnfs.losses.L1):
        name = "mine"

    network = nnfs.NeuralNetwork(2, [], 1)
    with pytest.raises(UnsupportedError, match="mine"):
        TorchTwin(network, loss=Mine(), optimizer=optimizers.SGD())


def test_an_optimizer_without_a_twin_is_refused():
    class Mine(optimizers.SGD):
        pass

    with pytest.raises(UnsupportedError, match="Mine"):
        TorchTwin(nnfs.NeuralNetwork(2, [], 1), loss="huber", optimizer=Mine())
