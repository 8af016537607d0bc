"""Comparisons that several test files share, and what they compare."""

from __future__ import annotations

import numpy as np

from nnfs.layers.context import Context

nan, inf = np.nan, np.inf
LARGEST_OF_FOUR = [
    ([1, 2, 3, 4], 4, 3),
    ([5, 5, 5, 5], 5, 0),
    ([1, 7, 7, 2], 7, 1),
    ([nan, 1, 2, 3], nan, 0),
    ([1, 2, 3, nan], nan, 3),
    ([1, nan, inf, nan], nan, 1),
    ([nan, nan, nan, nan], nan, 0),
    ([-inf, -inf, -inf, -inf], -inf, 0),
    ([-inf, 0, inf, 3], inf, 2),
    ([0.0, -0.0, -1, -2], 0, 0),
]
"""Four numbers, the largest of them, and its index: the first of equal ones wins, and NaN beats every number."""


class Counted(str):
    """A name that counts how often it is compared."""

    compared = 0

    def __eq__(self, other):
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def build(layer, input_shape, dtype="float64", seed=0):
    """Build a layer outside a network, and return it."""
    layer.build(input_shape, np.random.default_rng(seed), np.dtype(dtype))
    return layer


def run(layer, x, *, training=False):
    """Return the output of a built layer for x, and the context of the pass."""
    ctx = Context()
    ctx.training, ctx.rng = training, np.random.default_rng(0)
    with np.errstate(all="ignore"):
        return layer.forward(x, ctx), ctx


def assert_equals_torch(torch, layer, module, input_shape, *, batch=3, training=False):
    """Assert that a layer and a PyTorch module with equal float64 state have equal outputs, gradients and buffers."""
    rng = np.random.default_rng(0)
    build(layer, input_shape)
    for parameter in layer.parameters.values():
        parameter.value[...] = rng.normal(size=parameter.value.shape)
    for buffer in layer.buffers.values():
        buffer[...] = rng.uniform(1, 2, buffer.shape)
    state = {name: parameter.value for name, parameter in layer.parameters.items()} | layer.buffers
    module = module.double().train(training)
    module.load_state_dict({name: torch.tensor(array) for name, array in state.items()}, strict=True)
    x = rng.normal(size=(batch, *input_shape))
    x_torch = torch.tensor(x, requires_grad=True)
    y, ctx = run(layer, x, training=training)
    y_torch = module(x_torch)
    close = {"rtol": 1e-8, "atol": 1e-9}
    np.testing.assert_allclose(y, y_torch.detach().numpy(), **close)
    assert y.shape[1:] == layer.output_shape(input_shape)
    dy = rng.normal(size=y.shape)
    y_torch.backward(torch.tensor(dy))
    np.testing.assert_allclose(layer.backward(dy, ctx), x_torch.grad.numpy(), **close)
    theirs = dict(module.named_parameters())
    for name, parameter in layer.parameters.items():
        np.testing.assert_allclose(parameter.grad, theirs[name].grad.numpy(), **close)
    for name, buffer in layer.buffers.items():
        np.testing.assert_allclose(buffer, module.state_dict()[name].numpy(), **close)
