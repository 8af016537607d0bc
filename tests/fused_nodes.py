"""Passes through networks that run as one node, for tests of fusion."""

from __future__ import annotations

import numpy as np

from nnfs.layers.context import Context
from nnfs.testing import check_gradients


def batch(net, rows, seed=0):
    """Return a batch, and a gradient of the output for it."""
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(rows, *net.input_shape)), rng.normal(size=(rows, *net.output_shape))
    return x.astype(net.dtype), dy.astype(net.dtype)


def one_pass(net, x, dy, workspace=None, *, training=False):
    """Return the output, the gradients of the input and of all parameters, and the running statistics."""
    workspace = workspace or net.workspace()
    workspace[0].needs_input_grad = True
    net.clear_gradients()
    y = net.forward(x, workspace, training=training).copy()
    dx = net.backward(dy, workspace)
    return y, dx.copy(), net.vector.grad.copy(), *(array.copy() for array in net.buffers.values())


def check_gradients_of_node(net, *, training=False):
    """Compare the gradients of the one node of a network with finite differences."""
    (node,) = net.nodes
    parameters = node.parameters

    def function(x, *values):
        for parameter, value in zip(parameters.values(), values, strict=True):
            parameter.value[...] = value
            parameter.grad.fill(0)
        ctx = Context()
        ctx.training = training
        y = node.forward(x, ctx).copy()
        return y, lambda dy: [node.backward(dy, ctx), *(parameter.grad for parameter in parameters.values())]

    values = [parameter.value.copy() for parameter in parameters.values()]
    check_gradients(function, [batch(net, 3)[0], *values], names=["x", *parameters])
