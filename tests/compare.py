"""Comparisons that several test files share."""

from __future__ import annotations

import numpy as np

from nnfs.layers.context import Context


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


def assert_equals_torch(torch, layer, module, input_shape, *, batch=3, rtol=1e-9):
    """Assert that a layer and a PyTorch module with equal float64 weights have equal outputs and gradients."""
    rng = np.random.default_rng(0)
    build(layer, input_shape)
    module = module.double()
    for name, parameter in layer.parameters.items():
        parameter.value[...] = rng.normal(size=parameter.value.shape)
        getattr(module, name).data = torch.tensor(parameter.value)
    x = rng.normal(size=(batch, *input_shape))
    x_torch = torch.tensor(x, requires_grad=True)
    y, ctx = run(layer, x)
    y_torch = module(x_torch)
    np.testing.assert_allclose(y, y_torch.detach().numpy(), rtol=rtol, atol=1e-10)
    assert y.shape[1:] == layer.output_shape(input_shape)
    dy = rng.normal(size=y.shape)
    y_torch.backward(torch.tensor(dy))
    np.testing.assert_allclose(layer.backward(dy, ctx), x_torch.grad.numpy(), rtol=rtol, atol=1e-10)
    for name, parameter in layer.parameters.items():
        np.testing.assert_allclose(parameter.grad, getattr(module, name).grad.numpy(), rtol=rtol, atol=1e-10)
