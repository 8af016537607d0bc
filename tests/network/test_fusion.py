"""Fusion: which layers become one node, and that every node does what its layers do."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from fused_nodes import batch, check_gradients_of_node, one_pass

import nnfs
from nnfs import (
    BackendError,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPool1D,
    MaxPool2D,
    ReLU,
    Residual,
    Sequential,
    Tanh,
    Trainer,
)
from nnfs.network import fusion

# For each rule, layers that it fits and the shape of a sample.
RULES = [
    ([Conv2D(5, 3, padding=1), ReLU(), MaxPool2D(2)], (2, 9, 12)),
    ([Conv2D(6, (2, 3), stride=(2, 1), groups=2), ReLU(), MaxPool2D(3, stride=2, padding=1)], (4, 11, 10)),
    ([Conv2D(3, 2, dilation=2, use_bias=False), ReLU(), MaxPool2D((1, 2), padding="same")], (1, 7, 7)),
    ([Conv2D(5, 3, padding="same"), ReLU()], (2, 7, 6)),
    ([Conv2D(4, 1, stride=2, use_bias=False), ReLU()], (3, 5, 8)),
    ([Conv2D(5, 2, stride=4), ReLU(), MaxPool2D(1)], (2, 5, 5)),  # a stride that is never taken
    ([Conv2D(5, 3, stride=(9, 1)), ReLU(), MaxPool2D((1, 2))], (2, 8, 12)),
    ([Conv2D(5, 3, padding=1), LeakyReLU(0.5), MaxPool2D(2)], (2, 9, 12)),
    ([Conv2D(6, (2, 3), stride=(2, 1), groups=2), LeakyReLU(0.25), MaxPool2D(3, stride=2, padding=1)], (4, 11, 10)),
    ([Conv2D(5, 3, padding="same"), LeakyReLU(1)], (2, 7, 6)),
    ([Conv2D(4, 3, groups=4), LeakyReLU(0)], (4, 5, 8)),
    ([Conv1D(5, 3, padding=1), ReLU(), MaxPool1D(2)], (2, 21)),
    ([Conv1D(6, 3, stride=2, groups=2), LeakyReLU(0.25), MaxPool1D(3, padding=1)], (4, 23)),
    ([Conv1D(3, 2, dilation=2, use_bias=False), ReLU()], (1, 9)),
    ([Conv1D(4, 5, padding=(4, 0)), LeakyReLU(0.5)], (2, 8)),
    ([Dense(7), ReLU()], (4, 11)),
    ([Dense(7), LeakyReLU(0.3)], (11,)),
    ([Dense(7), ReLU()], (11,)),
    ([Dense(7, use_bias=False), ReLU()], (32,)),
    ([Residual([Conv2D(2, 3, padding=1)]), ReLU()], (2, 5, 6)),
    ([Residual([Conv2D(3, 3, stride=2, padding=1)], [Conv2D(3, 1, stride=2)]), LeakyReLU(0.5)], (2, 9, 7)),
    ([Residual([Dense(7)], [Dense(7)]), LeakyReLU(0.3)], (5,)),
]


def network(layers, input_shape, **options):
    return Sequential(copy.deepcopy(layers), input_shape, seed=3, **options)


def names(nodes):
    return [type(node).__name__ for node in nodes]


def convolutional(**options):
    layers = [Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2), Conv2D(6, 3), ReLU(), Conv2D(5, 3, stride=2, padding=2)]
    layers += [ReLU(), MaxPool2D(3, stride=2, padding=1), Flatten(), Dense(20), ReLU(), Dropout(0.2), Dense(10)]
    return network(layers, (1, 14, 14), **options)


def assert_same_pass(got, want):
    """Compare results of `one_pass`: bits of what goes through, and parameters' gradients within rounding."""
    assert np.array_equal(got[0], want[0], equal_nan=True)
    assert np.array_equal(got[1], want[1], equal_nan=True)
    np.testing.assert_allclose(got[2], want[2], rtol=0, atol=2000 * np.finfo(got[2].dtype).eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [0, 1, 9])
@pytest.mark.parametrize(("layers", "input_shape"), RULES, ids=str)
def test_every_rule_changes_nothing(backend, layers, input_shape, rows, dtype):
    """Bit for bit in what goes through; the gradients of parameters may be sums in another order."""
    fused, plain = (network(layers, input_shape, dtype=dtype, fuse=fuse) for fuse in (True, False))
    assert len(fused.nodes) == 1
    assert plain.nodes == plain.layers
    x, dy = batch(fused, rows)
    assert_same_pass(one_pass(fused, x, dy), one_pass(plain, x, dy))


@pytest.mark.parametrize(("layers", "input_shape"), RULES, ids=str)
def test_gradients_of_every_rule(backend, layers, input_shape):
    check_gradients_of_node(network(layers, input_shape, dtype="float64"))


@pytest.mark.parametrize(("layers", "input_shape"), RULES, ids=str)
def test_nan_passes_as_through_the_layers(backend, layers, input_shape):
    fused, plain = (network(layers, input_shape, fuse=fuse) for fuse in (True, False))
    x, dy = batch(fused, 4)
    x[1].flat[x[1].size // 2] = np.nan
    results, wanted = one_pass(fused, x, dy), one_pass(plain, x, dy)
    assert np.isnan(wanted[0]).any()
    for got, want in zip(results[:2], wanted[:2], strict=True):
        assert np.array_equal(got, want, equal_nan=True)
    assert np.isnan(results[2]).any()


def test_the_longest_pattern_wins_and_the_rest_stays():
    assert names(convolutional().nodes) == [
        "ConvolutionReLUPool",
        "ConvolutionReLU",
        "ConvolutionReLUPool",
        "Flatten",
        "DenseReLU",
        "Dropout",
        "Dense",
    ]
    unfused = [Conv2D(2, 3), Tanh(), MaxPool2D(2), LeakyReLU(), MaxPool2D(2), Flatten(), ReLU(), Dense(3)]
    net = network(unfused, (1, 20, 20))
    assert net.nodes == net.layers


@pytest.mark.parametrize(("layers", "input_shape"), [rule for rule in RULES if isinstance(rule[0][1], LeakyReLU)])
def test_a_slope_that_is_changed_later_counts(layers, input_shape, backend):
    fused, plain = (network(layers, input_shape, fuse=fuse) for fuse in (True, False))
    before = fused.predict(batch(fused, 4)[0])
    for net in (fused, plain):
        net.layers[1].negative_slope = 0.7
    results, wanted = one_pass(fused, *batch(fused, 4)), one_pass(plain, *batch(plain, 4))
    assert_same_pass(results, wanted)
    assert not np.array_equal(results[0], before)
    with pytest.raises(ValueError, match="LeakyReLU: negative_slope must be"):
        fused.layers[1].negative_slope = 2
    assert fused.layers[1].negative_slope == 0.7


def test_fuse_is_a_pure_function():
    layers = convolutional(fuse=False).layers
    before = list(layers)
    nodes = fusion.fuse(layers)
    assert layers == before
    assert [layer for node in nodes for layer in getattr(node, "layers", [node])] == layers
    assert [list(node.parameters) for node in nodes if node.parameters] == [["weight", "bias"]] * 5
    assert nodes[0].parameters["weight"] is layers[0].weight
    assert fusion.fuse([]) == []


def test_a_subclass_may_do_something_else():
    class Shifted(ReLU):
        def forward(self, x, ctx):
            return super().forward(x - 1, ctx)

    net = network([Dense(4), Shifted(), Dense(4), ReLU()], (3,))
    assert names(net.nodes) == ["Dense", "GuardedLayer", "DenseReLU"]


def test_a_layer_may_stand_in_the_network_twice(backend):
    def build(fuse):
        dense, relu = Dense(6), ReLU()
        return Sequential([dense, relu, dense, relu, dense], (6,), dtype="float64", fuse=fuse)

    fused, plain = build(True), build(False)
    assert names(fused.nodes) == ["DenseReLU", "DenseReLU", "Dense"]
    x, dy = batch(fused, 5)
    for got, want in zip(one_pass(fused, x, dy), one_pass(plain, x, dy), strict=True):
        assert np.array_equal(got, want)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_twenty_steps_of_training(backend, dtype):
    vectors, predictions = [], []
    for fuse in (True, False):
        net = convolutional(dtype=dtype, fuse=fuse)
        trainer = Trainer(net, loss="cross_entropy", optimizer=nnfs.optimizers.SGD(0.05, momentum=0.9))
        x, labels = batch(net, 37)[0], np.arange(37) % 10
        losses = [trainer.step(x, labels) for _ in range(20)]
        assert losses[-1] < losses[0]
        vectors.append(net.vector.value)
        predictions.append(net.predict(x, batch_size=16))
    tolerance = 1e5 * np.finfo(dtype).eps
    np.testing.assert_allclose(*vectors, rtol=0, atol=tolerance)
    np.testing.assert_allclose(*predictions, rtol=0, atol=10 * tolerance)


def test_a_warm_pass_reuses_its_buffers(backend):
    net = convolutional()
    workspace = net.workspace()
    assert len(workspace) == len(net.nodes)
    x, dy = batch(net, 8)
    workspace[0].needs_input_grad = True
    results = []
    for rows in (8, 8, 5):
        y = net.forward(x[:rows], workspace)
        results.append((y, net.backward(dy[:rows], workspace)))
    for first, *others in zip(*results, strict=True):
        assert all(np.shares_memory(first, other) for other in others)
    for got, want in zip(one_pass(net, x[:5], dy[:5], workspace), one_pass(net, x[:5], dy[:5]), strict=True):
        assert np.array_equal(got, want)


def test_a_fused_pass_keeps_less():
    sizes = []
    for fuse in (True, False):
        net = convolutional(fuse=fuse)
        workspace = net.workspace()
        x, dy = batch(net, 8)
        net.forward(x, workspace)
        net.backward(dy, workspace)
        sizes.append(workspace.nbytes)
    assert sizes[0] < 0.5 * sizes[1]


def test_the_first_node_skips_its_input_gradient(backend):
    net = convolutional()
    assert [ctx.needs_input_grad for ctx in net.workspace()] == [False, *[True] * 6]
    workspace = net.workspace()
    x, dy = batch(net, 3)
    net.forward(x, workspace)
    assert net.backward(dy, workspace) is None


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_the_nodes_of_a_copy_point_at_its_own_layers(clone):
    net = convolutional()
    twin = clone(net)
    assert twin.nodes[0].layers[0] is twin.layers[0]
    assert twin.nodes[0].layers[0] is not net.layers[0]
    x = batch(net, 2)[0]
    want = net.predict(x)
    for parameter in twin.parameters.values():
        parameter.value.fill(0)
    assert not twin.predict(x).any()
    assert np.array_equal(net.predict(x), want)


def test_trace_and_printing_know_layers_only():
    fused, plain = convolutional(), convolutional(fuse=False)
    x = batch(fused, 3)[0]
    outputs = [output.copy() for _, output in fused.trace(x)]
    assert [layer for layer, _ in fused.trace(x)] == fused.layers
    assert all(np.array_equal(a, b) for a, (_, b) in zip(outputs, plain.trace(x), strict=True))
    assert repr(fused) == repr(plain)
    assert list(fused.state_dict()) == list(plain.state_dict())


def test_the_environment_switches_it_off(monkeypatch):
    monkeypatch.setenv("NNFS_FUSE", "0")
    net = convolutional()
    assert net.nodes == net.layers
    for value in ("", "1"):
        monkeypatch.setenv("NNFS_FUSE", value)
        assert len(convolutional().nodes) < len(net.layers)
    monkeypatch.setenv("NNFS_FUSE", "yes")
    with pytest.raises(BackendError, match="NNFS_FUSE is 'yes'"):
        convolutional()


def test_same_bits_of_training_for_any_number_of_threads():
    if nnfs._kernels.backend != "cython":
        pytest.skip("the compiled kernels only")
    before, vectors = nnfs.get_num_threads(), []
    try:
        for count in (1, 2, 3, 4, 7):
            nnfs.set_num_threads(count)
            net = convolutional()
            trainer = Trainer(net, loss="cross_entropy", optimizer="adam")
            x, labels = batch(net, 61)[0], np.arange(61) % 10
            for _ in range(10):
                trainer.step(x, labels)
            vectors.append(net.vector.value.tobytes())
    finally:
        nnfs.set_num_threads(before)
    assert len(set(vectors)) == 1
