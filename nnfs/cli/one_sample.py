"""A network and one sample of its data, for the verbs ``trace`` and ``explain``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DTypeError, FormatError

if TYPE_CHECKING:
    from .._kernels.interface import Array
    from ..data import Samples
    from ..explain import Explanation
    from ..sequential import Sequential


class OneSample(NamedTuple):
    """An explanation of a sample and those behind it, their network, what they are in words, and the run's settings."""

    network: Sequential
    explanation: Explanation
    about: str
    samples: list[str]
    x: Array
    y: Array | None
    settings: dict[str, Any]


def add_sample_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a network and a sample."""
    parser.add_argument(
        "network",
        metavar="RUN|FILE|NAME",
        help="the folder of a run, a .safetensors file of nnfs, or a network of `nnfs bench`, such as LeNet-5",
    )
    parser.add_argument("data", metavar="DATA", nargs="?", help="whose sample to take (the data of the run)")
    parser.add_argument("--sample", type=int, default=0, metavar="I", help="its number, from 0 (0)")
    parser.add_argument("--part", choices=["train", "test"], help="of data that have both (test)")
    parser.add_argument("--target", metavar="COLUMN", help="of a table, with the labels (that of the run)")
    parser.add_argument("--data-dir", metavar="DIR", help="the folder that holds Fashion-MNIST (that of the run)")


def explain_sample(arguments: argparse.Namespace, *, batch: int = 1, training: bool = False) -> OneSample:
    """Open the network, and explain the sample by the NumPy reference. Without labels there are no gradients.

    The ``batch - 1`` samples behind it are explained with it, as far as there are so many.
    """
    from .._kernels import use_backend

    name = arguments.network
    if os.path.exists(name) or os.path.splitext(name)[1] or os.path.basename(name) != name:
        network, samples, source, settings = _open(arguments)
    else:
        (network, samples, source), settings = _named(name), {}
    count, number = len(samples.x), arguments.sample
    if not 0 <= number < count:
        raise ValueError(f"--sample must be a number from 0 to {count - 1}, got {number}: {source} has {count} samples")
    rows = slice(number, number + batch)
    y = None if samples.y is None else samples.y[rows]
    with use_backend("numpy"):
        explanation = network.explain(samples.x[rows], y, training=training)
    names = [_name(network, samples, k) for k in range(number, number + len(samples.x[rows]))]
    about = f"sample {number} of {source}{names[0].removeprefix(f'sample {number}')}"
    return OneSample(network, explanation, about, names, samples.x[rows], y, settings)


def _name(network: Sequential, samples: Samples, number: int) -> str:
    file = f", {samples.files[number]}" if samples.files else ""
    label = "" if samples.y is None else f", {_label(network, samples.y[number : number + 1])}"
    return f"sample {number}{file}{label}"


def _open(arguments: argparse.Namespace) -> tuple[Sequential, Samples, str, dict[str, Any]]:
    from ..runs import open_network
    from .evaluate import load_part

    network, settings = open_network(arguments.network)
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


def _named(name: str) -> tuple[Sequential, Samples, str]:
    from ..data import Samples
    from ..profiling import find_network

    found = find_network(name)
    network = found.build()
    network.loss = found.loss
    return network, Samples(*found.batch()), "random numbers, with first weights, untrained"


def _label(network: Sequential, y: Array) -> str:
    if y.ndim == 1 and y.dtype.kind in "iu":
        number, names = int(y[0]), network.facts.class_names
        return f"class {names[number] if number < len(names) else number}"
    return f"target {' '.join(f'{value:.4g}' for value in y.ravel()[:8])}"
