"""The verb ``nnfs evaluate``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..arrays import as_batch
from ..errors import DTypeError, FormatError
from .train import print_figures

if TYPE_CHECKING:
    from ..data import SampleFile
    from ..network import Sequential

EXAMPLE = "nnfs evaluate runs/first digits --metrics accuracy macro_f1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this verb."""
    add_data_arguments(parser)
    parser.add_argument("--metrics", nargs="+", metavar="NAME", help="instead of those that go with the loss")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what all verbs share that take a network and data."""
    add_network_argument(parser)
    parser.add_argument("data", metavar="DATA", help="a data set by name, a .npz or CSV file, or a folder of images")
    parser.add_argument("--part", choices=["train", "test"], help="of data that have both (test)")
    parser.add_argument(
        "--target", metavar="COLUMN", help="of a table, with the labels, by name, or by number from 0 (that of the run)"
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the folder that holds Fashion-MNIST (that of the run)")


def add_network_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the network."""
    parser.add_argument("network", metavar="RUN|FILE", help="the folder of a run, or a .safetensors file of nnfs")


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, and print the figures."""
    from ..runs import open_network
    from ..runs.files import finite
    from ..runs.samples import check_labelled

    network, settings = open_network(arguments.network)
    samples = check_labelled(load_part(arguments, network, settings, settings.get("class_names")).train, arguments.data)
    if network.loss is not None:
        with _bad_data(arguments.data):
            network.loss.check_targets(samples.y, network.output_shape, network.dtype)
    figures = finite(network.evaluate(samples.x, samples.y, metrics=arguments.metrics or settings.get("metrics")))
    found = {"network": arguments.network, "data": arguments.data, "samples": len(samples.x)} | figures
    if arguments.json:
        print(json.dumps(found, indent=2, allow_nan=False))
    else:
        print_figures({"samples": len(samples.x)} | figures)
    return 0


def load_part(
    arguments: argparse.Namespace, network: Sequential, settings: dict[str, Any], class_names: list[str] | None
) -> SampleFile:
    """Return the part of the data that is asked for as the part to train on; labels must have these names."""
    from ..runs.samples import NEEDS_FOLDER, load_samples, of_table

    options = of_table(settings, arguments.data)
    if arguments.data == NEEDS_FOLDER:
        options["data_dir"] = settings.get("data_dir")
    given = {name: getattr(arguments, name) for name in ("target", "data_dir")}
    options |= {name: value for name, value in given.items() if value is not None}
    found = load_samples(
        arguments.data,
        class_names=tuple(class_names or ()),
        features=network.input_shape[0] if len(network.input_shape) == 1 else None,
        dtype=network.dtype.name,
        **options,
    )
    if found.test is None and arguments.part is not None:
        raise ValueError(f"{arguments.data} has one part alone; leave --part out")
    chosen = found.train if found.test is None or arguments.part == "train" else found.test
    with _bad_data(arguments.data):
        as_batch(chosen.x, network.input_shape, network.dtype)
    if found.changes:
        print(f"{arguments.data}: {', '.join(found.changes)}", file=sys.stderr)
    return found._replace(train=chosen, test=None)


@contextmanager
def _bad_data(path: str) -> Iterator[None]:
    """Let what the network cannot take, in the body, be an error of the data, which names them."""
    try:
        yield
    except (ValueError, DTypeError) as error:
        raise FormatError(f"{path}: {error}", path=path) from error
