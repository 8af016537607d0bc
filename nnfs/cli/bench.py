"""The verb ``nnfs bench``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..profiling import Network

EXAMPLE = 'nnfs bench --network cnn-5 --network "CIFAR VGG"'
INSTALL = {"torch": "pip install torch", "onnxruntime": "pip install onnx onnxruntime"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs bench``."""
    parser.add_argument(
        "--table",
        action="append",
        choices=["step", "recent", "batch", "sample"],
        help="only this: a training step of ten well-known networks by SGD, one of networks as they are built today by "
        "Adam, or a prediction of 64 samples or of one; may be repeated",
    )
    parser.add_argument("--network", action="append", metavar="NAME", help="only this network; may be repeated")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="turns of each contestant (15)")
    parser.add_argument(
        "--seconds", type=float, default=1.0, metavar="S", help="for each contestant, network and table (1)"
    )
    parser.add_argument("--no-torch", action="store_true", help="leave PyTorch out, even if it is installed")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def run(arguments: argparse.Namespace) -> int:
    """Measure the time of networks, print each table once it is measured, or JSON at the end, and return 0."""
    import numpy as np

    from .. import profiling as bench
    from ..arguments.hyperparameters import as_count, as_number
    from ..system.machine import machine

    rounds = as_count(arguments.rounds, "--rounds")
    seconds = as_number(arguments.seconds, "--seconds", above=0)
    tables = _tables(arguments.table or list(bench.COMPARISONS), arguments.network or [])
    versions = bench.installed_rivals()
    rivals = [name for name, version in versions.items() if version and not (name == "torch" and arguments.no_torch)]
    measured = {name: versions[name] for name in rivals}
    peaks = bench.measure_peaks(np.dtype("float32"))
    results: dict[str, Any] = {"machine": machine() | measured, "peaks": peaks._asdict()}
    if not arguments.json:
        print(bench.machine_line(measured))
        print(bench.peaks_line(peaks))
        for rival in [name for name, version in versions.items() if version is None]:
            print(f"{rival} is not measured, because it is not installed: {INSTALL[rival]}")
    for name, networks in tables.items():
        comparison = bench.COMPARISONS[name]
        rows = results[name] = []
        for network in networks:
            print(f"{name}: {network.name}", file=sys.stderr)
            rows.append(bench.compare(comparison, network, rivals, peaks, rounds=rounds, seconds=seconds))
        if not arguments.json:
            lines = [bench.comparison_table(rows), *bench.comparison_caveats(rows)]
            print(f"\n{comparison.title}\n\n" + "\n".join(lines), flush=True)
    if arguments.json:
        print(json.dumps(results, indent=1))
    return 0


def _tables(tables: Sequence[str], names: Sequence[str]) -> dict[str, list[Network]]:
    """Return the networks to measure by table: those with these names, or all networks of the table without names."""
    from .. import profiling as bench

    wanted = [bench.find_network(name) for name in names]
    known = {table: comparison.networks for table, comparison in bench.COMPARISONS.items() if table in tables}
    for network in wanted:
        if not any(network in networks for networks in known.values()):
            others = ", ".join(repr(one.name) for networks in known.values() for one in networks)
            text = f"--network {network.name!r} is not in the table {' or '.join(known)}; its networks are {others}"
            raise ValueError(text)
    chosen = {table: [one for one in wanted or networks if one in networks] for table, networks in known.items()}
    return {table: networks for table, networks in chosen.items() if networks}
