"""A network and one sample of its data, for the verbs ``trace`` and ``explain``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from .with_samples import add_network_arguments, open_with_samples

if TYPE_CHECKING:
    from .._kernels.interface import Array
    from ..data import Samples
    from ..explain import Explanation
    from ..sequential import Sequential


MOST_SAMPLES = 64
"""How many samples are explained together: of more, nobody reads the numbers."""


class OneSample(NamedTuple):
    """An explanation of a sample and those behind it, and what a page tells beside it.

    ``around`` are all samples of a network of two inputs, over which the plane of its answers reaches, and ``labels``
    their targets.
    """

    network: Sequential
    explanation: Explanation
    about: str
    samples: list[str]
    x: Array
    y: Array | None
    settings: dict[str, Any]
    around: Array | None
    labels: Array | None


def add_sample_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a network and a sample."""
    add_network_arguments(parser)
    parser.add_argument("--sample", type=int, default=0, metavar="I", help="its number, from 0 (0)")
    parser.add_argument(
        "--batch",
        type=int,
        default=1,
        metavar="N",
        help="take N samples from there on: loss and gradients are those of their mean (1)",
    )
    parser.add_argument(
        "--training", action="store_true", help="as in a step of training: dropout drops, batches are normalized"
    )


def explain_sample(arguments: argparse.Namespace) -> OneSample:
    """Open the network, and explain the sample by the NumPy reference. Without labels there are no gradients.

    The samples of ``--batch`` behind it are explained with it, as far as there are so many.
    """
    from .._kernels import use_backend

    batch, number = arguments.batch, arguments.sample
    if not 1 <= batch <= MOST_SAMPLES:
        raise ValueError(
            f"--batch must be a number from 1 to {MOST_SAMPLES}, got {batch}; --sample says at which sample it begins"
        )
    network, samples, source, settings = open_with_samples(arguments)
    count = len(samples.x)
    if not 0 <= number < count:
        raise ValueError(f"--sample must be a number from 0 to {count - 1}, got {number}: {source} has {count} samples")
    rows = slice(number, number + batch)
    y = None if samples.y is None else samples.y[rows]
    with use_backend("numpy"):
        explanation = network.explain(samples.x[rows], y, training=arguments.training)
    source = os.path.basename(source) if os.path.isabs(source) else source  # a page is shown to others
    names = [_name(network, samples, k) for k in range(number, number + len(samples.x[rows]))]
    if len(names) == 1:
        about = f"sample {number} of {source}{names[0].removeprefix(f'sample {number}')}"
    else:
        last = f", which has {count}" if len(names) < batch else ""
        about = f"samples {number} to {number + len(names) - 1} of {source}{last}"
    if settings.get("scale_targets"):
        about += "; loss and gradients are in the unit of the target, which training has scaled"
    around = samples.x if network.input_shape == (2,) else None
    return OneSample(network, explanation, about, names, samples.x[rows], y, settings, around, samples.y)


def _name(network: Sequential, samples: Samples, number: int) -> str:
    from ..explain.page import target_in_words

    file = f", {samples.files[number]}" if samples.files else ""
    label = "" if samples.y is None else f", {target_in_words(network.facts, samples.y[number])}"
    return f"sample {number}{file}{label}"
