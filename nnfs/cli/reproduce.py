"""The verb ``nnfs reproduce``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..reproduce import Run

EXAMPLE = "nnfs reproduce --rows cnn-1,cnn-5 --dataset fashion-mnist"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs reproduce``."""
    parser.add_argument(
        "--dataset",
        default="auto",
        metavar="NAME",
        help="images for cnn-1 ... cnn-5: digits, fashion-mnist, or auto, which is Fashion-MNIST where it is found",
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the folder that holds Fashion-MNIST")
    parser.add_argument(
        "--rows",
        nargs="+",
        metavar="ROW",
        help="train these only, with commas or spaces between: linear-small linear-large moons cnn-1 ... cnn-5",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of each row's own number")
    parser.add_argument(
        "--seed",
        type=int,
        nargs="+",
        default=[0],
        metavar="N",
        help="where all random numbers come from (0); of several, mean and spread are printed",
    )
    parser.add_argument("--no-torch", action="store_true", help="leave PyTorch out, even if it is installed")
    parser.add_argument("--output", default="runs", metavar="DIR", help="where the run's own folder is made (runs)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def run(arguments: argparse.Namespace) -> int:
    """Train the networks of the original project, print tables or JSON, and return the exit code.

    Several seeds give one table with mean and spread, or a list of results in JSON. The exit code is 1 if a row misses
    its published figures, provided that it was trained for its own number of epochs on the data that were published;
    otherwise it is 0. If one row fails, the other rows are trained and printed before its error is raised. An
    interrupt, too, is raised after the finished rows are printed.
    """
    from ..arguments.seeds import as_seed
    from ..reproduce import Run

    rows = arguments.rows and [name for part in arguments.rows for name in part.split(",") if name]
    sessions: list[Run] = []
    try:
        for seed in [as_seed(seed) for seed in arguments.seed]:
            session = Run(
                dataset=arguments.dataset,
                rows=rows,
                epochs=arguments.epochs,
                seed=seed,
                with_torch=not arguments.no_torch,
                data_dir=arguments.data_dir,
                output=arguments.output,
                verbose=True,
            )
            sessions.append(session)
            session.train()
    finally:
        if sessions:
            _print(sessions, arguments.json)
    failures = [session.failure for session in sessions if session.failure is not None]
    if failures:
        raise failures[0]
    missed = {row.task: None for session in sessions for row in session.rows if row.beats_published is False}
    if missed and arguments.epochs is None:
        print(f"not as good as published: {', '.join(missed)}", file=sys.stderr)
        return 1
    return 0


def _print(sessions: list[Run], as_json: bool) -> None:
    """Print the results of one seed or of several seeds, as tables or as JSON."""
    from ..reproduce import settings_text, spread_table, tables

    first = sessions[0]
    if as_json:
        results = [session.results() for session in sessions]
        print(json.dumps(results[0] if len(results) == 1 else results, indent=2, allow_nan=False))
    elif len(sessions) == 1:
        print(tables(first.rows, first.dataset, first.torch_state))
    else:
        print(spread_table([row for session in sessions for row in session.rows]), end="\n\n")
        print(settings_text(first.rows))
    folders = ", ".join(str(session.folder) for session in sessions)
    page = "; a page to hand out: report.html in there" if first.draws else ""
    print(f"results and histories: {folders}{page}", file=sys.stderr)
