"""Symptoms of a network: each is found where it is, and not where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    LayerNorm,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from nnfs.initializers import INITIALIZERS
from nnfs.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from nnfs.training.diagnosis.case import Case
from nnfs.training.diagnosis.network import (
    activation_before_loss,
    batch_of_one,
    equal_units,
    linear_after_linear,
    softmax_within,
    weight_scale,
)
from nnfs.training.history import History


def case(layers, input_shape=8, loss=None, y=None, **how):
    network = Sequential(layers, input_shape)
    x = np.zeros((4, *network.input_shape), np.float32)
    return Case(network, loss or CrossEntropy(), x, np.zeros(4, np.int64) if y is None else y, **how)


def normal(scale):
    return lambda shape, fan_in, fan_out, rng: rng.normal(0, scale, shape)


def test_two_dense_layers_without_a_non_linearity_are_found():
    found = linear_after_linear(case([Dense(16), Dropout(0.1), Dense(4)]))
    assert found is not None
    assert (found.where, found.got) == ("layer 0, Dense(16)", "Dense(4) behind it")
    assert found.write == "Dense(16), ReLU(), Dense(4)"
    assert linear_after_linear(case([Dense(16), ReLU(), Dropout(0.1), Dense(4)])) is None
    assert linear_after_linear(case([Dense(16), LayerNorm(), Dense(4)])) is None


def test_dense_layers_within_a_residual_block_are_seen_too():
    found = linear_after_linear(case([Residual([Dense(8), Dense(8)]), Dense(4)]))
    assert found is not None
    assert found.where == "layer 0.body.0, Dense(8)"


@pytest.mark.parametrize("activation", [ReLU, Sigmoid, Tanh])
def test_an_activation_before_cross_entropy_is_found(activation):
    found = activation_before_loss(case([Dense(4), activation()]))
    assert found is not None
    assert found.where == f"layer 1, {activation()!r}"
    assert found.write.endswith("() at its end, so that Dense(4) is the last layer")
    assert activation_before_loss(case([Dense(8), activation(), Dense(4)])) is None


def test_a_relu_before_binary_cross_entropy_is_found():
    assert activation_before_loss(case([Dense(1), ReLU()], loss=BinaryCrossEntropy(), y=np.zeros((4, 1)))) is not None


@pytest.mark.parametrize(
    ("activation", "fine", "wrong"),
    [(ReLU, [0, 3], [-1, 3]), (Sigmoid, [0, 1], [0, 2]), (Tanh, [-1, 1], [-2, 1])],
)
def test_an_activation_that_cannot_reach_the_targets_is_found(activation, fine, wrong):
    def at(targets):
        y = np.resize(targets, (4, 1)).astype(np.float32)
        return activation_before_loss(case([Dense(1), activation()], loss=MeanSquaredError(), y=y))

    assert at(fine) is None
    found = at(wrong)
    assert found is not None
    assert found.got == f"targets of {wrong[0]} to {wrong[1]}"


def test_a_softmax_within_the_network_is_found():
    found = softmax_within(case([Dense(8), Softmax(), Dense(4)]))
    assert found is not None
    assert found.where == "layer 1, Softmax()"
    assert softmax_within(case([Dense(8), ReLU(), Dense(4)])) is None
    y = np.zeros((4, 4), np.float32)
    assert softmax_within(case([Dense(4), Softmax()], loss=MeanSquaredError(), y=y)) is None


def test_units_that_begin_equal_are_found():
    for initializer in ("zeros", "ones"):
        found = equal_units(case([Dense(16, initializer=initializer), ReLU(), Dense(4)]))
        assert found is not None
        assert found.where == f"layer 0, Dense(16, initializer={initializer!r})"
        assert "he_uniform" in found.write
    assert equal_units(case([Dense(16), ReLU(), Dense(4)])) is None


def test_the_last_layer_and_that_of_a_branch_may_begin_with_zeros():
    branch = Residual([Conv2D(2, 3, padding=1), ReLU(), Conv2D(2, 3, padding=1, initializer="zeros"), BatchNorm()])
    assert equal_units(case([branch, GlobalAvgPool2D(), Dense(4, initializer="zeros")], (2, 8, 8))) is None
    assert equal_units(case([Dense(4, initializer="zeros")])) is None


def test_weights_of_a_wrong_scale_are_found():
    found = weight_scale(case([Dense(64, initializer=normal(1.0)), ReLU(), Dense(4)], 784))
    assert found is not None
    assert found.what.startswith("weights are much too large")
    assert found.write == "Dense(64), whose initializer is he_uniform"
    found = weight_scale(case([Dense(64, initializer=normal(1e-4)), Tanh(), Dense(4)], 784))
    assert found is not None
    assert found.what.startswith("weights are much too small")
    assert found.write == "Dense(64, initializer='glorot_uniform')"


@pytest.mark.parametrize("name", sorted({*INITIALIZERS} - {"zeros", "ones"}))
def test_every_initializer_has_a_scale_that_is_right(name):
    layers = [Conv2D(16, 3, initializer=name), ReLU(), Flatten(), Dense(64, initializer=name), ReLU(), Dense(4)]
    assert weight_scale(case(layers, (1, 8, 8))) is None


def test_before_a_normalization_any_scale_will_do():
    assert weight_scale(case([Dense(64, initializer=normal(1.0)), BatchNorm(), ReLU(), Dense(4)], 784)) is None


def test_batch_normalization_of_one_sample_is_found():
    layers = [Conv2D(4, 3), BatchNorm(), ReLU(), GlobalAvgPool2D(), Dense(4)]
    found = batch_of_one(case(layers, (1, 8, 8), batch_size=1))
    assert found is not None
    assert found.where == "layer 1, BatchNorm()"
    layers = [Conv2D(4, 3), BatchNorm(), ReLU(), GlobalAvgPool2D(), Dense(4)]
    assert batch_of_one(case(layers, (1, 8, 8), batch_size=2)) is None
    assert batch_of_one(case([Dense(4)], batch_size=1)) is None


def test_of_a_network_that_was_trained_no_first_weights_are_told():
    history = History()
    wrong = case([Dense(16, initializer=normal(10)), ReLU(), Dense(4)], history=history)
    assert weight_scale(wrong) is not None
    history.step_losses.append(1.0)
    assert weight_scale(wrong) is None
