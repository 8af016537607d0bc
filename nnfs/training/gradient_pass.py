"""A pass forward and backward over a batch that leaves the gradients of a network as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .._kernels.interface import Array
from ..layers.context import Workspace
from ..losses import Loss
from ..network.network import Network


@contextmanager
def gradient_pass(
    network: Network, loss: Loss, x: Array, y: Array, weights: Array | None = None
) -> Iterator[Workspace]:
    """Yield the workspace of a pass as in prediction; within the block the network holds the gradients of this batch.

    ``x`` (N, ...), ``y`` and the weights of the samples (N,) were checked, and are not modified. After the block the
    gradients are those of before.
    """
    before = network.vector.grad.copy()
    try:
        workspace = network.workspace()
        network.clear_gradients()
        outputs = network.forward(x, workspace)
        gradient = np.empty_like(outputs)
        if weights is None:
            loss(outputs, y, gradient=gradient)
        else:
            loss.weighted(outputs, y, weights, gradient=gradient)
        network.backward(gradient, workspace)
        yield workspace
    finally:
        network.vector.grad[...] = before
