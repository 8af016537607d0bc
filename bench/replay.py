"""Measure what replay spares: steps, passes and predictions of small networks with NNFS_REPLAY=0 and 1, in turns.

python bench/replay.py [--json] [--network NAME] [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

import nnfs
from nnfs import profiling as bench

NETWORKS = ("moons MLP", "tiny", "cnn-2")
STEPS, EPOCHS = 100, 5


def both_ways(net: nnfs.Sequential, x: np.ndarray, gradient: np.ndarray, workspace: object) -> None:
    net.forward(x, workspace, training=True)
    net.backward(gradient, workspace)


def contestants(network: bench.Network) -> dict[str, object]:
    """Return what is timed, by name: with 0 and with 1 for the two values of NNFS_REPLAY."""
    found = {}
    for replay in ("0", "1"):
        os.environ["NNFS_REPLAY"] = replay  # read when buffers are made
        net, (x, y) = network.build(), network.batch()
        trainer = nnfs.Trainer(net, loss=network.loss, optimizer=network.optimizer())
        targets = trainer.gate.check(x, y)[1]
        many = [np.concatenate([array] * STEPS) for array in (x, y)]
        gradient = np.ones_like(net.predict(x))
        size = network.batch_size
        found |= {
            f"step {replay}": partial(trainer.step, x, y),
            f"run_step {replay}": partial(trainer.run_step, x, targets),
            f"fit, a batch {replay}": partial(trainer.fit, *many, epochs=EPOCHS, batch_size=size, verbose=0),
            f"forward and backward {replay}": partial(both_ways, net, x, gradient, net.workspace()),
            f"predict 1 {replay}": partial(net.predict, x[:1]),
        }
    return found


def two_threads(network: bench.Network, rounds: int) -> float:
    """Return the time of two trainings in two threads over that of one: the shortest times of several turns."""
    x, y = (np.concatenate([array] * STEPS) for array in network.batch())
    trainers = [nnfs.Trainer(network.build(), loss=network.loss, optimizer=network.optimizer()) for _ in range(2)]
    fits = [partial(each.fit, x, y, epochs=EPOCHS, batch_size=network.batch_size, verbose=0) for each in trainers]
    times: dict[int, list[float]] = {1: [], 2: []}
    for count in (1, 2) * rounds:
        began = time.perf_counter()
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(lambda fit: fit(), fits[:count]))
        times[count].append(time.perf_counter() - began)
    return min(times[2]) / min(times[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--network", action="append", help="only this network; may be repeated")
    parser.add_argument("--rounds", type=int, default=20, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each contestant")
    options = parser.parse_args()
    nnfs.set_num_threads(1)
    rows = []
    for network in map(bench.find_network, options.network or NETWORKS):
        times = bench.interleave(contestants(network), rounds=options.rounds, seconds=options.seconds)
        medians = {name: found.median / (STEPS * EPOCHS if "fit" in name else 1) for name, found in times.items()}
        for name in dict.fromkeys(name[:-2] for name in medians):
            plain, replayed = (medians[f"{name} {replay}"] for replay in "01")
            rows.append([network.name, name, plain, replayed, plain / replayed])
        rows.append([network.name, "two trainings over one", "", two_threads(network, options.rounds), ""])
    headings = ["network", "what", "plain us", "replayed us", "plain / replayed"]
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "headings": headings, "rows": rows}, indent=1))
    else:
        print(f"{bench.machine_line()}\n\n{bench.table(headings, rows)}")


if __name__ == "__main__":
    main()
