"""Measure how well two processes train one network together, and compute what networks of machines would give.

python bench/mpi.py [--json] [--rounds N] [--steps N] [--no-torch]

Each of two processes of mpiexec has one thread; beside them stand one process with one thread and with two, and
PyTorch's DistributedDataParallel with gloo, whose processes have one thread too. The efficiency is the time of a step
in one process of one thread, divided by twice the time in two. The model of an exchange is latency + bytes / bandwidth,
fitted to exchanges of 1 KiB to 16 MiB, and checked against the exchanges of the trainings.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import nnfs
from nnfs import Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sequential
from nnfs.profiling import machine_line, table
from nnfs.ranks.mpi import ranks_here
from nnfs.ranks.ranks import Ranks

BATCH = 64
NETWORKS: dict[str, tuple[tuple[int, ...], list[int]]] = {
    "MLP 784-256-10": ((), [256]),
    "CNN 16-32, dense 128": ((16, 32), [128]),
    "CNN 48-64, dense 256": ((48, 64), [256]),
    "CNN 64-128-128, dense 256": ((64, 128, 128), [256]),
}
"""The filters of 3 x 3 convolutions, with pooling behind the first two, and the units of dense layers."""
SIZES = [2**power for power in range(10, 25, 2)]
LATENCY = 50e-6
"""Seconds of a message between machines by TCP, a usual figure, which is not measured here."""
MACHINES, GBITS = (4, 16, 64), (10, 25)
TARGET = 0.8


def build(name: str) -> Sequential:
    """Return a network of the table."""
    filters, units = NETWORKS[name]
    layers: list[Any] = []
    for index, count in enumerate(filters):
        layers += [Conv2D(count, 3, padding="same"), ReLU(), *([MaxPool2D(2)] if index < 2 else [])]
    layers += [Flatten(), *(part for count in units for part in (Dense(count), ReLU())), Dense(10)]
    return Sequential(layers, input_shape=(1, 28, 28), seed=0)


def samples() -> tuple[Any, Any]:
    """Return one batch of noise with labels."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, BATCH)


def step_seconds(name: str, steps: int, shards: int | None) -> float:
    """Return the median of the seconds of a step of ``fit``, which has one batch an epoch."""
    history = build(name).fit(
        *samples(), loss="cross_entropy", epochs=steps, batch_size=BATCH, shards=shards, verbose=0
    )
    return statistics.median(history["seconds"][2:])


def nnfs_alone(steps: int) -> dict[str, Any]:
    """Return the seconds of a step of each network in this process, with one thread and with two."""
    found = {}
    for name in NETWORKS:
        for threads in (1, 2):
            nnfs.set_num_threads(threads)
            found[f"{name}, {threads}"] = step_seconds(name, count_of(name, steps), None)
    return found


def nnfs_ranks(steps: int) -> dict[str, Any]:
    """Return, in a process of mpiexec, the seconds of a step of each network, and those of exchanges by their bytes."""
    nnfs.set_num_threads(1)
    ranks, spent, found = ranks_here(), [0.0], {}
    add_up = Ranks.add_up

    def timed(self: Ranks, *arguments: Any) -> Any:
        began = time.perf_counter()
        sums = add_up(self, *arguments)
        spent.append(time.perf_counter() - began)
        return sums

    Ranks.add_up = timed  # type: ignore[method-assign]
    for name in NETWORKS:
        spent.clear()
        found[name] = {"step": step_seconds(name, count_of(name, steps), ranks.size)}
        found[name] |= {"exchange": min(statistics.median(each) for each in ranks.all_of(spent))}
    Ranks.add_up = add_up  # type: ignore[method-assign]
    for size in SIZES:
        array, times = np.zeros(size // 4, np.float32), []
        for _ in range(30):
            ranks.all_of(0)
            began = time.perf_counter()
            ranks.add_up([array], lambda first, last: True)
            times.append(time.perf_counter() - began)
        found[size] = statistics.median(times)
    return found if ranks.is_first else {}


def torch_steps(steps: int) -> dict[str, Any]:
    """Return the seconds of a step of each network by PyTorch, alone or in a process of a group, with one thread."""
    import torch

    torch.set_num_threads(1)
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size > 1:
        torch.distributed.init_process_group("gloo")
    found = {}
    for name, (filters, units) in NETWORKS.items():
        layers: list[Any] = []
        for index, count in enumerate(filters):
            layers += [torch.nn.LazyConv2d(count, 3, padding=1), torch.nn.ReLU()]
            layers += [torch.nn.MaxPool2d(2)] if index < 2 else []
        dense = [part for count in units for part in (torch.nn.LazyLinear(count), torch.nn.ReLU())]
        model: Any = torch.nn.Sequential(*layers, torch.nn.Flatten(), *dense, torch.nn.LazyLinear(10))
        x, y = map(torch.from_numpy, samples())
        model(x)
        model = torch.nn.parallel.DistributedDataParallel(model) if size > 1 else model
        optimizer, loss, times = torch.optim.Adam(model.parameters()), torch.nn.CrossEntropyLoss(), []
        x, y = x[: BATCH // size], y[: BATCH // size]
        for _ in range(count_of(name, steps)):
            began = time.perf_counter()
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
            times.append(time.perf_counter() - began)
        found[name] = statistics.median(times[2:])
    return found


def count_of(name: str, steps: int) -> int:
    """Return how many steps of a network to take: fewer of large ones."""
    return max(8, steps >> 2 * list(NETWORKS).index(name))


CONTESTANTS: dict[str, tuple[Callable[[int], dict[str, Any]], int]] = {
    "alone": (nnfs_alone, 1),
    "ranks": (nnfs_ranks, 2),
    "torch": (torch_steps, 1),
    "ddp": (torch_steps, 2),
}


def run(name: str, steps: int) -> dict[str, Any]:
    """Return what a contestant measures, in new processes."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        words = [sys.executable, "-P", __file__, "--contestant", name, "--steps", str(steps), "--result", str(result)]
        variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_NUM_THREADS": "1"}
        if name == "ranks":
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            words = [shutil.which("mpiexec", path=path) or "mpiexec", "-n", "2", *words]
        group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29571", "WORLD_SIZE": "2"} if name == "ddp" else {}
        begun = [
            subprocess.Popen(words, env=os.environ | variables | group | {"RANK": str(rank)})
            for rank in range(2 if name == "ddp" else 1)
        ]
        codes = [process.wait() for process in begun]
        if any(codes):
            raise SystemExit(f"{name} failed")
        return json.loads(result.read_text())


def fitted(exchanges: dict[int, float]) -> tuple[float, float]:
    """Return latency in seconds and bytes a second of exchanges: the line with the least relative errors."""
    sizes, seconds = np.array([*exchanges], float), np.array([*exchanges.values()])
    (latency, slope), *_ = np.linalg.lstsq(np.stack([1 / seconds, sizes / seconds], 1), np.ones(len(sizes)), rcond=None)
    return max(float(latency), 0.0), 1 / max(float(slope), 1e-15)


def main() -> None:
    """Run all contestants in turns, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contestant has its turn")
    parser.add_argument("--steps", type=int, default=400, help="steps of the smallest network in a turn")
    parser.add_argument("--no-torch", action="store_true", help="leave PyTorch out")
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--result", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contestant:
        if (found := CONTESTANTS[options.contestant][0](options.steps)) and os.environ.get("RANK", "0") == "0":
            Path(options.result).write_text(json.dumps(found))
        return
    names = [name for name in CONTESTANTS if not (options.no_torch and name in ("torch", "ddp"))]
    rounds = [{name: run(name, options.steps) for name in names} for _ in range(options.rounds)]
    show(rounds, options.json)


def show(rounds: list[dict[str, Any]], as_json: bool) -> None:
    """Print the best of all rounds: steps, exchanges beside the model, and what the model says of other networks."""

    def best(contestant: str, *keys: str) -> float:
        found = []
        for each in rounds:
            value = each.get(contestant, {})
            for key in keys:
                value = value.get(key, {})
            found.append(value if isinstance(value, float) else math.nan)
        return min(found)

    latency, bandwidth = fitted({size: best("ranks", str(size)) for size in SIZES})
    rows, far, pays = [], [], []
    for name in NETWORKS:
        one, two = best("alone", f"{name}, 1"), best("alone", f"{name}, 2")
        ranks, exchange = best("ranks", name, "step"), best("ranks", name, "exchange")
        torch, ddp = best("torch", name), best("ddp", name)
        size = build(name).vector.value.nbytes
        model = latency + size / bandwidth
        efficiencies = [one / (2 * seconds) for seconds in (two, ranks)]
        shares = [100 * seconds / ranks for seconds in (exchange, model)]
        rows.append(
            [name, size / 1e6, *(1e3 * s for s in (one, two, ranks)), *efficiencies, torch / (2 * ddp), *shares]
        )
        for gbit in GBITS:
            costs = [math.log2(count) * (LATENCY + size / (gbit * 1.25e8)) for count in MACHINES]
            strong = [one / (one + count * cost) for count, cost in zip(MACHINES, costs, strict=True)]
            weak = [one / (one + cost) for cost in costs]
            far.append([name, gbit, *strong, *weak])
    for megabytes in (0.1, 1.0, 10.0):
        for gbit in GBITS:
            costs = [math.log2(count) * (LATENCY + megabytes / (gbit * 125)) for count in MACHINES]
            need = TARGET / (1 - TARGET)
            strong = [1e3 * need * count * cost for count, cost in zip(MACHINES, costs, strict=True)]
            pays.append([megabytes, gbit, *strong, *(1e3 * need * cost for cost in costs)])
    if as_json:
        print(json.dumps({"machine": nnfs.machine.machine(), "latency": latency, "bandwidth": bandwidth, "rows": rows,
                          "far": far, "pays": pays}, indent=1))  # fmt: skip
        return
    print(f"{machine_line()}\n\nSteps of {BATCH} images, and their efficiency in two processes:\n")
    print(table(["network", "MB of weights", "1 thread ms", "2 threads ms", "2 processes ms", "efficiency of 2 threads",
                 "of 2 processes", "of PyTorch DDP", "% exchange", "% by the model"], rows))  # fmt: skip
    print(f"\nAn exchange between two processes here: {1e6 * latency:.0f} us + bytes / ({bandwidth / 1e9:.1f} GB/s).")
    of = [f"{kind}, {count} machines" for kind in ("same batch", "batch for each") for count in MACHINES]
    print(
        f"\nBy the model, with {1e6 * LATENCY:.0f} us a message, the efficiency of machines of one thread like this:\n"
    )
    print(table(["network", "Gbit/s", *of], far))
    print(f"\nFrom which step on, in ms on one machine, the efficiency is at least {TARGET:g}:\n")
    print(table(["MB of weights", "Gbit/s", *of], pays))


if __name__ == "__main__":
    main()
