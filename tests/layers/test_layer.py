import copy
import inspect
import pickle

import numpy as np
import pytest

from nnfs import Conv2D, Dense, Dropout, Flatten, Layer, LeakyReLU, MaxPool2D, Padding2D, ReLU
from nnfs.layers import LAYERS
from nnfs.layers.context import Context


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (ReLU(), "ReLU()"),
        (Flatten(), "Flatten()"),
        (Dense(3), "Dense(3)"),
        (Dense(3, use_bias=False), "Dense(3, use_bias=False)"),
        (Conv2D(8, 3, padding="same"), "Conv2D(8, 3, padding='same')"),
        (MaxPool2D((2, 3), stride=1), "MaxPool2D((2, 3), stride=1)"),
        (LeakyReLU(0.2), "LeakyReLU(0.2)"),
        (Dropout(0.5), "Dropout(0.5)"),
        (Padding2D((1, 2, 3, 4)), "Padding2D((1, 2, 3, 4))"),
    ],
)
def test_a_layer_prints_as_the_code_that_makes_it(layer, text):
    assert repr(layer) == text
    again = eval(text, LAYERS.copy())
    assert again.config() == layer.config()


def test_what_a_subclass_leaves_out_is_named():
    class Half(Layer):
        pass

    with pytest.raises(NotImplementedError, match="Half has no forward"):
        Half().forward(np.zeros((1, 1)), Context())
    with pytest.raises(NotImplementedError, match="Half has no backward"):
        Half().backward(np.zeros((1, 1)), Context())


def test_parameters_come_in_the_order_of_their_creation_and_only_after_build():
    layer = Dense(2)
    assert layer.parameters == {}
    layer.build((3,), np.random.default_rng(0), np.dtype("float32"))
    assert list(layer.parameters) == ["weight", "bias"]
    assert all(parameter.value.dtype == np.float32 for parameter in layer.parameters.values())


def test_every_layer_can_be_saved_by_name():
    assert all(name == layer.__name__ and issubclass(layer, Layer) for name, layer in LAYERS.items())
    assert not any(inspect.signature(layer).parameters.keys() & {"args", "kwargs"} for layer in LAYERS.values())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Conv2D(1, 8, 3),
            r"Conv2D\(filters, kernel_size, \*, stride=1, .*: too many.*sizes of the input are left",
        ),
        (lambda: Dense(784, 128), r"Dense\(units, \*, use_bias=True, .*: too many.* the network knows them"),
        (lambda: Dense(10, activation="relu"), r"'activation'; .* layer of its own: \[Dense\(\.\.\.\), ReLU\(\)\]"),
        (lambda: Conv2D(8, 3, activation="relu"), r"'activation'; .*: \[Conv2D\(\.\.\.\), ReLU\(\)\]"),
        (
            lambda: Conv2D(8, 3, strides=2),
            r"stride=1, .*: got an unexpected keyword argument 'strides'; write stride=$",
        ),
        (lambda: Dense(), r"missing a required argument: 'units'"),
    ],
)
def test_habits_from_elsewhere_are_answered_in_one_line(make, words):
    with pytest.raises(TypeError, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_layer_of_ones_own_is_explained_too_and_keeps_its_signature():
    class Power(Layer):
        def __init__(self, exponent, *, scale=1):
            self.exponent, self.scale = exponent, scale

    class Square(Power):
        def __init__(self):
            super().__init__(2, scale=3)

    assert repr(Power(3, scale=2)) == "Power(3, scale=2)"
    assert (Square().exponent, Square().scale) == (2, 3)
    with pytest.raises(TypeError, match=r"^Power\(exponent, \*, scale=1\): too many positional arguments"):
        Power(1, 2)
    assert copy.deepcopy(Dense(3)).config() == pickle.loads(pickle.dumps(Dense(3))).config() == Dense(3).config()
