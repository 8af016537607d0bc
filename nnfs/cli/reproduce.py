"""The verb ``nnfs reproduce``."""

from __future__ import annotations

import argparse
import json
import sys

EXAMPLE = "nnfs reproduce --rows cnn-1,cnn-5 --dataset fashion-mnist"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this verb."""
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
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="where all random numbers come from (0)")
    parser.add_argument("--no-torch", action="store_true", help="leave PyTorch out, even if it is installed")
    parser.add_argument("--output", default="runs", metavar="DIR", help="where the run's own folder is made (runs)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")


def run(arguments: argparse.Namespace) -> int:
    """Train, and print both tables or, with ``--json``, the results; return the exit code.

    It is 1 where a row that ran with its own number of epochs, on the data of the published figures, misses
    them, and else 0. An error in one row is raised after the others are trained and all results printed. Whatever is
    done when an interrupt comes is printed, too.
    """
    from ..reproduce import Run, tables

    rows = arguments.rows and [name for part in arguments.rows for name in part.split(",") if name]
    session = Run(
        dataset=arguments.dataset,
        rows=rows,
        epochs=arguments.epochs,
        seed=arguments.seed,
        with_torch=not arguments.no_torch,
        data_dir=arguments.data_dir,
        output=arguments.output,
        verbose=True,
    )
    try:
        session.train()
    finally:
        if arguments.json:
            print(json.dumps(session.results(), indent=2, allow_nan=False))
        else:
            print(tables(session.rows, session.dataset, session.torch_state))
        print(f"results, histories and pictures: {session.folder}", file=sys.stderr)
    if session.failure is not None:
        raise session.failure
    missed = [row.task for row in session.rows if row.beats_published is False]
    if missed and arguments.epochs is None:
        print(f"not as good as published: {', '.join(missed)}", file=sys.stderr)
        return 1
    return 0
