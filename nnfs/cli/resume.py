"""The verb ``nnfs resume``."""

from __future__ import annotations

import argparse

from .train import add_job_arguments, add_printing_arguments, print_result, verbose

EXAMPLE = "nnfs resume runs/first --epochs 30"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs resume``."""
    parser.add_argument("run_folder", metavar="RUN", help="the folder of the run")
    parser.add_argument("--epochs", type=int, metavar="N", help="how many in all, to train a run longer (those it has)")
    add_printing_arguments(parser)
    add_job_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Continue a run, print its final figures and its folder, and return 0."""
    from ..runs import resume

    how = {"epochs": arguments.epochs, "verbose": verbose(arguments), "timeout": arguments.timeout}
    result = resume(arguments.run_folder, **how)
    print_result(result, arguments.json)
    return 0
