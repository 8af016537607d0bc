"""The verb ``nnfs sweep``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..printable import four_digits, printable

if TYPE_CHECKING:
    from ..many.result import Result
    from ..many.sweep import Sweep
    from ..many.table import Table

EXAMPLE = "nnfs sweep sweep.toml --dry-run\n  nnfs sweep sweep.toml --name rates"
SHOWN = 5
"""How many of the best runs are printed."""
FILE = """
A file of a sweep has the settings of nnfs train, and a table [sweep]:
  data = "digits"
  epochs = 5
  [network]
  name = "mlp"
  [sweep]
  method = "grid"        # or random, optuna
  runs = 20              # of random and optuna
  seed = 0               # of their values
  best = "val_loss"      # by which runs are compared
  [sweep.values]
  seed = [0, 1]
  optimizer.learning_rate = [0.001, 0.01]
  network.hidden_units = [[16], [32, 32]]
  batch_size = {low = 8, high = 128, log = true}    # of random and optuna
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs sweep``."""
    parser.add_argument("settings", metavar="SETTINGS", nargs="?", help="a TOML or JSON file, see below")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of such files")
    parser.add_argument("--name", help="of the sweep's folder, with which it also goes on (that of the file)")
    parser.add_argument("--output", default="runs", metavar="DIR", help="where the sweep's folder is made (runs)")
    parser.add_argument("--workers", type=int, metavar="N", help="how many runs at once (as many as there are cores)")
    parser.add_argument(
        "--processes",
        action="store_true",
        help="run in processes instead of threads: faster for tiny networks",
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="run on a Dask cluster, such as tcp://host:8786")
    parser.add_argument("--dry-run", action="store_true", help="list the runs, and train nothing")
    parser.add_argument("--verbose", default="auto", choices=["auto", "0", "1"], help="0 silent, 1 a line a run (1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = f"{parser.epilog}\n{FILE.rstrip()}"


def run(arguments: argparse.Namespace) -> int:
    """Run a sweep, print its best runs and what mattered, and return 0, or 1 if every run failed."""
    from ..many.sweep import load_sweep, sweep_schema

    if arguments.schema:
        print(json.dumps(sweep_schema(), indent=1))
        return 0
    if arguments.settings is None:
        raise ValueError("a file of settings is missing: nnfs sweep SETTINGS.toml; see nnfs sweep --help")
    sweep = load_sweep(arguments.settings)
    if arguments.dry_run:
        _list(sweep, arguments.json)
        return 0
    name = arguments.name or Path(arguments.settings).stem
    if name in ("", ".", "..") or Path(name).name != name:
        raise ValueError(f"--name must be the name of a folder, not a path, got {name!r}")
    folder = os.path.join(arguments.output, name)
    again = f"to go on with it: {_command(arguments)}"
    try:
        table = _run(sweep, folder, arguments)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(again) from interrupt
    except SystemExit as leave:
        leave.add_note(again)
        raise
    _print(sweep, table, folder, arguments.json)
    return 0 if any(result.error is None for result in table.results.values()) else 1


def _run(sweep: Sweep, folder: str, arguments: argparse.Namespace) -> Table:
    from ..many.run_sweep import run_sweep

    how: Any = {"workers": arguments.workers, "verbose": arguments.verbose != "0"}
    if arguments.dask is None:
        return run_sweep(sweep, folder, executor="processes" if arguments.processes else None, **how)
    if arguments.processes:
        raise ValueError("give --dask or --processes, not both")
    try:
        from distributed import Client
    except ImportError as error:
        raise ValueError(f'--dask needs Dask: pip install "nnfs-cython[dask]" ({error})') from error
    with Client(arguments.dask) as client:
        return run_sweep(sweep, folder, executor=client, **how)


def _list(sweep: Sweep, as_json: bool) -> None:
    """Print the changes of each run; of Optuna's, which are not known before, the values."""
    if sweep.method == "optuna":
        print(f"{sweep.runs} runs, whose values Optuna proposes from:")
        for name, choice in sweep.choices.items():
            print(f"  {name}: {printable(str(choice))}")
        return
    changes = list(sweep.changes())
    if as_json:
        print(json.dumps(changes, indent=1))
        return
    for index, each in enumerate(changes):
        print(printable(f"{index} " + " ".join(f"{name}={value}" for name, value in each.items())))
    print(f"{len(changes)} runs", file=sys.stderr)


def _print(sweep: Sweep, table: Table, folder: str, as_json: bool) -> None:
    from ..many.ranking import ranking

    ranked = ranking(table.in_order(), table.settings, sweep.best)
    if as_json:
        runs = [_facts(result, table) for result in ranked.results]
        failed = [_facts(result, table) for result in table.in_order() if result.error is not None]
        content = {"folder": folder, "best": ranked.figure, "runs": runs, "failed": failed, "mattered": ranked.shares}
        print(json.dumps(content, indent=2, allow_nan=False))
        return
    print(f"the best of {len(table.results)} runs by {ranked.figure}:")
    for result in ranked.results[:SHOWN]:
        about = " ".join(f"{name}={value}" for name, value in table.settings[result.job].items())
        print(printable(f"  {four_digits(result.figures[ranked.figure])}  {about}  {result.run}"))
    if ranked.shares:
        print(f"what mattered, as the share of the variance of {ranked.figure}'s ranks that each explains alone:")
        for name, share in ranked.shares.items():
            print(f"  {share:4.0%}  {printable(name)}")
    errors = [result.error for result in table.in_order() if result.error is not None]
    if errors:
        print(printable(f"{len(errors)} failed, the first of them by {errors[0]}"))
    print(f"table: {os.path.join(folder, 'results.csv')}")
    print(f"report: nnfs report {shlex.quote(folder)}")


def _facts(result: Result, table: Table) -> dict[str, Any]:
    facts = {"run": result.run, "settings": table.settings[result.job], "seconds": result.seconds}
    return facts | ({"error": result.error} if result.error is not None else {"figures": result.figures})


def _command(arguments: argparse.Namespace) -> str:
    words = ["nnfs", "sweep", arguments.settings]
    for name, default in (("name", None), ("output", "runs"), ("workers", None), ("dask", None)):
        if getattr(arguments, name) != default:
            words += [f"--{name}", str(getattr(arguments, name))]
    return shlex.join(words + ["--processes"] * arguments.processes)
