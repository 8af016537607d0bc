"""Measure things beside PyTorch, one after the other, and print a row for each, as `grouped.py` and `signals.py` do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import nnfs
from nnfs import profiling

Thing = TypeVar("Thing")


def contest(
    description: str, things: Iterable[Thing], measure: Callable[[Thing, bool, int, float], dict[str, Any]]
) -> None:
    """Read the command line, and print rows of ``measure(thing, with_torch, rounds, seconds)`` as a table or JSON."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--threads", type=int, default=nnfs.get_num_threads(), help="of both")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=0.25, help="for each contestant and row")
    options = parser.parse_args()
    nnfs.set_num_threads(options.threads)
    torch = profiling.installed_rivals()["torch"]
    rows = [measure(thing, torch is not None, options.rounds, options.seconds) for thing in things]
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "torch": torch, "rows": rows}, indent=1))
    else:
        print(profiling.machine_line({"torch": torch} if torch else None), end="\n\n")
        print(profiling.table(list(rows[0]), [list(row.values()) for row in rows]))
