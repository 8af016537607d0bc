import inspect

import numpy as np
import pytest

from nnfs import Conv2D, Dense, Dropout, Flatten, Layer, LeakyReLU, MaxPool2D, Padding2D, ReLU
from nnfs.context import Context
from nnfs.layers import LAYERS


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
