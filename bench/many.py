"""Many small networks on one machine: networks a second with one and with several threads, beside loops of PyTorch.

    python bench/many.py [--networks 200] [--epochs 10] [--rounds 3] [--threads 2] [--torch 10]

Each network is the moons MLP, trained on 800 samples in batches of 32. The rounds of the contestants alternate; the
table has the fastest round of each, and the memory of the process after the first round and after the last.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import nnfs
from nnfs.system.table import table

MOONS = nnfs.data.moons()
FIT = {"loss": "cross_entropy", "batch_size": 32}


def networks(count):
    return [nnfs.NeuralNetwork(2, [16, 16], 2, seed=seed) for seed in range(count)]


def many(count, epochs, workers, executor=None):
    """Return the networks a second of `train_many`."""
    given = networks(count)
    began = time.perf_counter()
    results = nnfs.train_many(given, MOONS.x_train, MOONS.y_train, epochs=epochs, workers=workers, verbose=False, **FIT)
    rate = count / (time.perf_counter() - began)
    assert not [result.error for result in results if result.error]
    return rate, [result.network.digest() for result in results]


def loop(count, epochs):
    """Return the networks a second of one `fit` after the other, each on one thread."""
    given = networks(count)
    began = time.perf_counter()
    for network in given:
        network.fit(MOONS.x_train, MOONS.y_train, epochs=epochs, verbose=0, **FIT)
    return count / (time.perf_counter() - began), [network.digest() for network in given]


def torch_loop(count, epochs, threads):
    """Return the networks a second of a loop of PyTorch, as its tutorials write it."""
    import torch

    torch.set_num_threads(threads)
    x, y = torch.from_numpy(MOONS.x_train), torch.from_numpy(MOONS.y_train)
    began = time.perf_counter()
    for seed in range(count):
        torch.manual_seed(seed)
        net = torch.nn.Sequential(
            *(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
        )
        optimizer, criterion = torch.optim.Adam(net.parameters(), lr=1e-3), torch.nn.CrossEntropyLoss()
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for start in range(0, len(x), 32):
                rows = order[start : start + 32]
                optimizer.zero_grad()
                criterion(net(x[rows]), y[rows]).backward()
                optimizer.step()
    return count / (time.perf_counter() - began)


def memory():
    """Return the memory of this process in MiB."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("networks", 200), ("epochs", 10), ("rounds", 3), ("threads", os.cpu_count()), ("torch", 10)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    nnfs.set_num_threads(1)
    names = (
        *("fit, one after the other", "train_many, 1 thread", f"train_many, {given.threads} threads"),
        f"train_many, {given.threads} processes that run already",
    )
    rates, torches, sizes, digests = {name: [] for name in names}, [], [], set()
    counts = (given.networks, given.epochs)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.threads, mp_context=spawn) as pool:
        many(2 * given.threads, 1, None, pool)
        for _ in range(given.rounds):
            measured = (loop(*counts), many(*counts, 1), many(*counts, given.threads), many(*counts, None, pool))
            for name, (rate, found) in zip(names, measured, strict=True):
                rates[name].append(rate)
                digests.add(tuple(found))
            sizes.append(memory())
    if given.torch:
        torches = [torch_loop(given.torch, given.epochs, 1) for _ in range(given.rounds)]
    best = {name: max(found) for name, found in rates.items()}
    one = best[names[1]]
    rows = [[name, rate, rate / one, rate / max(torches) if torches else None] for name, rate in best.items()]
    if torches:
        rows.append(["PyTorch, one after the other", max(torches), max(torches) / one, 1.0])
    print(table(["moons MLP", "networks a second", "times 1 thread", "times PyTorch"], rows))
    print(f"memory: {sizes[0]:.0f} MiB after the first round, {sizes[-1]:.0f} MiB after the last of {given.rounds}")
    print("bits: equal" if len(digests) == 1 else "bits: DIFFERENT")


if __name__ == "__main__":
    main()
