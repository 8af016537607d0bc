"""A network and its copy in PyTorch agree within a tolerance that rounding keeps, and that a wrong number breaks."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import nnfs
from nnfs.io.torch.agreement import Difference, differences
from nnfs.io.torch.twin import TorchTwin

NETWORKS = {
    "dense": (lambda: [nnfs.Dense(20), nnfs.Tanh(), nnfs.Dense(3)], (12,)),
    "convolutions": (
        lambda: [
            *[nnfs.Conv2D(4, 3, padding=1), nnfs.BatchNorm(), nnfs.ReLU(), nnfs.MaxPool2D(2)],
            *[nnfs.Flatten(), nnfs.Dropout(0.5), nnfs.Dense(3)],
        ],
        (2, 8, 8),
    ),
    "branches": (
        lambda: [nnfs.Residual([nnfs.Dense(12), nnfs.LayerNorm()]), nnfs.Concat([[nnfs.Dense(2)], []]), nnfs.Dense(3)],
        (12,),
    ),
    "no weights at the start": (lambda: [nnfs.Flatten(), nnfs.ReLU(), nnfs.Dense(3, use_bias=False)], (2, 3, 2)),
}
LOSSES = {"cross_entropy": 3, "mean_squared_error": (3,), "binary_cross_entropy": (3,), "l1": (3,), "huber": (3,)}


def case(name, dtype, loss="cross_entropy", rows=32):
    """Return a network and a batch."""
    layers, shape = NETWORKS[name]
    rng = np.random.default_rng(0)
    net = nnfs.Sequential(layers(), shape, seed=1, dtype=dtype)
    x = rng.normal(size=(rows, *shape)).astype(dtype)
    y = rng.integers(0, 3, rows) if loss == "cross_entropy" else rng.uniform(0, 1, (rows, 3)).astype(dtype)
    return net, x, y


def compared(net, x, y, loss="cross_entropy", change=lambda model: None):
    """Return the differences of copies of a network, of which PyTorch's was changed."""
    net = copy.deepcopy(net)
    twin = TorchTwin(net, loss=loss, optimizer=nnfs.optimizers.SGD())
    change(twin.model)
    return differences(net, twin, x, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_equal_networks_agree_in_outputs_loss_gradients_and_buffers(backend, torch, name, dtype):
    net, x, y = case(name, dtype)
    found = compared(net, x, y)
    assert [each for each in found if not each.agrees] == []
    names = [f"{each.layer.split(',')[0]}.{each.what.removeprefix('gradient of ')}" for each in found]
    assert {f"{index}.outputs" for index in range(len(net.layers))} <= set(names)
    assert {*net.parameters, *net.buffers, ".loss"} <= set(names)
    largest = 1e-2 if dtype == "float32" else 1e-10
    assert all(each.tolerance < largest for each in found)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("epochs", [0, 1000])
def test_every_loss_agrees_before_training_and_where_little_is_left_of_it(backend, torch, loss, epochs):
    net, x, y = case("dense", "float32", loss)
    if epochs:
        net.fit(x, y, loss=loss, epochs=epochs, optimizer=nnfs.optimizers.Adam(0.01), verbose=0)
    assert [each for each in compared(net, x, y, loss) if not each.agrees] == []


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_a_loss_far_below_the_rounding_of_1_agrees(backend, torch, loss):
    net = nnfs.Sequential([nnfs.Dense(3, use_bias=False)], 3)
    net.layers[0].weight.value[...] = np.eye(3) if loss == "cross_entropy" else 2 * np.eye(3) - 1
    rows = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    x = rows * np.linspace(12, 18, 12, dtype=np.float32)[:, None]
    (found,) = [
        each
        for each in compared(net, x, rows.argmax(1) if loss == "cross_entropy" else rows, loss)
        if each.what == "loss"
    ]
    assert found.size < 1e-5
    assert found.agrees


def test_the_tolerance_follows_from_the_type_and_the_length_of_the_sums(torch):
    net, x, y = case("dense", "float32")
    found = {f"{each.layer[:1]}{each.what}": each for each in compared(net, x, y)}
    first, last = found["0outputs"], found["2outputs"]
    assert first.roundings == 12**0.5  # the sums of a layer of 12 inputs
    assert last.roundings == 12**0.5 + 1 + 20**0.5
    assert first.size == pytest.approx(abs(net.layers[0](x)).max())
    assert first.tolerance == pytest.approx(16 * 2.0**-23 * first.roundings * first.size)
    assert found["0gradient of weight"].roundings > found["2gradient of weight"].roundings > last.roundings


def test_the_weights_of_the_network_stay_as_they_are(torch):
    net, x, y = case("dense", "float32")
    before = net.digest()
    differences(net, TorchTwin(net, loss="cross_entropy", optimizer=nnfs.optimizers.SGD()), x, y)
    assert net.digest() == before


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "weight", "layer"), [("dense", "2.weight", "2"), ("convolutions", "0.weight", "0")])
def test_one_weight_that_is_one_percent_off_is_found_in_its_layer(backend, torch, name, weight, layer, dtype):
    def change(model):
        model.get_parameter(weight).data.view(-1)[1] *= 1.01

    net, x, y = case(name, dtype)
    first = next(each for each in compared(net, x, y, change=change) if not each.agrees)
    assert first.layer.startswith(f"{layer}, ")
    assert first.what == "outputs"


def test_a_wrong_gradient_alone_is_found_in_its_layer(backend, torch):
    def change(model):
        model[2].bias.register_hook(lambda gradient: gradient * 1.01)

    net, x, y = case("dense", "float32")
    wrong = [each for each in compared(net, x, y, change=change) if not each.agrees]
    assert [(each.layer, each.what) for each in wrong] == [("2, Dense(3)", "gradient of bias")]


def test_numbers_that_are_not_finite_in_one_alone_disagree(torch):
    def change(model):
        model[0].bias.data[0] = float("nan")

    net, x, y = case("dense", "float32")
    assert not compared(net, x, y, change=change)[0].agrees
    assert not Difference("", "loss", float("nan"), 1.0, float("inf"), 1.0).agrees


def test_a_gradient_that_cancels_is_measured_by_what_it_is_the_sum_of(backend, torch):
    """Batch normalization takes every bias before it away, so that the gradient of the bias is rounding alone."""
    net = nnfs.Sequential([nnfs.Dense(8), nnfs.BatchNorm(), nnfs.Dense(3)], 12, seed=1)
    _, x, y = case("dense", "float32")
    found = {f"{each.layer[0]}{each.what}": each for each in compared(net, x, y) if each.layer}
    assert found["0gradient of bias"].agrees
    assert found["0gradient of bias"].tolerance < found["0gradient of weight"].tolerance * 100
