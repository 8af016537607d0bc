"""The verb ``nnfs verify``."""

from __future__ import annotations

import argparse
import json
import math
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..verify import Row

EXAMPLE = "nnfs verify --kernel conv2d_forward --seed 1000"
COLUMNS = "{:<31}{:<9}{:<9}{:>6}{:>9}{:>7}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs verify``."""
    parser.add_argument("--kernel", metavar="NAME", help="check this one only; predict and fit are names, too")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the first case (0)")
    parser.add_argument("--cases", type=int, metavar="N", help="cases of each kernel, one a seed (140)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each kernel, build and type, and failures on stderr; return 1 if there is a failure, else 0."""
    from ..arguments.shapes import as_integer
    from ..verify import CASES_EACH, CHECKS, verify

    cases = CASES_EACH if arguments.cases is None else as_integer(arguments.cases, "--cases", minimum=1)
    seed = as_integer(arguments.seed, "--seed", minimum=0)
    if arguments.kernel not in (None, *CHECKS):
        raise ValueError(f"--kernel is {arguments.kernel!r}; it must be one of {', '.join(CHECKS)}")
    checks = CHECKS if arguments.kernel is None else (arguments.kernel,)
    if not arguments.json:
        print(COLUMNS.format("kernel", "build", "type", "cases", "worst", "seed"))
    rows = []
    for row in verify(checks, seed=seed, cases=cases):
        rows.append(row)
        if not arguments.json:
            print(_line(row), flush=True)
        for failure in row.failures[:1]:
            print(f"nnfs: wrong: {failure}", file=sys.stderr)
    if arguments.json:
        print(json.dumps([_as_json(row) for row in rows], indent=2, allow_nan=False))
        return int(any(row.failures for row in rows))
    wrong = [row for row in rows if row.failures]
    if wrong:
        print(f"\n{len(wrong)} of {len(rows)} rows are wrong")
        return 1
    print(f"\nall {sum(row.cases for row in rows)} cases are right; worst: error as a share of what rounding allows")
    return 0


def _line(row: Row) -> str:
    worst = f"{row.worst:.3f}" if row.worst < 100 else f"{row.worst:.0e}"
    line = COLUMNS.format(row.check, row.build, row.dtype, row.cases, worst, row.seed)
    return line + (f"  {len(row.failures)} WRONG" if row.failures else "")


def _as_json(row: Row) -> dict[str, object]:
    return vars(row) | {"worst": row.worst if math.isfinite(row.worst) else None}
