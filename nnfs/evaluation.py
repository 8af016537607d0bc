"""Evaluation: the loss and the metrics of a network on samples that it does not learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .batches import Batches
from .losses import Loss
from .metrics import MEANS, Metric, measure

if TYPE_CHECKING:
    from .network import Sequential

BATCH_SIZE = 256


def evaluate(network: Sequential, batches: Batches, loss: Loss, metrics: Mapping[str, Metric]) -> dict[str, float]:
    """Return ``{"loss": ...}`` and one figure for each metric.

    The loss is the mean over all samples, weighted where the batches have weights, see `Loss.weighted`. Metrics have no
    weights. Those that are means over samples are taken batch by batch; only for others are all outputs kept, which
    they look at at once.
    """
    total, samples = 0.0, 0
    means = {name: 0.0 for name, metric in metrics.items() if metric in MEANS}
    outputs, targets = [], []
    for x, y, weights in batches.epoch():
        y_predicted = network.predict(x, batch_size=len(x))
        gradient = np.empty_like(y_predicted)
        with np.errstate(all="ignore"):
            if weights is None:
                value = loss(y_predicted, y, gradient=gradient)
            else:
                value = loss.weighted(y_predicted, y, weights, gradient=gradient)
        total += value * len(x)
        samples += len(x)
        for name in means:
            # Not a sum, divided at the end: what all batches agree on, such as 1, comes out to the last bit.
            means[name] += (metrics[name](y_predicted, y) - means[name]) * (len(x) / samples)
        if len(means) < len(metrics):
            outputs.append(y_predicted)
            targets.append(y.copy())
    everything = (np.concatenate(outputs), np.concatenate(targets)) if outputs else ()
    others = {name: measure(name, metric, *everything) for name, metric in metrics.items() if name not in means}
    return {"loss": total / samples} | {name: (means | others)[name] for name in metrics}
