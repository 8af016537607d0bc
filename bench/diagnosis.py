"""Measure what it costs that `fit` looks for what goes wrong, in trainings of several lengths.

python bench/diagnosis.py [--rounds N] [--longest MS]

Each line is a training without a fault: the median of its time, of the part that the diagnosis takes, and of their
ratio. The diagnosis is timed within the training, so that other programs disturb both alike; what the clock takes is
subtracted. (A clock of the processor's time is a call of the system, and takes longer than most looks.)

Set NNFS_BACKEND and NNFS_NUM_THREADS=1 for one backend and one thread.
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
from nnfs.training.diagnosis import watch

MILLISECONDS = (1, 5, 20, 50, 200, 2000)
CLOCK = time.perf_counter


class Timed(watch.Watch):
    """Sum up the time of all looks of all trainings, and count them."""

    seconds, calls = 0.0, 0

    def __init__(self, training: nnfs.training.training.Training) -> None:
        self._add(partial(super().__init__, training))

    def begin(self) -> None:
        self._add(super().begin)

    def end_step(self, training: nnfs.training.training.Training) -> None:
        self._add(partial(super().end_step, training))

    def end_epoch(self) -> None:
        self._add(super().end_epoch)

    @staticmethod
    def _add(look: partial) -> None:
        began = CLOCK()
        look()
        Timed.seconds += CLOCK() - began
        Timed.calls += 1


def contestants() -> dict[str, tuple[partial, np.ndarray, np.ndarray]]:
    moons, digits = nnfs.data.load("moons"), nnfs.data.load("digits")
    table = np.random.default_rng(0).normal(size=(1000, 13)).astype(np.float32)
    cnn = partial(nnfs.CNN, (1, 8, 8), filters=[8], kernel_size=3, hidden_units=[16], output_shape=10)
    return {
        "moons": (partial(nnfs.NeuralNetwork, 2, [16, 16], 2), moons.x_train, moons.y_train),
        "table": (partial(nnfs.NeuralNetwork, 13, [16], 3), table, table[:, :3].argmax(axis=1)),
        "digits MLP": (partial(nnfs.NeuralNetwork, (1, 8, 8), [32], 10), digits.x_train, digits.y_train),
        "digits CNN": (cnn, digits.x_train, digits.y_train),
    }


def costs(make: partial, x: np.ndarray, y: np.ndarray, epochs: int, clock: float) -> tuple[float, float]:
    """Return the seconds of one training, and those of the diagnosis in it."""
    net = make()
    Timed.seconds, Timed.calls = 0.0, 0
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        began = CLOCK()
        net.fit(x, y, loss="cross_entropy", epochs=epochs, verbose=2)
        whole = CLOCK() - began
    return whole, Timed.seconds - clock * Timed.calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=100, help="trainings of the shortest length; fewer of longer ones"
    )
    parser.add_argument("--longest", type=float, default=2000, help="milliseconds")
    arguments = parser.parse_args()
    watch.Watch = Timed
    Timed.seconds, Timed.calls = 0.0, 0
    for _ in range(10_000):
        Timed._add(lambda: None)
    clock = Timed.seconds / Timed.calls
    print(f"{'network':12} {'wanted':>8} {'epochs':>6} {'rows':>5} {'training, ms':>12} {'looks, us':>9} {'share':>6}")
    for name, (make, x, y) in contestants().items():
        one, three = (min(costs(make, x, y, epochs, clock)[0] for _ in range(20)) for epochs in (1, 3))
        epoch = (three - one) / 2
        for wanted in (each for each in MILLISECONDS if each <= arguments.longest):
            left = max(1e-4, wanted / 1000 - (one - epoch))
            epochs, rows = max(1, round(left / epoch)), len(x)
            if left < epoch:
                rows = min(len(x), max(64, int(len(x) * left / epoch) // 32 * 32))
            count = max(5, min(arguments.rounds, int(10 * arguments.rounds / wanted)))
            found = [costs(make, x[:rows], y[:rows], epochs, clock) for _ in range(count)]
            whole, looks = (median(each) for each in zip(*found, strict=True))
            share = median(look / each for each, look in found)
            line = f"{name:12} {wanted:5} ms {epochs:6} {rows:5} {1e3 * whole:12.2f} {1e6 * looks:9.0f}"
            print(f"{line} {share:6.1%}", flush=True)


if __name__ == "__main__":
    main()
