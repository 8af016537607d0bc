"""Replay: nothing that could make a pass another one than that which was recorded goes unseen."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from passes import assert_same, batches, one_pass, stack, workspace_of
from trainings import plainly

from nnfs import (
    Dense,
)
from nnfs._kernels import BACKENDS, available_backends, kernels, use_backend
from nnfs.network import replay

pytestmark = pytest.mark.skipif(not replay.is_enabled(), reason="NNFS_REPLAY=0, or nothing was compiled")


def bound_elsewhere(net):
    parameter = net.parameters["0.weight"]
    parameter.bind(parameter.value * 2, np.zeros_like(parameter.grad))


CHANGES = {
    "a rate of dropout": lambda net: setattr(net.layers[3], "rate", 0.75),
    "a rate of dropout that is 0": lambda net: setattr(net.layers[3], "rate", 0),
    "a slope": lambda net: setattr(net.layers[6], "negative_slope", 0.5),
    "a momentum": lambda net: setattr(net.layers[5], "momentum", 0.5),
    "weights": lambda net: net.load_state_dict({name: 2 * array for name, array in net.state_dict().items()}),
    "where a parameter lives": bound_elsewhere,
    "a node": lambda net: net.nodes.__setitem__(-1, Doubled(net.nodes[-1])),
    "the list of nodes": lambda net: setattr(net.layers, "nodes", [*net.nodes[:-1], Doubled(net.nodes[-1])]),
    "random numbers": lambda net: setattr(net.dropout.bit_generator, "state", np.random.PCG64(9).state),
    "the generator": lambda net: vars(net).update(dropout=np.random.default_rng(9)),
}


class Doubled:
    """A node that changes what another one gives."""

    def __init__(self, node):
        self.node, self.parameters = node, node.parameters

    def forward(self, x, ctx):
        return 2 * self.node.forward(x, ctx)

    def backward(self, dy, ctx):
        return self.node.backward(dy, ctx)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_passes_takes_effect(backend, change):
    def run():
        net = stack()
        workspace = workspace_of(net)
        found = [one_pass(net, workspace, x, dy) for x, dy in batches(net, [3] * 4)]
        CHANGES[change](net)
        return found + [one_pass(net, workspace, x, dy) for x, dy in batches(net, [3] * 4, seed=1)]

    assert_same(run(), plainly(run))


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_the_halves_of_a_pass_takes_effect(backend, change):
    def run():
        net = stack()
        workspace = workspace_of(net)
        pairs = batches(net, [3] * 4)
        found = [one_pass(net, workspace, x, dy) for x, dy in pairs]
        net.forward(pairs[0][0], workspace, training=True)
        CHANGES[change](net)
        return found, net.backward(pairs[0][1], workspace).copy(), net.vector.grad.copy()

    assert_same(run(), plainly(run))


def test_a_method_that_somebody_has_replaced_is_called(backend, monkeypatch):
    net, called = stack(), []
    workspace = workspace_of(net)
    pairs = batches(net, [3] * 4)
    for x, dy in pairs:
        one_pass(net, workspace, x, dy)
    forward = Dense.forward
    monkeypatch.setattr(Dense, "forward", lambda *arguments: called.append(1) or forward(*arguments))
    for x, dy in pairs:
        one_pass(net, workspace, x, dy)
    assert len(called) == 4
    assert workspace.recording is None


def test_a_change_of_the_backend_is_followed():
    if available_backends() != list(BACKENDS):
        pytest.skip("needs both backends")
    net = stack()
    workspace, pairs = workspace_of(net), batches(net, [3] * 4)
    for x, dy in pairs:
        one_pass(net, workspace, x, dy)
    state = net.dropout.bit_generator.state
    for name in BACKENDS:
        with use_backend(name):
            net.dropout.bit_generator.state = state
            twin = copy.deepcopy(net)
            found = one_pass(net, workspace, *pairs[0])
            assert workspace.recording is not None
            assert_same(found, one_pass(twin, workspace_of(twin), *pairs[0]))


def test_a_kernel_that_fails_fails_as_before_and_nothing_is_left_replaced(backend):
    net = stack()
    before = dict(vars(kernels))
    workspace, pairs = workspace_of(net), batches(net, [3] * 5)

    def fail(*arguments, **named):
        raise ValueError("broken")

    for x, dy in pairs:
        vars(kernels)["dense_forward"] = fail
        try:
            with pytest.raises(ValueError, match="broken"):
                net.forward(x, workspace, training=True)
        finally:
            vars(kernels).update(before)
        assert vars(kernels) == before
        one_pass(net, workspace, x, dy)
        assert workspace.recording is not None
