import inspect

import numpy as np
import pytest

from nnfs import CNN, DTypeError, NeuralNetwork, Sequential, ShapeError
from nnfs.runs import named_networks


def kinds(net):
    return [type(layer).__name__ for layer in net.layers]


def test_a_fully_connected_network():
    net = NeuralNetwork(2, [16, 8], 1)
    assert isinstance(net, Sequential)
    assert kinds(net) == ["Dense", "ReLU", "Dense", "ReLU", "Dense"]
    assert net.shapes == [(2,), (16,), (16,), (8,), (8,), (1,)]
    assert kinds(NeuralNetwork(2, [], 3)) == kinds(NeuralNetwork(2, (), (3,))) == ["Dense"]
    assert kinds(NeuralNetwork(2, 5, 3)) == ["Dense", "ReLU", "Dense"]


def test_images_are_flattened_and_hidden_units_dropped():
    net = NeuralNetwork((1, 4, 4), [8], 3, activation="tanh", dropout=0.25, initializer="glorot_normal")
    assert kinds(net) == ["Flatten", "Dense", "Tanh", "Dropout", "Dense"]
    assert net.layers[1].initializer == "glorot_normal"
    assert net.layers[3].rate == 0.25


def test_a_convolutional_network_ends_in_the_fully_connected_one():
    net = CNN(
        (1, 28, 28),
        [8, 16],
        3,
        padding=1,
        pool_size=2,
        hidden_units=[32],
        output_shape=10,
        dropout=0.5,
        dtype="float64",
    )
    block = ["Conv2D", "ReLU", "MaxPool2D"]
    assert kinds(net) == [*block, *block, "Flatten", "Dense", "ReLU", "Dropout", "Dense"]
    assert net.shapes[6:8] == [(16, 7, 7), (784,)]
    assert net.dtype == np.float64
    assert kinds(CNN((1, 8, 8), 4, 3, pool_size=None)) == ["Conv2D", "ReLU", "Flatten", "Dense"]
    assert CNN((1, 8, 8), 4, 3, padding=0).shapes[1] == (4, 6, 6)
    assert CNN((1, 8, 8), 4, 3, padding="same").shapes[1] == (4, 8, 8)


def test_python_and_the_command_line_share_their_defaults():
    ours, theirs = (inspect.signature(function).parameters for function in (CNN, named_networks.cnn))
    shared = ("padding", "pool_size", "activation", "dropout", "initializer")
    assert {name: ours[name].default for name in shared} == {name: theirs[name].default for name in shared}


def test_they_learn_nothing_from_the_caller_s_list():
    units = [4, 4]
    net = NeuralNetwork(2, units, 1)
    units.clear()
    assert len(net.layers) == 5


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: NeuralNetwork(0, [4], 1), ShapeError, "input_shape must be"),
        (lambda: NeuralNetwork(2, [4, 0], 1), ShapeError, "hidden_units must be an integer from 1"),
        (lambda: NeuralNetwork(2, ["4"], 1), DTypeError, "hidden_units"),
        (lambda: NeuralNetwork(2, None, 1), DTypeError, "hidden_units"),
        (lambda: NeuralNetwork(2, [4], 0), ShapeError, "output_shape"),
        (lambda: NeuralNetwork(2, [4], (1, 2)), ShapeError, "output_shape must be one number, got"),
        (
            lambda: NeuralNetwork(2, [4], 1, activation="swish"),
            ValueError,
            "unknown activation 'swish'; write activation='silu'",
        ),
        (lambda: NeuralNetwork(2, [4], 1, activation=["relu"]), ValueError, "unknown activation"),
        (
            lambda: NeuralNetwork(2, [4], 1, dropout=1),
            ValueError,
            "dropout must be a finite number >= 0 and < 1, got 1",
        ),
        (lambda: NeuralNetwork(2, [4], 1, seed=-1), ValueError, "seed must be from 0"),
        (lambda: NeuralNetwork(2, [4], 1, dtype="float16"), DTypeError, "dtype must be"),
        (lambda: CNN((28, 28), 4, 3), ShapeError, r"layer 0, .*: Conv2D needs images"),
        (lambda: CNN(784, 4, 3), ShapeError, r"layer 0, .*: Conv2D needs images"),
        (
            lambda: CNN((1, 8, 8), [4, 4, 4], 3, padding=0),
            ShapeError,
            r"layer 5, MaxPool2D.* reaches over 2 rows, but the image has 1",
        ),
        (lambda: CNN((1, 8, 8), [4, -4], 3), ShapeError, "filters must be"),
    ],
)
def test_what_does_not_fit_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("make", [lambda **o: NeuralNetwork(4, [3], 2, **o), lambda **o: CNN((1, 8, 8), 2, 3, **o)])
def test_fusion_can_be_switched_off(make):
    assert len(make().nodes) < len(make().layers)
    assert len(make(fuse=False).nodes) == len(make().layers)
