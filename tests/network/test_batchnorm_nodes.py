"""Nodes with batch normalization: which layers become one, and that every node does what its layers do."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from fused_nodes import batch, check_gradients_of_node, one_pass

import nnfs
from nnfs import (
    BatchNorm,
    Conv1D,
    Conv2D,
    Dense,
    Flatten,
    LeakyReLU,
    MaxPool1D,
    MaxPool2D,
    ReLU,
    Sequential,
    ShapeError,
    Trainer,
)

# For each rule, layers that it fits, and the shape of a sample.
OF_CONVOLUTIONS = [
    ([Conv2D(5, 3, padding=1), BatchNorm(), ReLU(), MaxPool2D(2)], (2, 9, 12)),
    ([Conv2D(6, (2, 3), groups=2), BatchNorm(), LeakyReLU(0.25), MaxPool2D(3, stride=2, padding=1)], (4, 11, 10)),
    ([Conv2D(5, 3, stride=2, use_bias=False), BatchNorm(epsilon=0.1), ReLU()], (2, 7, 6)),
    ([Conv2D(4, 3, groups=4), BatchNorm(momentum=0.5), LeakyReLU(0.5)], (4, 5, 8)),
    ([Conv2D(3, 2, dilation=2, use_bias=False), BatchNorm()], (1, 7, 7)),
    ([Conv2D(16, 3, padding=1), BatchNorm(), ReLU()], (16, 12, 12)),
    ([Conv1D(5, 3, padding=1), BatchNorm(), ReLU(), MaxPool1D(2)], (2, 21)),
    ([Conv1D(6, 3, groups=2, use_bias=False), BatchNorm(), LeakyReLU(0.25)], (4, 11)),
    ([Conv1D(3, 2, dilation=2), BatchNorm()], (1, 7)),
]
ALONE = [
    ([BatchNorm(), ReLU(), MaxPool2D(2)], (3, 9, 12)),
    ([BatchNorm(), LeakyReLU(0.3), MaxPool2D(3, stride=2, padding=1)], (2, 7, 6)),
    ([BatchNorm(), ReLU()], (3, 5, 4)),
    ([BatchNorm(), ReLU(), MaxPool1D(2)], (3, 9)),
    ([BatchNorm(), ReLU()], (3, 8)),
    ([BatchNorm()], (3, 8)),
    ([BatchNorm(), ReLU()], (70,)),
    ([BatchNorm(), LeakyReLU(0.3)], (5,)),
    ([BatchNorm(momentum=0.2)], (6,)),
    ([BatchNorm()], (3, 4, 4)),
]
RULES = OF_CONVOLUTIONS + ALONE


def network(layers, input_shape, **options):
    """Return a network with random statistics, scales and shifts, some scales negative."""
    net = Sequential(copy.deepcopy(layers), input_shape, seed=3, **options)
    rng = np.random.default_rng(5)
    norm = next(layer for layer in net.layers if isinstance(layer, BatchNorm))
    for array, lowest in (
        (norm.weight.value, -1),
        (norm.bias.value, -1),
        (norm.running_mean, -1),
        (norm.running_var, 0.5),
    ):
        array[...] = rng.uniform(lowest, 1.5, array.shape)
    return net


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("layers", "input_shape"), RULES, ids=str)
def test_every_rule_does_what_its_layers_do(backend, layers, input_shape, training, dtype):
    for rows in (0, 2, 9):
        fused, plain = (network(layers, input_shape, dtype=dtype, fuse=fuse) for fuse in (True, False))
        signals = "Signal" * any(isinstance(layer, Conv1D | MaxPool1D) for layer in layers)
        convolution = "Convolution" * isinstance(layers[0], Conv2D)
        assert [type(node).__name__ for node in fused.nodes] == [f"{signals}{convolution}BatchNormReLU"]
        x, dy = batch(fused, rows)
        results, wanted = (one_pass(net, x, dy, training=training) for net in (fused, plain))
        for got, want in zip(results, wanted, strict=True):
            scale = max(abs(want).max(initial=0), 1)
            np.testing.assert_allclose(got, want, rtol=0, atol=200 * np.finfo(dtype).eps * scale)
        if training and nnfs._kernels.backend == "cython":
            assert np.array_equal(results[0], wanted[0])


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("layers", "input_shape"), RULES[1::2], ids=str)
def test_gradients_of_a_rule(backend, layers, input_shape, training):
    check_gradients_of_node(network(layers, input_shape, dtype="float64"), training=training)


@pytest.mark.parametrize(("layers", "input_shape"), OF_CONVOLUTIONS, ids=str)
def test_a_folded_convolution_is_within_the_rounding_of_its_sums(backend, layers, input_shape):
    """Each output is a sum of K products and a few numbers: its error is at most K + 8 roundings of their sizes."""
    exact = network(layers, input_shape, dtype="float64", fuse=False)
    sizes = network([*layers[:2], *layers[3:]], input_shape, dtype="float64", fuse=False)
    convolution, norm = sizes.layers[:2]
    net = network(layers, input_shape)
    for twin in (exact, sizes):
        twin.load_state_dict(net.state_dict())
    sizes.load_state_dict({name: abs(array) for name, array in sizes.state_dict().items()})
    norm.running_mean *= -1  # what is subtracted adds to the size
    x = batch(net, 5)[0]
    terms = convolution.weight.value[0].size + 8
    bound = 2 * terms * np.finfo("float32").eps * sizes.predict(abs(x).astype(float)) * 4  # Winograd's sums are larger
    assert (abs(net.predict(x) - exact.predict(x.astype(float))) <= bound).all()


def test_a_prediction_sees_every_change_of_parameters_and_statistics_at_once(backend):
    net = network(*OF_CONVOLUTIONS[0])
    x = batch(net, 2)[0]
    arrays = [parameter.value for parameter in net.parameters.values()] + list(net.buffers.values())[:2]
    seen = net.predict(x)
    for array in arrays:
        array.flat[0] += 0.75
        changed = net.predict(x)
        assert not np.array_equal(changed, seen)
        plain = network(*OF_CONVOLUTIONS[0], fuse=False)
        plain.load_state_dict(net.state_dict())
        np.testing.assert_allclose(changed, plain.predict(x), rtol=0, atol=1e-5)
        seen = changed


def test_a_prediction_changes_no_parameter(backend):
    net = network(*OF_CONVOLUTIONS[0])
    before = net.digest()
    net.predict(batch(net, 3)[0])
    assert net.digest() == before


@pytest.mark.parametrize(
    ("layers", "input_shape"), [([BatchNorm(), ReLU()], (3,)), ([Conv2D(3, 3), BatchNorm()], (1, 3, 3))]
)
def test_one_number_to_a_channel_is_refused_as_by_the_layer(backend, layers, input_shape):
    net = network(layers, input_shape)
    before = net.digest()
    x = np.ones((1, *input_shape), "float32")
    with pytest.raises(ShapeError, match=r"BatchNorm\(\) in training needs more than one number in each of its 3 ch"):
        net.forward(x, net.workspace(), training=True)
    assert net.digest() == before
    assert net.predict(x).shape == (1, *net.output_shape)


def test_two_ways_back_add_two_gradients(backend):
    for training in (True, False):
        net = network(*OF_CONVOLUTIONS[0], dtype="float64")
        workspace = net.workspace()
        x, dy = batch(net, 4)
        net.clear_gradients()
        y = net.forward(x, workspace, training=training)
        before = y.copy()
        net.backward(dy, workspace)
        once = net.vector.grad.copy()
        net.backward(dy, workspace)
        np.testing.assert_allclose(net.vector.grad, 2 * once, rtol=1e-12)
        assert np.array_equal(y, before)


def convolutional(**options):
    layers = [Conv2D(4, 3, padding=1), BatchNorm(), ReLU(), MaxPool2D(2), Conv2D(6, 3), BatchNorm(), ReLU(), Flatten()]
    return Sequential([*layers, Dense(20), BatchNorm(), ReLU(), Dense(10)], (1, 14, 14), seed=2, **options)


def train(net, steps):
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(37, 1, 14, 14)).astype(net.dtype), np.arange(37) % 10
    trainer = Trainer(net, loss="cross_entropy", optimizer=nnfs.optimizers.SGD(0.05, momentum=0.9))
    return [trainer.step(x, labels) for _ in range(steps)]


def test_twenty_steps_of_training(backend):
    fused, plain = convolutional(dtype="float64"), convolutional(dtype="float64", fuse=False)
    assert len(fused.nodes) == 6
    np.testing.assert_allclose(train(fused, 20), train(plain, 20), rtol=1e-9)
    for name, array in fused.state_dict().items():
        np.testing.assert_allclose(array, plain.state_dict()[name], rtol=0, atol=1e-9, err_msg=name)


def test_a_fused_pass_keeps_less():
    sizes = []
    for fuse in (True, False):
        net = convolutional(fuse=fuse)
        workspace = net.workspace()
        x, dy = batch(net, 8)
        net.forward(x, workspace, training=True)
        net.backward(dy, workspace)
        sizes.append(workspace.nbytes)
    assert sizes[0] < 0.6 * sizes[1]


def test_same_bits_of_training_for_any_number_of_threads():
    if nnfs._kernels.backend != "cython":
        pytest.skip("the compiled kernels only")
    before, digests = nnfs.get_num_threads(), set()
    try:
        for count in (1, 2, 3, 4, 7):
            nnfs.set_num_threads(count)
            net = convolutional()
            train(net, 5)
            digests.add(net.digest())
    finally:
        nnfs.set_num_threads(before)
    assert len(digests) == 1
