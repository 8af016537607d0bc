"""The verb ``nnfs report``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..runs.report import Record

EXAMPLE = "nnfs report runs/first --output report.html\n  nnfs report runs/*"
SECONDS = 0.5
"""How long the training steps of a run are measured."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs report``."""
    parser.add_argument(
        "runs", metavar="RUN", nargs="+", help="the folder of a run, or of a sweep; of several runs, one page shows all"
    )
    parser.add_argument("--output", default="report.html", metavar="FILE", help="the page to write (report.html)")
    parser.add_argument(
        "--no-profile",
        action="store_true",
        help="do not measure the time of each layer, which takes half a second for each run",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the page, print its path, and return 0."""
    from ..many.recorded import is_recorded
    from ..runs.report import load_libraries, page_of
    from ..system.pages import find_older, write_page

    load_libraries()
    find_older(arguments.output, "report")  # an error before all the work
    if len(arguments.runs) == 1 and is_recorded(arguments.runs[0]):
        return _show_many(arguments)
    records = _open(arguments.runs)
    for record in records:
        for note in record.notes:
            print(f"{record.path}: {note}", file=sys.stderr)
        if not arguments.no_profile:
            _profile(record)
    about = write_page(arguments.output, page_of(records), "report")
    print(arguments.output)
    print(about, file=sys.stderr)
    return 0


def _show_many(arguments: argparse.Namespace) -> int:
    """Write the page of a sweep."""
    from ..many.page import page_of_many
    from ..many.recorded import read_recorded
    from ..system.pages import write_page

    about = write_page(arguments.output, page_of_many(read_recorded(arguments.runs[0])), "report")
    print(arguments.output)
    print(about, file=sys.stderr)
    return 0


def _open(paths: list[str]) -> list[Record]:
    """Read the runs; of several folders, those that are no runs are told and left out, as ``runs/*`` may name them."""
    from ..errors import FormatError
    from ..io.run_folder import check_is_run
    from ..runs.report import open_record

    runs: list[str] = []
    others: list[FormatError] = []
    for path in paths:
        try:
            check_is_run(path)
            runs.append(path)
        except FormatError as error:
            others.append(error)
    if not runs:
        raise others[0]
    for other in others:
        print(f"{other}; left out", file=sys.stderr)
    return [open_record(path) for path in runs]


def _profile(record: Record) -> None:
    """Measure the time of each layer in training steps of a run, on a copy of its network."""
    import copy

    from ..errors import NumericError
    from ..profiling import profile
    from ..profiling.roofline import Peaks

    if record.network is None or record.network.loss is None:
        return
    network, loss, rows = copy.deepcopy(record.network), record.network.loss, record.settings["batch_size"]
    try:
        # The page shows no limits of the computer, so that none are measured.
        record.profiled = profile(network, Peaks(1.0, 1.0, {1: 1.0}), batch_size=rows, seconds=SECONDS, loss=loss)
    except NumericError as error:
        record.notes.append(f"the time of each layer was not measured: {error}")
