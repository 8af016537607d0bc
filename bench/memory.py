"""Measure the peak memory of a process that trains, with nnfs and with PyTorch, each in a process of its own.

python bench/memory.py [--json] [--network NAME] [--steps N]

The peak is the largest resident size of the whole process, Python and NumPy included. PyTorch's process copies its
network from nnfs; the memory that importing nnfs adds is subtracted.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import subprocess
import sys

GOAL = 3.0


def resident(field: str) -> float:
    """Return the resident memory of this process in MiB: for the field VmRSS now, for VmHWM the peak."""
    with open("/proc/self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines[field].split()[0]) / 1024


def train(framework: str, name: str, steps: int) -> None:
    """Train in this process and print its peak memory in MiB; ``framework`` is "nnfs" or "torch"."""
    foreign = 0.0
    if framework == "torch":
        importlib.import_module("torch")
        before = resident("VmRSS")
        importlib.import_module("nnfs.profiling")
        foreign = resident("VmRSS") - before
    from nnfs import profiling as bench

    network = bench.find_network(name)
    step = bench.nnfs_step(network) if framework == "nnfs" else bench.torch_step(network, "torch")
    for _ in range(steps):
        step()
    print(resident("VmHWM") - foreign)


def peak(framework: str, name: str, steps: int) -> float:
    command = [sys.executable, "-I", __file__, "--train", framework, "--network", name, "--steps", str(steps)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--network", action="append", help="only this network; may be repeated")
    parser.add_argument("--steps", type=int, default=30, help="training steps of each process")
    parser.add_argument("--train", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(options.train, options.network[0], options.steps)
        return
    from nnfs import profiling as bench
    from nnfs.system.machine import machine

    rows = []
    for name in options.network or [network.name for network in bench.NETWORKS]:
        ours = peak("nnfs", name, options.steps)
        rival = peak("torch", name, options.steps) if importlib.util.find_spec("torch") else None
        ratio = rival / ours if rival else None
        met = ratio >= GOAL if ratio else None
        rows.append({"network": name, "nnfs_mib": ours, "torch_mib": rival, "ratio": ratio, "goal": GOAL, "met": met})
    if options.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=1))
        return
    print(f"{bench.machine_line(bench.installed_rivals())}\n")
    headings = ("network", "nnfs MiB", "torch MiB", "torch/nnfs", "goal", "met")
    print(bench.table(headings, [list(row.values()) for row in rows]))


if __name__ == "__main__":
    main()
