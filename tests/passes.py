"""A network whose passes are replayed, and all that a pass gives and leaves behind, for tests of replay."""

from __future__ import annotations

import copy

import numpy as np

from nnfs import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPool2D,
    ReLU,
    Residual,
    Sequential,
    Tanh,
)
from nnfs.network import recording


def stack(**options):
    layers = [Conv2D(4, 3, padding=1), ReLU(), MaxPool2D(2), Dropout(0.25), Conv2D(3, 2), BatchNorm(), LeakyReLU(0.1)]
    return Sequential([*layers, Flatten(), Dense(6), ReLU(), Dropout(0.5), Dense(3)], (2, 6, 6), seed=4, **options)


def blocks():
    """Return a network whose kernels run within blocks, and within blocks of these, beside nodes of NumPy."""
    inner = Residual([Conv2D(2, 1), Tanh()], [Conv2D(2, 1), BatchNorm()])
    block = Residual([Conv2D(2, 3, padding=1), BatchNorm(), ReLU(), inner])
    return Sequential([block, LeakyReLU(0.1), Residual([Conv2D(2, 1)]), Flatten(), Dense(3)], (2, 6, 6), seed=4)


def batches(net, rows, seed=0):
    """Return a batch and a gradient of the output for each number of rows."""
    rng = np.random.default_rng(seed)
    shapes = [((count, *net.input_shape), (count, *net.output_shape)) for count in rows]
    return [tuple(rng.normal(size=shape).astype(net.dtype) for shape in pair) for pair in shapes]


def one_pass(net, workspace, x, dy, training=True):
    """Return all that a pass gives and leaves behind, as copies."""
    net.clear_gradients()
    y = net.forward(x, workspace, training=training).copy()
    dx = net.backward(dy, workspace)
    left = [{name: value for name, value in vars(ctx).items() if name not in recording.OWN} for ctx in workspace.walk()]
    modes = [(ctx.training, ctx.rng is net.dropout) for ctx in workspace]
    found = y, dx, net.vector.grad, net.buffers, left, modes, net.dropout.bit_generator.state["state"], workspace.rows
    return copy.deepcopy(found)


def workspace_of(net, wants_input_grad=True):
    workspace = net.workspace()
    workspace[0].needs_input_grad = wants_input_grad
    return workspace


def all_passes(net, pairs, training=True):
    workspace = workspace_of(net)
    return [one_pass(net, workspace, x, dy, training) for x, dy in pairs], workspace


def assert_same(found, wanted):
    np.testing.assert_equal(found, wanted, strict=True)
