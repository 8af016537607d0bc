"""A network with samples to look at it by: a run with its data, a file with data, or a network of ``nnfs bench``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import DTypeError, FormatError

if TYPE_CHECKING:
    from ..data import Samples
    from ..sequential import Sequential

WithSamples: TypeAlias = "tuple[Sequential, Samples, str, dict[str, Any]]"
"""A network, samples, what they are in words, and the settings of the run, which are empty without one."""


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a network and its data."""
    parser.add_argument(
        "network",
        metavar="RUN|FILE|NAME",
        help="the folder of a run, a .safetensors file of nnfs, or a network of `nnfs bench`, such as LeNet-5",
    )
    parser.add_argument("data", metavar="DATA", nargs="?", help="whose samples to take (the data of the run)")
    parser.add_argument("--part", choices=["train", "test"], help="of data that have both (test)")
    parser.add_argument("--target", metavar="COLUMN", help="of a table, with the labels (that of the run)")
    parser.add_argument("--data-dir", metavar="DIR", help="the folder that holds Fashion-MNIST (that of the run)")


def open_with_samples(arguments: argparse.Namespace) -> WithSamples:
    """Open the network and its samples; they have no labels, which is told, where there are none that fit."""
    name = arguments.network
    if is_file(name):
        return _open(arguments)
    if arguments.data or arguments.part or arguments.target or arguments.data_dir:
        raise ValueError(f"{name} is shown with random numbers; it takes no DATA, --part, --target or --data-dir")
    return _named(name)


def is_file(name: str) -> bool:
    """Return whether a word names a run or a file, and not a network of ``nnfs bench``."""
    return os.path.exists(name) or is_path(name)


def is_path(name: str) -> bool:
    """Return whether a word is a path, by a folder or an ending, and not the name of a network."""
    return bool(os.path.splitext(name)[1]) or os.path.basename(name) != name


def _open(arguments: argparse.Namespace) -> WithSamples:
    from .evaluate import load_part

    network, settings = _open_network(arguments.network)
    arguments.data = arguments.data or settings.get("data")
    if arguments.data is None:
        raise ValueError(
            f"{arguments.network} does not know its data. Try: a data set or a file behind it, as in "
            f"{arguments.network} digits"
        )
    if network.loss is not None:
        try:
            return network, load_part(arguments, network, settings, needs_labels=True).train, arguments.data, settings
        except (FormatError, DTypeError, ValueError) as error:
            reason = error
    else:
        reason = ValueError(f"{arguments.network} does not name its loss")
    try:
        samples = load_part(arguments, network, settings, needs_labels=False).train
    except Exception:
        raise reason from None
    print(f"{arguments.data}: no loss and no gradients: {reason}", file=sys.stderr)
    return network, samples._replace(y=None), arguments.data, settings


def _open_network(name: str) -> tuple[Sequential, dict[str, Any]]:
    """Open a network; of a run that is not done that of its newest checkpoint, which is told."""
    from ..runs import newest_network, open_network
    from ..runs.saved import is_done, load_config

    if not os.path.isdir(name) or is_done(name):
        return open_network(name)
    settings = load_config(name)
    network, _, about, notes = newest_network(name)
    for note in notes:
        print(note, file=sys.stderr)
    if network is None:
        return open_network(name)  # its error tells how to go on
    print(f"{name} is not done; the network is that of {about}", file=sys.stderr)
    return network, settings


def _named(name: str) -> WithSamples:
    from ..data import Samples
    from ..profiling import find_network

    found = find_network(name)
    network = found.build()
    network.loss = found.loss
    return network, Samples(*found.batch()), "random numbers, with first weights, untrained", {}
