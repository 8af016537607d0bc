"""What a network says at each point of the plane around a sample of two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...losses import BinaryCrossEntropy
from ...network.network import Network
from ..recording import Recording

POINTS = 40
"""How many points the plane has to each side."""


def plane_of(network: Network, samples: Array) -> dict[str, Any] | None:
    """Return the plane around samples (N, 2), and a network's answers in it; None for samples of another shape.

    Answers are classes, or with one output that is no score, the outputs themselves. Rows go from the top down.
    """
    if network.input_shape != (2,) or len(network.output_shape) != 1:
        return None
    margin = np.maximum(2.0, 0.5 * np.abs(samples).max(axis=0))
    low, high = np.minimum(0, samples.min(axis=0)) - margin, np.maximum(0, samples.max(axis=0)) + margin
    across, up = (np.linspace(low[axis], high[axis], POINTS) for axis in (0, 1))
    points = np.stack([np.tile(across, POINTS), np.repeat(up[::-1], POINTS)], axis=1).astype(network.dtype)
    outputs = Recording(network).network.predict(points)
    is_number = network.output_shape == (1,) and not isinstance(network.loss, BinaryCrossEntropy)
    answers = outputs[:, 0] if is_number else (outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0)
    finite = np.where(np.isfinite(answers), answers, 0).astype(np.float64)
    corners = {"low": low.tolist(), "high": high.tolist(), "at": samples.tolist()}
    return corners | {"size": POINTS, "isNumber": is_number, "answers": [float(f"{v:.4g}") for v in finite]}
