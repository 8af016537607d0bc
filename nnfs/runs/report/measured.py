"""What a network gives for samples: probabilities of classes, yes-or-no answers, or numbers, beside the right ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...arguments.arrays import check_finite
from ...data import Samples
from ...losses import BinaryCrossEntropy
from ...network.network import BATCH_SIZE
from ...sequential import Sequential
from ..run_samples import is_classes


@dataclass
class Measured:
    """Hold samples with what a network gives for them.

    Attributes
    ----------
    x : ndarray (N, D) or (N, C, H, W)
    about : str
        What the samples are, such as "359 test samples".
    targets, outputs : ndarray (N, M) of float
        The right numbers and those of the network, for a regression.
    labels, probabilities : ndarray of int (N,), ndarray of float (N, K), or None
        The right classes, and the probability of each class; None for other networks.
    answers : bool
        Whether the outputs are probabilities of K yes-or-no answers each, and the targets 0 or 1.
    class_names, columns, output_names, files : list of str
        Names of the classes, of the columns of x, of the outputs, of the file of each sample; empty if there are none.
    numbers : ndarray of int (N,)
        The number of each sample in the part of the data that it was taken from.
    """

    x: Array
    about: str
    targets: Array
    outputs: Array
    labels: Array | None = None
    probabilities: Array | None = None
    answers: bool = False
    class_names: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    output_names: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    numbers: Array = field(default_factory=lambda: np.empty(0, np.int64))

    def name_of(self, index: int) -> str:
        """Return what a sample is called: its number in its part, and its file if it has one."""
        file = f", {self.files[index]}" if index < len(self.files) else ""
        return f"{self.numbers[index] if len(self.numbers) else index}{file}"


def measure(network: Sequential, samples: Samples, about: str, numbers: Array | None = None) -> Measured:
    """Return what a network gives for samples with targets; ``numbers`` are those of the samples, by default from 0.

    Names of classes and columns are those of the network's facts. Raises NumericError if an output is not finite.
    """
    y, loss = samples.y, network.loss
    assert y is not None
    assert loss is not None
    raw = network.run_batches(network.as_rows(samples.x, BATCH_SIZE), BATCH_SIZE)
    check_finite(raw, "the network's outputs")
    outputs = raw.reshape(len(raw), -1)
    found = Measured(
        samples.x,
        about,
        targets=np.asarray(y, np.float64).reshape(len(y), -1),
        outputs=outputs.astype(np.float64),
        columns=list(network.facts.columns),
        files=list(samples.files),
        numbers=np.arange(len(y)) if numbers is None else numbers,
    )
    names: list[str] = list(network.facts.class_names)
    if is_classes(loss, y):
        found.labels, found.probabilities = y, loss.probabilities(outputs).astype(np.float64)
        found.class_names = _named(names, found.probabilities.shape[1], "")
    elif isinstance(loss, BinaryCrossEntropy):
        found.answers = True
        found.outputs = loss.probabilities(outputs)[:, -outputs.shape[1] :].astype(np.float64)
        found.output_names = _named(names, outputs.shape[1], "answer ")
    else:
        target = network.facts.target
        has_name = outputs.shape[1] == 1 and target is not None and bool(network.facts.columns)
        found.output_names = [str(target)] if has_name else _named([], outputs.shape[1], "output ")
    return found


def _named(names: list[Any], count: int, word: str) -> list[str]:
    return [*names, *(f"{word}{number}" for number in range(len(names), count))][:count]
