"""The verb ``nnfs evaluate``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from ..errors import FormatError
from .train import format_figures, print_lines

if TYPE_CHECKING:
    from ..data import SampleFile
    from ..losses import Loss
    from ..sequential import Sequential

EXAMPLE = "nnfs evaluate runs/first digits --metrics accuracy macro_f1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs evaluate``."""
    add_data_arguments(parser)
    parser.add_argument("--metrics", nargs="+", metavar="NAME", help="instead of those that go with the loss")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options shared by all verbs that take a network and data."""
    add_network_argument(parser)
    parser.add_argument("data", metavar="DATA", help="a data set by name, a .npz or CSV file, or a folder of images")
    parser.add_argument("--part", choices=["train", "test"], help="of data that have both (test)")
    parser.add_argument(
        "--target", metavar="COLUMN", help="of a table, with the labels, by name, or by number from 0 (that of the run)"
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the folder that holds Fashion-MNIST (that of the run)")


def add_network_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a trained network."""
    parser.add_argument("network", metavar="RUN|FILE", help="the folder of a run, or a .safetensors file of nnfs")


def run(arguments: argparse.Namespace) -> int:
    """Print loss and metrics of a network on data, and return 0."""
    from ..runs import open_network
    from ..runs.run_files import finite
    from ..runs.run_samples import column_to_predict, default_metrics

    network, settings = open_network(arguments.network)
    if network.loss is None:
        raise FormatError(
            f"the file does not name the loss. Try: in Python, net = nnfs.load({arguments.network!r}); "
            f"net.loss = nnfs.losses.CrossEntropy(); nnfs.save(net, {arguments.network!r})"
        ).in_file(arguments.network)
    part = load_part(arguments, network, settings, needs_labels=True)
    samples = part.train
    metrics = arguments.metrics or network.facts.metrics or default_metrics(network.loss)
    figures = finite(network.evaluate(samples.x, samples.y, metrics=metrics))
    if settings:
        _tell_of_training(arguments, network, settings, part)
    name = column_to_predict(network)
    target = {} if name is None else {"target": name}
    found = {"network": arguments.network, "data": arguments.data, "samples": len(samples.x)} | target | figures
    if arguments.json:
        print(json.dumps(found, indent=2, allow_nan=False))
    else:
        lines = format_figures(figures)
        if settings.get("scale_targets"):
            lines["loss"] += f" ({_unit(network.loss, name)}; that of the training is of scaled targets)"
        print_lines({**target, "samples": len(samples.x)} | lines)
    return 0


def _unit(loss: Loss, name: str | None) -> str:
    """Return the unit of a loss, as the column to predict has it."""
    column = name or "the targets"
    return f"in the unit of {column}, squared" if loss.name == "mean_squared_error" else f"in the unit of {column}"


def _tell_of_training(
    arguments: argparse.Namespace, network: Sequential, settings: dict[str, Any], samples: SampleFile
) -> None:
    """Print how many of the samples the run was trained on, if it was."""
    from ..runs.same_data import samples_trained_on

    count = samples_trained_on(arguments.network, settings, network, samples, arguments.data, arguments.part)
    if count:
        print(
            f"{arguments.data}: {count:,} of these {len(samples.train.x):,} samples were trained on; new ones may be "
            "predicted worse",
            file=sys.stderr,
        )


def load_part(
    arguments: argparse.Namespace, network: Sequential, settings: dict[str, Any], *, needs_labels: bool
) -> SampleFile:
    """Load the part of the data that ``--part`` names, as ``train``, and print notes on how the data were read.

    ``settings`` are those of the run; {} for a network from a file. With ``needs_labels`` False, labels are ignored.
    Errors are those of `nnfs.runs.matching.load_matching`.
    """
    from ..runs.matching import load_matching
    from ..runs.run_samples import NEED_FOLDER

    is_folder_known = arguments.data in NEED_FOLDER and arguments.data_dir is None
    found = load_matching(
        arguments.data,
        network,
        arguments.network,
        part=arguments.part,
        needs_labels=needs_labels,
        target=arguments.target,
        data_dir=settings.get("data_dir") if is_folder_known else arguments.data_dir,
    )
    if found.changes:
        print(f"{arguments.data}: {'; '.join(found.changes)}", file=sys.stderr)
    return found
