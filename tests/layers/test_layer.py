import copy
import inspect
import pickle

import numpy as np
import pytest

import nnfs
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


def test_a_layer_without_a_network_computes_where_it_needs_none():
    y = nnfs.ReLU()(np.array([[1, -2]]))
    np.testing.assert_array_equal(y, [[1.0, 0.0]])
    assert y.dtype == np.float64
    assert nnfs.Flatten()(np.ones((2, 3, 4), np.float32)).shape == (2, 12)
    image = np.arange(16.0).reshape(1, 1, 4, 4)
    np.testing.assert_array_equal(nnfs.MaxPool2D(2)(image), [[[[5, 7], [13, 15]]]])
    np.testing.assert_array_equal(nnfs.Residual([nnfs.MaxPool2D(1)])(image), 2 * image)
    assert nnfs.Dropout(0.5)(x := np.ones((2, 3), np.float32)) is not x


@pytest.mark.parametrize("layer", [nnfs.Dense(3), nnfs.LayerNorm(), nnfs.BatchNorm(), nnfs.Residual([nnfs.Dense(4)])])
def test_a_layer_whose_weights_no_network_has_made_says_what_to_write_and_stays_fresh(layer):
    x = np.ones((2, 4), np.float32)
    with pytest.raises(
        ValueError, match=r"has no weights yet: .* Try: net = nnfs.Sequential\(\[layer\], x.shape\[1:\]\)"
    ):
        layer(x)
    assert not layer.parameters
    assert layer.built_for is None


@pytest.mark.parametrize(
    ("layer", "x", "message"),
    [
        (nnfs.ReLU(), np.ones(3), r"x must be a batch \(N, ...\), got shape \(3,\). Try: layer\(x\[None\]\)"),
        (nnfs.ReLU(), 3.0, r"got shape \(\)"),
        (nnfs.MaxPool2D(2), np.ones((2, 3)), "MaxPool2D"),
    ],
)
def test_what_is_no_batch_for_a_layer_is_refused(layer, x, message):
    with pytest.raises(nnfs.ShapeError, match=message):
        layer(x)


def test_a_layer_of_a_network_takes_what_the_network_gives_it():
    net = nnfs.Sequential([nnfs.Dense(3), nnfs.ReLU(), nnfs.Dense(2)], 4)
    with pytest.raises(nnfs.ShapeError, match=r"\(N, 4\)"):
        net.layers[0](np.ones((2, 5), np.float32))
    with pytest.raises(nnfs.DTypeError, match="float32"):
        net.layers[0](np.ones((2, 4)))
    np.testing.assert_array_equal(net.layers[0]([[1, 2, 3, 4]]), net.layers[0](np.array([[1, 2, 3, 4]], np.float32)))


def test_an_author_s_layer_that_writes_into_its_input_leaves_the_caller_s_array_alone():
    class Careless(nnfs.Layer):
        def forward(self, x, ctx):
            x += 1
            return x

    x = np.zeros((1, 2))
    np.testing.assert_array_equal(Careless()(x), [[1, 1]])
    np.testing.assert_array_equal(x, [[0, 0]])


def test_a_layer_that_makes_its_parameters_itself_needs_no_network():
    class Scale(nnfs.Layer):
        def __init__(self):
            self.factor = nnfs.Parameter(np.float32([3]))

        def forward(self, x, ctx):
            return x * self.factor.value

    np.testing.assert_array_equal(Scale()([[1, 2]]), [[3, 6]])
    assert Scale()([[1, 2]]).dtype == np.float32
