"""The verb ``nnfs predict``."""

from __future__ import annotations

import argparse
import csv
import io
import json
from typing import TYPE_CHECKING, Any

from .evaluate import add_data_arguments, load_part

if TYPE_CHECKING:
    from ..data import Samples
    from ..network import Sequential

EXAMPLE = "nnfs predict runs/first new.csv --proba > answers.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this verb."""
    add_data_arguments(parser)
    parser.add_argument("--proba", action="store_true", help="print the probability of each class")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of CSV")


def run(arguments: argparse.Namespace) -> int:
    """Predict, and print a row for each sample in the order of the data, images with their files.

    Labels, if any, are not looked at.
    """
    from ..runs import open_network

    network, settings = open_network(arguments.network)
    found = load_part(arguments, network, settings, None)
    columns, rows = _predict(network, found.train, settings.get("class_names") or [], arguments.proba)
    if found.train.files:
        columns, rows = ["file", *columns], [[file, *row] for file, row in zip(found.train.files, rows, strict=True)]
    if arguments.json:
        print(json.dumps({"columns": columns, "rows": rows}))
        return 0
    text = io.StringIO()  # print does without an output that is closed, and a writer does not
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    print(text.getvalue(), end="")
    return 0


def _predict(
    network: Sequential, samples: Samples, class_names: list[str], proba: bool
) -> tuple[list[str], list[list[Any]]]:
    from ..errors import UnsupportedError

    if proba:
        try:
            values = network.predict_proba(samples.x)
        except UnsupportedError as error:
            raise ValueError(f"leave --proba out: {error}") from error
        names = class_names if len(class_names) == values.shape[1] else [f"{index}" for index in range(values.shape[1])]
        return names, values.tolist()
    try:
        classes = network.predict_classes(samples.x).tolist()
    except (UnsupportedError, ValueError):  # a regression, or a network that was never trained
        values = network.predict(samples.x).reshape(len(samples.x), -1)
        return [f"output {index}" for index in range(values.shape[1])], values.tolist()
    known = dict(enumerate(class_names))
    return ["class"], [[known.get(number, number)] for number in classes]
