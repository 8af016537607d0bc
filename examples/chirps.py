"""Tell tones that rise from tones that fall or stay, in noise: a convolution over signals beside a linear model.

    python examples/chirps.py [--epochs N] [--samples N]

Each signal has 128 numbers: a wave of random height and pitch, whose pitch rises, falls or stays, under noise. No
single number tells anything, so that a linear model guesses. Three convolutions find the waves wherever they lie.
"""

from __future__ import annotations

import argparse

import numpy as np

from nnfs import BatchNorm, Conv1D, Dense, Flatten, GlobalAvgPool1D, MaxPool1D, ReLU, Sequential
from nnfs.optimizers import Adam

LENGTH = 128
CLASSES = ("falls", "stays", "rises")


def draw(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return signals (count, 1, LENGTH) of one channel, and their classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, len(CLASSES), count)
    pitch, change = rng.uniform(0.1, 0.2, count), (y - 1) * rng.uniform(0.0004, 0.0007, count)
    t = np.arange(LENGTH) - LENGTH / 2
    phase = 2 * np.pi * (pitch[:, None] * t + change[:, None] * t**2 / 2 + rng.random((count, 1)))
    x = rng.uniform(0.5, 1.5, (count, 1)) * np.sin(phase) + rng.normal(0, 0.5, (count, LENGTH))
    return x[:, None].astype(np.float32), y


def convolutional() -> Sequential:
    """Return a network of three convolutions; the first needs no more than 9 neighbours of a number."""
    layers = [Conv1D(16, 9, padding="same"), BatchNorm(), ReLU(), MaxPool1D(2)]
    for filters in (24, 32):
        layers += [Conv1D(filters, 5, padding="same"), BatchNorm(), ReLU(), MaxPool1D(2)]
    return Sequential([*layers, Conv1D(32, 5), ReLU(), GlobalAvgPool1D(), Dense(len(CLASSES))], (1, LENGTH), seed=0)


def main() -> None:
    """Train both models, and print their accuracies on new signals."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--samples", type=int, default=3000)
    arguments = parser.parse_args()
    (x, y), (x_test, y_test) = draw(arguments.samples, 0), draw(1000, 1)
    linear = Sequential([Flatten(), Dense(len(CLASSES))], (1, LENGTH), seed=0)
    for name, net in (("linear", linear), ("convolutions", convolutional())):
        net.fit(x, y, epochs=arguments.epochs, loss="cross_entropy", optimizer=Adam(0.003), verbose=0)
        figures = net.evaluate(x_test, y_test)
        print(f"{name:<13}{net.vector.value.size:>6,} weights, accuracy {figures['accuracy']:.3f}")


if __name__ == "__main__":
    main()
