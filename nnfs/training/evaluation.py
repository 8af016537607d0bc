"""Evaluation: the loss and the metrics of a network on samples that it does not learn from."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ..errors import NumericError
from ..losses import Loss
from ..metrics import Metric
from ..network.network import Network
from ..printable import four_digits
from ..system.notebook import html_table
from .batches import Batches
from .non_finite import non_finite_output
from .running_metrics import running


class Figures(dict[str, float]):
    """Figures by name: a dict that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        return html_table(tuple(self), [tuple(map(four_digits, self.values()))], left=0)


def evaluate(network: Network, batches: Batches, loss: Loss, metrics: Mapping[str, Metric]) -> Figures:
    """Return ``{"loss": ..., "accuracy": ...}``: the loss and one figure for each metric.

    The loss is the mean over all samples, weighted where the batches have weights, see `Loss.weighted`. Metrics have no
    weights; each is summed up from batch to batch by its `nnfs.training.running_metrics.Running`.

    Raises NumericError where outputs are not finite: figures of them could look right.
    """
    total, samples = 0.0, 0
    figures = {name: running(name, metric) for name, metric in metrics.items()}
    for x, y, weights in batches.epoch():
        y_predicted = network.run_batches(x, len(x))
        gradient = np.empty_like(y_predicted)
        with np.errstate(all="ignore"):
            if weights is None:
                value = loss(y_predicted, y, gradient=gradient)
            else:
                value = loss.weighted(y_predicted, y, weights, gradient=gradient)
        if not math.isfinite(value) and not np.isfinite(y_predicted).all():
            text, facts = non_finite_output(network, x)
            raise NumericError(f"the network's outputs are not finite: {text}", **facts)
        total += value * len(x)
        samples += len(x)
        for figure in figures.values():
            figure.add(y_predicted, y)
    return Figures({"loss": total / samples} | {name: figure.figure() for name, figure in figures.items()})
