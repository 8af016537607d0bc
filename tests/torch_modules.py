"""Modules of PyTorch, and the comparison of a module with the network made of it."""

from __future__ import annotations

import numpy as np

from nnfs.io.torch import to_network

IMAGE = (4, 7, 6)
SIGNAL = (4, 9)


def normal(shape, dtype="f4"):
    return np.random.default_rng(sum(shape)).normal(0, 1, shape).astype(dtype)


def sequential(torch, *modules, seed=0):
    """Return a Sequential whose statistics and scales are neither 0 nor 1, which would hide a mistake."""
    module = torch.nn.Sequential(*modules)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.ndim == 1:
                tensor += torch.empty_like(tensor).uniform_(0.0, 0.3, generator=generator)
    return module.eval()


def outputs(torch, module, x):
    return module(torch.from_numpy(x)).detach().numpy()


def check(torch, module, shape, *, rows=3, dtype="f4"):
    """Convert a module, compare the outputs, and return the network."""
    network = to_network(module, shape, seed=1)
    x = normal((rows, *shape), dtype)
    wanted = outputs(torch, module, x)
    assert network.dtype == x.dtype
    assert network.predict(x).shape == wanted.shape
    np.testing.assert_allclose(network.predict(x), wanted, rtol=1e-5, atol=1e-5)
    return network
