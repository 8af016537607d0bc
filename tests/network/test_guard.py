"""Layers from elsewhere that break their word must not reach a kernel."""

import copy

import numpy as np
import pytest

from nnfs import (
    Conv2D,
    Dense,
    DTypeError,
    Flatten,
    Layer,
    MaxPool2D,
    NumericError,
    Parameter,
    ReLU,
    Residual,
    Sequential,
    ShapeError,
    Trainer,
    UnsupportedError,
)
from nnfs.network.guard import GuardedLayer


class Broken(Layer):
    """Return what the test says from one of the two halves of a pass, the input of that half from the other."""

    def __init__(self, forward=None, backward=None, promise=lambda shape: shape):
        self.on_forward, self.on_backward, self.promise = forward, backward, promise

    def output_shape(self, input_shape):
        return self.promise(input_shape)

    def forward(self, x, ctx):
        return self.on_forward(x) if self.on_forward else x

    def backward(self, dy, ctx):
        return self.on_backward(dy) if self.on_backward else dy

    def __repr__(self):
        return "Broken()"


def network(layer, fuse=True):
    return Sequential(
        [Conv2D(2, 3), layer, Conv2D(3, 3), ReLU(), MaxPool2D(2), Flatten(), Dense(2)], (1, 8, 8), fuse=fuse
    )


X = np.zeros((4, 1, 8, 8), np.float32)

WRONG = [
    (lambda a: a[:, :, 1:].copy(), ShapeError, r"an array \(4, 2, 5, 6\); it must be \(4, 2, 6, 6\)"),
    (lambda a: a[:2], ShapeError, r"an array \(2, 2, 6, 6\); it must be \(4, 2, 6, 6\)"),
    (lambda a: a.reshape(4, 72), ShapeError, r"an array \(4, 72\)"),
    (lambda a: a.astype(np.float64), DTypeError, "an array of float64; it must be a plain NumPy array of float32"),
    (lambda a: np.ma.masked_array(a), DTypeError, "an array of class MaskedArray"),
    (lambda a: a[:, ::-1], ShapeError, "not C-contiguous"),
    (lambda a: None, DTypeError, r"NoneType; it must return an array \(4, 2, 6, 6\)"),
    (lambda a: a.tolist(), DTypeError, "list; it must return an array"),
]


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize(("wrong", "error", "message"), WRONG)
def test_a_wrong_output_is_an_error_that_names_the_layer(wrong, error, message, fuse, backend):
    net = network(Broken(forward=wrong), fuse)
    with pytest.raises(error, match=r"layer 1, Broken\(\): forward returned .*" + message):
        net.predict(X)
    with pytest.raises(error, match=r"layer 1, Broken\(\): forward returned .*" + message):
        list(net.trace(X))


@pytest.mark.parametrize(("wrong", "error", "message"), WRONG)
def test_a_wrong_gradient_is_an_error_that_names_the_layer(wrong, error, message, backend):
    net = network(Broken(backward=wrong))
    before = net.vector.value.copy()
    with pytest.raises(error, match=r"layer 1, Broken\(\): backward returned .*" + message):
        net.fit(X, np.zeros(4, int), loss="cross_entropy", verbose=0)
    np.testing.assert_array_equal(net.vector.value, before)


def test_a_gradient_that_nobody_wants_is_dropped(backend):
    net = Sequential([Broken(backward=lambda dy: "nothing"), Dense(2)], 3)
    workspace = net.workspace()
    net.forward(np.zeros((5, 3), np.float32), workspace)
    assert net.backward(np.zeros((5, 2), np.float32), workspace) is None


@pytest.mark.parametrize(
    ("promise", "error", "message"),
    [
        (lambda shape: None, DTypeError, "layer 1, .*got None of type NoneType"),
        (lambda shape: (0,), ShapeError, "layer 1, .*an axis of its output must be an integer from 1"),
        (lambda shape: (2.0,), DTypeError, "layer 1, .*got 2.0 of type float"),
    ],
)
def test_a_promise_that_is_no_shape_is_an_error(promise, error, message):
    with pytest.raises(error, match=message):
        Sequential([Dense(3), Broken(promise=promise)], 2)


def test_the_layers_of_this_package_need_no_guard():
    class Louder(ReLU):
        """A subclass may do anything."""

    net = Sequential([Dense(3), ReLU(), Louder(), Dense(1)], 2)
    assert [type(node).__name__ for node in net.nodes] == ["DenseReLU", "GuardedLayer", "Dense"]


def test_a_guarded_layer_trains_and_is_copied(backend):
    net = Sequential([Dense(4, initializer="glorot_uniform"), Broken(), Dense(1)], 3, seed=1)
    plain = Sequential([Dense(4, initializer="glorot_uniform"), Dense(1)], 3, seed=1)
    x = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    y = x.sum(axis=1, keepdims=True)
    twin = copy.deepcopy(net)
    assert isinstance(twin.nodes[1], GuardedLayer)
    for one in (net, twin, plain):
        one.fit(x, y, loss="mean_squared_error", epochs=2, verbose=0)
    np.testing.assert_array_equal(net.vector.value, twin.vector.value)
    np.testing.assert_array_equal(net.vector.value, plain.vector.value)


def test_an_output_that_is_not_finite_is_blamed_on_its_layer(backend):
    net = network(Broken(forward=lambda a: np.full_like(a, np.nan)))
    with pytest.raises(NumericError, match=r"layer 1, Broken\(\)"):
        net.fit(X, np.zeros(4, int), loss="cross_entropy", verbose=0)


@pytest.mark.parametrize(
    "hold",
    [
        lambda parameter: [parameter],
        lambda parameter: {"a": parameter},
        lambda parameter: Dense(3),
        lambda parameter: (ReLU(), Dense(3)),
    ],
)
def test_parameters_that_training_would_not_find_are_refused(hold):
    class Holder(Broken):
        def build(self, input_shape, rng, dtype):
            self.held = hold(Parameter(np.ones(input_shape, dtype)))
            for part in self.held if isinstance(self.held, tuple) else [self.held]:
                if isinstance(part, Layer):
                    part.build(input_shape, rng, dtype)

    with pytest.raises(UnsupportedError, match=r"^layer 1, Broken\(\): its attribute 'held' holds parameters"):
        Sequential([ReLU(), Holder()], 3)


def test_parameters_that_training_finds_may_be_held_twice():
    class Twice(Broken):
        def build(self, input_shape, rng, dtype):
            self.first = Parameter(np.ones(input_shape, dtype))
            self.all = [self.first]

    assert list(Sequential([Twice()], 3).parameters) == ["0.first"]


class Twice(Layer):
    """Double."""

    def forward(self, x, ctx):
        return 2 * x

    def backward(self, dy, ctx):
        return 2 * dy


class InPlace(Layer):
    """Double, in the memory of the input."""

    def forward(self, x, ctx):
        x *= 2
        return x

    def backward(self, dy, ctx):
        dy *= 2
        return dy


@pytest.mark.parametrize(
    "make",
    [
        lambda layer: layer,
        lambda layer: Residual([layer]),
        lambda layer: Residual([Dense(3)], [layer]),
        lambda layer: Residual([Dense(3), layer]),
    ],
)
def test_a_layer_that_writes_into_its_input_changes_nobody_elses_array(make, backend):
    x, y = np.random.default_rng(0).normal(size=(4, 3)), np.array([0, 1, 2, 0])
    before = x.copy()
    networks = [Sequential([make(kind()), Dense(3)], 3, dtype="float64") for kind in (Twice, InPlace)]
    for net in networks:
        net.predict(x)
        Trainer(net, loss="cross_entropy").step(x, y)
        np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(networks[0].vector.grad, networks[1].vector.grad)
