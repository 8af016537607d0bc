"""Measure how much longer ``import nnfs`` takes than ``import numpy``: medians of new processes, in turns.

python bench/import_time.py [--json] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

GOAL = 15.0
PROGRAM = "import time; began = time.perf_counter(); import {}; print(1e3 * (time.perf_counter() - began))"


def milliseconds(module: str) -> float:
    command = [sys.executable, "-I", "-c", PROGRAM.format(module)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=40, help="processes for each of the two")
    options = parser.parse_args()
    # The first two processes do not count: they read files that later processes find in memory.
    times = [(milliseconds("numpy"), milliseconds("nnfs")) for _ in range(options.rounds + 1)][1:]
    numpy, nnfs = (statistics.median(column) for column in zip(*times, strict=True))
    more = statistics.median(ours - theirs for theirs, ours in times)
    row = {"numpy_ms": numpy, "nnfs_ms": nnfs, "difference_ms": more, "goal_ms": GOAL, "met": more <= GOAL}
    from nnfs import profiling as bench
    from nnfs.system.machine import machine

    if options.json:
        print(json.dumps({"machine": machine()} | row, indent=1))
        return
    print(f"{bench.machine_line()}\n")
    print(bench.table(("numpy ms", "nnfs ms", "difference ms", "at most", "met"), [list(row.values())]))


if __name__ == "__main__":
    main()
