"""The verb ``nnfs predict``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from ..printable import csv_line
from .evaluate import add_data_arguments, load_part

if TYPE_CHECKING:
    from .._kernels.interface import Array
    from ..data import Samples
    from ..sequential import Sequential

EXAMPLE = "nnfs predict runs/first digits --proba > answers.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs predict``."""
    add_data_arguments(parser)
    parser.add_argument("--proba", action="store_true", help="print the probability of each class")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of CSV")


def run(arguments: argparse.Namespace) -> int:
    """Print a row with the prediction for each sample, in the order of the data, and return 0.

    The rows of images begin with the names of their files. Labels in the data are ignored.
    """
    from ..network.facts import Facts
    from ..runs import open_network

    network, settings = open_network(arguments.network)
    found = load_part(arguments, network, settings, needs_labels=False)
    columns, rows = _predict(network, found.train, arguments.proba)
    if not settings and network.facts == Facts() and columns[0] in ("class", "0", "answer 0"):
        print(f"{arguments.network}: does not know the names of its classes; it prints numbers", file=sys.stderr)
    if found.train.files:
        columns, rows = ["file", *columns], [[file, *row] for file, row in zip(found.train.files, rows, strict=True)]
    if arguments.json:
        print(json.dumps({"columns": columns, "rows": rows}))
        return 0
    print("".join(map(csv_line, [columns, *rows])), end="")
    return 0


def _predict(network: Sequential, samples: Samples, proba: bool) -> tuple[list[str], list[list[Any]]]:
    from ..errors import UnsupportedError
    from ..losses import BinaryCrossEntropy
    from ..network.network import BATCH_SIZE

    facts = network.facts
    if proba:
        try:
            values = network.predict_proba(samples.x)
        except UnsupportedError as error:
            if network.loss is None:
                raise
            text = f"leave --proba out: the loss {network.loss.name!r} has no probabilities, only numbers to predict"
            raise ValueError(text) from error
        values = values.reshape(len(values), -1)
        names = map(str, range(values.shape[1]))
        return [facts.class_names[int(n)] if int(n) < len(facts.class_names) else n for n in names], values.tolist()
    if isinstance(network.loss, BinaryCrossEntropy) and network.output_shape != (1,):
        scores = network.run_batches(
            network.as_rows(samples.x, BATCH_SIZE), BATCH_SIZE
        )  # an error tells of those that are not finite
        return _answers(scores.reshape(len(samples.x), -1), facts.class_names)
    try:
        classes = network.predict_classes(samples.x).tolist()
    except (UnsupportedError, ValueError):  # a regression, or a network that was never trained
        values = network.predict(samples.x).reshape(len(samples.x), -1)
        if values.shape[1] == 1 and facts.columns and facts.target is not None:
            return [facts.target], values.tolist()
        return [f"output {index}" for index in range(values.shape[1])], values.tolist()
    known = dict(enumerate(facts.class_names))
    return ["class"], [[known.get(number, number)] for number in classes]


def _answers(scores: Array, names: tuple[str, ...]) -> tuple[list[str], list[list[Any]]]:
    """Return the names of the answers, and for each sample a row of 1 (yes) and 0 (no), for scores (N, K)."""
    from ..arguments.arrays import check_finite

    check_finite(scores, "the network's outputs: scores")
    numbered = [f"answer {number}" for number in range(scores.shape[1])]
    return [*names, *numbered[len(names) :]], (scores > 0).astype(int).tolist()
