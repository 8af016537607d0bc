"""Measure one training step of ten small networks, nnfs beside PyTorch, in one interleaved run.

A step is: forward, loss, backward, update by plain SGD; float32, on a warm machine. PyTorch runs in both of its
memory layouts, and the better one counts. Each round measures every contestant for a few steps, one after the
other, so that whatever else the machine does falls on all of them; the median over all rounds is printed.

    python bench/train_step.py                 a table
    python bench/train_step.py --json          the same as JSON
    python bench/train_step.py --network MLP   one network only

Without PyTorch (``pip install torch``) only nnfs is measured.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable

from networks import NETWORKS, Network

import nnfs
from nnfs import Conv2D, Dense, Flatten, MaxPool2D, ReLU
from nnfs.machine import machine

LEARNING_RATE = 0.01


def our_step(network: Network) -> Callable[[], object]:
    x, y = network.batch()
    trainer = nnfs.Trainer(network.build(), loss=network.loss, optimizer=nnfs.optimizers.SGD(LEARNING_RATE))
    return lambda: trainer.step(x, y)


def torch_step(network: Network, channels_last: bool) -> Callable[[], object]:
    import torch

    torch.set_num_threads(nnfs.get_num_threads())
    source = network.build()
    layers: list[torch.nn.Module] = []
    for layer, shape in zip(source.layers, source.shapes, strict=False):
        if isinstance(layer, Dense):
            layers.append(torch.nn.Linear(shape[0], layer.units))
        elif isinstance(layer, Conv2D):
            layers.append(torch.nn.Conv2d(shape[0], layer.filters, layer.kernel_size, padding=layer.padding))
        else:
            layers.append(
                {ReLU: torch.nn.ReLU(), MaxPool2D: torch.nn.MaxPool2d(2), Flatten: torch.nn.Flatten()}[type(layer)]
            )
    twin = torch.nn.Sequential(*layers)
    x, y = map(torch.from_numpy, network.batch())
    if channels_last:
        twin, x = twin.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(twin.parameters(), lr=LEARNING_RATE)
    loss_of = torch.nn.functional.cross_entropy if network.loss == "cross_entropy" else torch.nn.functional.mse_loss

    def step() -> float:
        optimizer.zero_grad()
        loss = loss_of(twin(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def measure(network: Network, with_torch: bool, rounds: int, seconds: float) -> dict[str, float | str | None]:
    """Return the median microseconds of a step for each contestant."""
    contestants = {"nnfs": our_step(network)}
    if with_torch:
        contestants["torch"] = torch_step(network, channels_last=False)
        if len(network.input_shape) == 3:
            contestants["torch channels_last"] = torch_step(network, channels_last=True)
    repeats = {}
    for name, step in contestants.items():
        for _ in range(5):
            step()
        began = time.perf_counter()
        step()
        repeats[name] = max(1, int(seconds / rounds / (time.perf_counter() - began)))
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, step in contestants.items():
            step()
            began = time.perf_counter()
            for _ in range(repeats[name]):
                step()
            samples[name].append((time.perf_counter() - began) / repeats[name] * 1e6)
    medians = {name: statistics.median(values) for name, values in samples.items()}
    ours = medians.pop("nnfs")
    rival = min(medians, key=medians.__getitem__) if medians else None
    return {
        "network": network.name,
        "batch_size": network.batch_size,
        "nnfs_microseconds": ours,
        "torch_microseconds": medians[rival] if rival else None,
        "torch_layout": None if rival is None else "channels_last" if "channels_last" in rival else "contiguous",
        "ratio": medians[rival] / ours if rival else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--network", action="append", choices=[network.name for network in NETWORKS])
    parser.add_argument("--rounds", type=int, default=15, help="rounds to take the median of")
    parser.add_argument("--seconds", type=float, default=1.5, help="seconds for each contestant and network")
    parser.add_argument("--no-torch", action="store_true", help="measure nnfs only")
    arguments = parser.parse_args()
    with_torch = not arguments.no_torch
    try:
        import torch
    except ImportError:
        with_torch = False
    about = machine() | {"torch": torch.__version__ if with_torch else None, "rounds": arguments.rounds}
    rows = []
    if not arguments.json:
        print(", ".join(f"{name} {value}" for name, value in about.items()))
        print(f"{'network':<10} {'batch':>5} {'nnfs us':>9} {'torch us':>9}  {'layout':<13} {'torch/nnfs':>10}")
    for network in NETWORKS:
        if arguments.network and network.name not in arguments.network:
            continue
        row = measure(network, with_torch, arguments.rounds, arguments.seconds)
        rows.append(row)
        if not arguments.json:
            rival = (
                f"{row['torch_microseconds']:9.0f}  {row['torch_layout']:<13} {row['ratio']:10.2f}"
                if with_torch
                else ""
            )
            print(f"{row['network']:<10} {row['batch_size']:5} {row['nnfs_microseconds']:9.0f} {rival}", flush=True)
    if arguments.json:
        json.dump({"machine": about, "rows": rows}, sys.stdout, indent=1)
        print()


if __name__ == "__main__":
    main()
