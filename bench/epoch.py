"""Measure an epoch of training on Fashion-MNIST beside a loop in PyTorch, Keras with JAX, and scikit-learn.

    python bench/epoch.py [--json] [--network NAME] [--rounds N] [--rows N] [--random]

Batches of 64, Adam. All rivals train in turns in one process, each for one epoch that does not count and then for one
in each round; medians are printed. PyTorch's loop takes rows of two tensors by a random order. scikit-learn has dense
networks only. "epoch / steps" is the epoch of nnfs divided by its training steps alone, on one batch again and again.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import nnfs
from nnfs import profiling as bench
from nnfs.io.torch.twin import TorchTwin

NETWORKS = ("MLP", "cnn-4", "cnn-5")
BATCH = 64
Epoch = Callable[[], object]


def nnfs_epoch(network: bench.Network, x: Any, y: Any) -> Epoch:
    trainer = nnfs.Trainer(network.build(), loss="cross_entropy", optimizer="adam")
    return lambda: trainer.fit(x, y, epochs=1, batch_size=BATCH, verbose=0)


def torch_epoch(network: bench.Network, x: Any, y: Any) -> Epoch:
    twin = TorchTwin(network.build(), loss="cross_entropy", optimizer=nnfs.optimizers.Adam())
    torch = twin.torch
    torch.set_num_threads(nnfs.get_num_threads())
    samples, targets = torch.from_numpy(x), torch.from_numpy(y)

    def epoch() -> float:
        order, total = torch.randperm(len(samples)), 0.0
        for start in range(0, len(samples), BATCH):
            rows = order[start : start + BATCH]
            twin.optimizer.zero_grad()
            loss = twin.criterion(twin.model(samples[rows]), targets[rows])
            loss.backward()
            twin.optimizer.step()
            total += loss.item() * len(rows)
        return total / len(samples)

    return epoch


def keras_epoch(network: bench.Network, x: Any, y: Any) -> Epoch:
    import keras

    made: list[Any] = []
    for layer in network.layers():
        match layer:
            case nnfs.Conv2D():
                made.append(keras.layers.Conv2D(layer.filters, 3, padding="same"))
            case nnfs.Dense():
                made.append(keras.layers.Dense(layer.units))
            case nnfs.ReLU():
                made.append(keras.layers.ReLU())
            case nnfs.MaxPool2D():
                made.append(keras.layers.MaxPooling2D(2))
            case nnfs.Flatten():
                made.append(keras.layers.Flatten())
    samples = np.ascontiguousarray(np.moveaxis(x, 1, -1)) if x.ndim == 4 else x
    model = keras.Sequential([keras.Input(samples.shape[1:]), *made])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda: model.fit(samples, y, batch_size=BATCH, epochs=1, verbose=0)


def sklearn_epoch(network: bench.Network, x: Any, y: Any) -> Epoch | None:
    from sklearn.neural_network import MLPClassifier

    if x.ndim == 4:
        return None
    units = [layer.units for layer in network.layers() if isinstance(layer, nnfs.Dense)]
    model = MLPClassifier(units[:-1], batch_size=BATCH, max_iter=1, warm_start=True)
    return lambda: model.fit(x, y)


RIVALS = {"torch": torch_epoch, "keras": keras_epoch, "sklearn": sklearn_epoch}


def measure(network: bench.Network, images: Any, labels: Any, rivals: list[str], rounds: int) -> dict[str, Any]:
    """Return a row of the table: the median milliseconds of an epoch of each, and the share of the steps in ours."""
    x = images.reshape(len(images), *network.input_shape)
    epochs: dict[str, Epoch | None] = {"nnfs": nnfs_epoch(network, x, labels)}
    epochs |= {rival: RIVALS[rival](network, x, labels) for rival in rivals}
    seconds: dict[str, list[float]] = {name: [] for name, epoch in epochs.items() if epoch}
    steps = []
    trainer = nnfs.Trainer(network.build(), loss="cross_entropy", optimizer="adam")
    count = -(-len(x) // BATCH)
    for turn in range(rounds + 1):
        for name, times in seconds.items():
            time.sleep(0.05)
            began = time.perf_counter()
            epochs[name]()  # type: ignore[misc]
            if turn:
                times.append((time.perf_counter() - began) * 1e3)
        alone = {"steps": lambda: trainer.step(x[:BATCH], labels[:BATCH])}
        steps.append(bench.interleave(alone, rounds=3, seconds=0.3)["steps"].median * count / 1e3)
    row: dict[str, Any] = {"network": network.name}
    row |= {name: statistics.median(seconds[name]) if name in seconds else None for name in ("nnfs", *rivals)}
    row |= {f"{rival}/nnfs": row[rival] and row[rival] / row["nnfs"] for rival in rivals}
    return row | {"steps": statistics.median(steps), "epoch / steps": row["nnfs"] / statistics.median(steps)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    names = ", ".join(NETWORKS)
    parser.add_argument("--network", action="append", choices=NETWORKS, help=f"only this of {names}; may be repeated")
    parser.add_argument("--rounds", type=int, default=3, help="epochs of each that count (3)")
    parser.add_argument("--rows", type=int, default=60000, help="train on the first rows only")
    parser.add_argument("--random", action="store_true", help="random images, where Fashion-MNIST is not at hand")
    options = parser.parse_args()
    os.environ.setdefault("KERAS_BACKEND", "jax")
    warnings.simplefilter("ignore")  # scikit-learn warns after each fit of one epoch
    rivals = [rival for rival in RIVALS if importlib.util.find_spec(rival)]
    if options.random:
        images, labels = bench.find_network("cnn-5").batch(options.rows)
    else:
        data = nnfs.data.fashion_mnist()
        images, labels = data.x_train[: options.rows], data.y_train[: options.rows]
    rows = []
    for name in options.network or NETWORKS:
        print(name, file=sys.stderr)
        rows.append(measure(bench.find_network(name), images, labels, rivals, options.rounds))
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "rows": rows}, indent=1))
        return
    print(f"{bench.machine_line(bench.installed_rivals())}\n")
    print("Milliseconds of an epoch\n")
    print(bench.table(list(rows[0]), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    main()
