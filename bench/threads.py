"""Measure training steps on 1, 2, ... threads, up to the number that nnfs uses on this computer.

python bench/threads.py [--json] [--network NAME] [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import json

import nnfs
from nnfs import profiling as bench


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--network", action="append", help="only this network; may be repeated")
    parser.add_argument("--rounds", type=int, default=10, help="turns of each number of threads")
    parser.add_argument("--seconds", type=float, default=0.7, help="for each number of threads and network")
    options = parser.parse_args()
    threads = range(1, nnfs.get_num_threads() + 1)
    rows = []
    for network in [bench.find_network(name) for name in options.network or ()] or bench.NETWORKS:
        times = bench.interleave(
            dict.fromkeys(map(str, threads), bench.nnfs_step(network)),
            rounds=options.rounds,
            seconds=options.seconds,
            before=lambda count: nnfs.set_num_threads(int(count)),
        )
        medians = {int(count): found.median for count, found in times.items()}
        rows.append({"network": network.name, "microseconds": medians, "speedup": medians[1] / medians[threads[-1]]})
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "rows": rows}, indent=1))
        return
    headings = ["network", *(f"{count} threads us" if count > 1 else "1 thread us" for count in threads)]
    cells = [[row["network"], *row["microseconds"].values(), row["speedup"]] for row in rows]
    print(f"{bench.machine_line()}\n")
    print(bench.table([*headings, f"1 thread / {threads[-1]}"], cells))


if __name__ == "__main__":
    main()
