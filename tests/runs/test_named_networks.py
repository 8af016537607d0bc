"""Networks by name, and lists of layers."""

from __future__ import annotations

import json

import numpy as np
import pytest

import nnfs
from nnfs.runs.named_networks import describe_network, make_layers, make_network


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (
            {"name": "mlp", "hidden_units": [8, 4], "dropout": 0.5, "activation": "tanh"},
            nnfs.NeuralNetwork((1, 8, 8), [8, 4], 3, dropout=0.5, activation="tanh", seed=5),
        ),
        (
            {"name": "cnn", "filters": 4, "kernel_size": [3, 5], "padding": 2, "hidden_units": []},
            nnfs.CNN((1, 8, 8), 4, (3, 5), padding=2, output_shape=3, seed=5),
        ),
    ],
)
def test_a_network_by_name_is_the_same_as_in_python(part, wanted):
    layers = json.loads(json.dumps(describe_network(part, (1, 8, 8), 3)))
    network = make_network(layers, (1, 8, 8), seed=5, dtype="float32")
    assert list(network.parameters) == list(wanted.parameters)
    for name, values in wanted.state_dict().items():
        np.testing.assert_array_equal(network.state_dict()[name], values)


@pytest.mark.parametrize("size", [28, 32])
def test_lenet5_has_its_parameters(size):
    layers = describe_network({"name": "lenet5"}, (1, size, size), 10)
    network = make_network(layers, (1, size, size), seed=0, dtype="float32")
    assert network.vector.value.size == 156 + 2416 + 48120 + 10164 + 850


def test_layers_within_layers():
    inner = [{"name": "Dense", "units": 3}, {"name": "ReLU"}]
    parts = [
        {"name": "Residual", "body": [{"name": "Residual", "body": inner}], "shortcut": []},
        {"name": "Concat", "branches": [[], inner, [{"name": "Dense", "units": 2, "use_bias": False}]]},
    ]
    network = make_network(parts, (3,), seed=4, dtype="float64")
    body = [nnfs.Residual([nnfs.Dense(3), nnfs.ReLU()])]
    branches = [[], [nnfs.Dense(3), nnfs.ReLU()], [nnfs.Dense(2, use_bias=False)]]
    wanted = nnfs.Sequential([nnfs.Residual(body, []), nnfs.Concat(branches)], (3,), seed=4, dtype="float64")
    assert list(map(repr, network.layers)) == list(map(repr, wanted.layers))
    assert network.digest() == wanted.digest()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"body": [{"name": "ReLu"}]}, r"layers\[0\]\.body\[0\]: there is no 'ReLu'; write ReLU"),
        ({"body": [{"units": 3}]}, r"layers\[0\]\.body\[0\]: got {'units': 3}, wanted a name and arguments"),
        ({"body": [{"name": "ReLU"}, "ReLU"]}, r"layers\[0\]: Residual: body\[1\] must be a layer, got 'ReLU'"),
        ({"body": {"name": "ReLU"}}, r"layers\[0\]: Residual: body must be a list of layers, got ReLU"),
        ({"body": []}, r"layers\[0\]: Residual: body must have at least one layer"),
        ({}, r"layers\[0\]: Residual\(body.*missing a required argument: 'body'"),
        ({"branches": []}, r"layers\[0\]: Residual has no argument 'branches'; it takes body, shortcut"),
    ],
)
def test_wrong_entries_within_a_layer_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make_layers([{"name": "Residual"} | arguments])


def test_wrong_entries_are_named():
    with pytest.raises(ValueError, match=r"^layers\[1\]: there is no 'Conv3D'; the names are .*Conv2D"):
        make_layers([{"name": "ReLU"}, {"name": "Conv3D"}])
    with pytest.raises(ValueError, match=r"^layers\[0\]: Dense has no argument 'unit'; it takes units, use_bias"):
        make_layers([{"name": "Dense", "unit": 3}])
    with pytest.raises(ValueError, match=r"^layers\[0\]: Dense: units must be an integer"):
        make_layers([{"name": "Dense", "units": "3"}])
    with pytest.raises(ValueError, match=r"^layers\[0\]: Dense\(units, \*.*missing a required argument: 'units'"):
        make_layers([{"name": "Dense"}])
    with pytest.raises(ValueError, match=r"^network: cnn has no argument 'filter'"):
        describe_network({"name": "cnn", "filter": 3}, (1, 8, 8), 10)
