"""Measure what it costs that `fit` looks for what goes wrong, in trainings of several lengths, with it and without.

python bench/diagnosis.py [--rounds N] [--longest MS]

Each line is a training: the median of its processor time without the diagnosis, and what the diagnosis adds, in
microseconds and as a share, the median over pairs of trainings that follow each other. Set NNFS_BACKEND and
NNFS_NUM_THREADS=1 for one backend and one thread.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from functools import partial
from statistics import median

import numpy as np

import nnfs
from nnfs.training import loop, trainer
from nnfs.training.diagnosis import watch

MILLISECONDS = (1, 5, 20, 50, 200, 2000)
WATCH = watch.Watch


class Nothing:
    """Stand where `Watch` does, and look at nothing."""

    def __init__(self, training: object) -> None:
        self.training = training

    def begin(self) -> None:
        """Look at nothing."""


def contestants() -> dict[str, tuple[partial, np.ndarray, np.ndarray]]:
    moons, digits = nnfs.data.load("moons"), nnfs.data.load("digits")
    rng = np.random.default_rng(0)
    table = rng.normal(size=(1000, 13)).astype(np.float32)
    cnn = partial(nnfs.CNN, (1, 8, 8), filters=[8], kernel_size=3, hidden_units=[16], output_shape=10)
    return {
        "moons": (partial(nnfs.NeuralNetwork, 2, [16, 16], 2), moons.x_train, moons.y_train),
        "table": (partial(nnfs.NeuralNetwork, 13, [16], 3), table, rng.integers(0, 3, 1000)),
        "digits MLP": (partial(nnfs.NeuralNetwork, (1, 8, 8), [32], 10), digits.x_train, digits.y_train),
        "digits CNN": (cnn, digits.x_train, digits.y_train),
    }


def seconds(make: partial, x: np.ndarray, y: np.ndarray, epochs: int, is_watched: bool) -> float:
    net = make()
    trainer.Loop = loop.Loop if is_watched else lambda training, progress, _: loop.Loop(training, progress)
    watch.Watch = WATCH if is_watched else Nothing
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        began = time.process_time()
        net.fit(x, y, loss="cross_entropy", epochs=epochs, verbose=2)
        return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200, help="pairs of the shortest training; fewer of longer ones")
    parser.add_argument("--longest", type=float, default=2000, help="milliseconds")
    arguments = parser.parse_args()
    print(f"{'network':12} {'wanted':>8} {'epochs':>6} {'rows':>5} {'without, ms':>11} {'added, us':>9} {'share':>7}")
    for name, (make, x, y) in contestants().items():
        one = min(seconds(make, x, y, 1, True) for _ in range(10))
        two = min(seconds(make, x, y, 3, True) for _ in range(10))
        epoch, fixed = (two - one) / 2, max(0.0, one - (two - one) / 2)
        for wanted in MILLISECONDS:
            if wanted > arguments.longest:
                continue
            left = max(1e-4, wanted / 1000 - fixed)
            epochs, rows = max(1, round(left / epoch)), len(x)
            if left < epoch:
                rows = max(64, int(len(x) * left / epoch) // 32 * 32)
            pairs = max(5, min(arguments.rounds, int(arguments.rounds * 10 / wanted)))
            taken: dict[bool, list[float]] = {False: [], True: []}
            for k in range(pairs):
                for is_watched in (False, True) if k % 2 else (True, False):
                    taken[is_watched].append(seconds(make, x[:rows], y[:rows], epochs, is_watched))
            without = median(taken[False])
            added = median(b - a for a, b in zip(taken[False], taken[True], strict=True))
            line = f"{name:12} {wanted:6} ms {epochs:6} {rows:5} {1e3 * without:11.2f} {1e6 * added:9.0f}"
            print(f"{line} {added / without:7.2%}", flush=True)


if __name__ == "__main__":
    main()
