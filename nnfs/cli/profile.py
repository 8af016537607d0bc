"""The verb ``nnfs profile``."""

from __future__ import annotations

import argparse
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..losses import Loss
    from ..sequential import Sequential

EXAMPLE = "nnfs profile cnn-5 --batch-size 64\n  nnfs profile runs/first --no-fuse"
NOTES = """
of step: microseconds, as a share of a plain step's; operations: two for each multiply-add of the plain formulas,
so that a faster way can exceed the limit; MB: the arrays that go in and come out, each once; share: the least time by
the limit that binds, arithmetic or bandwidth, divided by the time; in no node: loss, update, checks, Python."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs profile``."""
    parser.add_argument(
        "network",
        metavar="NET",
        help="a network of `nnfs bench`, such as cnn-5, or the folder of a run, or a .safetensors file",
    )
    parser.add_argument("--batch-size", type=int, metavar="N", help="samples of a step (64; 32 for the moons MLP)")
    parser.add_argument("--no-fuse", action="store_true", help="run each layer on its own")
    parser.add_argument("--seconds", type=float, default=3.0, metavar="S", help="how long to measure (3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Measure where the time of a training step goes, print a table or JSON, and return 0."""
    from .. import profiling as bench
    from ..arguments.hyperparameters import as_count, as_number
    from ..system.machine import machine

    network, rows, loss = _find(arguments.network)
    if arguments.batch_size is not None:
        rows = as_count(arguments.batch_size, "--batch-size")
    seconds = as_number(arguments.seconds, "--seconds", above=0)
    if arguments.no_fuse:
        network.layers.nodes = list(network.layers)
    peaks = bench.measure_peaks(network.dtype)
    profiled = bench.profile(network, peaks, batch_size=rows, seconds=seconds, loss=loss)
    if arguments.json:
        print(json.dumps({"machine": machine(), "peaks": peaks._asdict(), "batch_size": rows} | profiled, indent=1))
        return 0
    print(bench.machine_line())
    print(bench.peaks_line(peaks))
    print(f"\n{arguments.network}: a training step of {rows} samples, {network.dtype}\n")
    print(bench.profile_table(profiled), NOTES, sep="\n")
    return 0


def _find(name: str) -> tuple[Sequential, int, str | Loss]:
    """Return a network, its usual batch size and its loss; the name is one of ``nnfs bench``, a file or a run."""
    from ..profiling import find_network
    from ..runs import open_network

    if os.path.splitext(name)[1] or os.path.basename(name) != name:  # no network of `nnfs bench` has such a name
        network, _ = open_network(name)
        # If the file does not name the loss, any loss will do: it takes a few microseconds.
        return network, 64, network.loss or "mean_squared_error"
    found = find_network(name)
    return found.build(), found.batch_size, found.loss
