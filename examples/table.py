"""Train on a table, and predict a number: the price of a house.

    python examples/table.py                              # on invented houses
    python examples/table.py my.csv --target price        # on a table of yours, in which all columns are numbers

The columns have very different scales: square metres, rooms, years. The first layer of the network, `Normalization`,
brings them to one scale, and is saved with the network. Its mean and scale are measured on the training rows alone.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np

import nnfs
from nnfs import Dense, Normalization, ReLU


def write_houses(path: Path, count: int = 1000) -> None:
    """Write a table of invented houses, whose price follows from area, rooms, age and chance."""
    rng = np.random.default_rng(0)
    area, rooms, age = rng.uniform(30, 200, count).round(1), rng.integers(1, 7, count), rng.integers(0, 100, count)
    price = (3 * area + 20 * rooms - 1.5 * age + 0.01 * area * rooms + rng.normal(0, 20, count)) / 100
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["area", "rooms", "age", "price"])
        table.writerows(zip(area, rooms, age, price.round(3), strict=True))


def main() -> None:
    """Train on four fifths of the rows, and print how far the predictions for the others are off."""
    parser = argparse.ArgumentParser(description="Predict a number from the columns of a table.")
    parser.add_argument("table", nargs="?", help="a .csv file (invented houses)")
    parser.add_argument("--target", help="the column to predict (the last one)")
    parser.add_argument("--epochs", type=int, default=100, help="how often to see each row (100)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        if options.table is None:
            write_houses(Path(folder) / "houses.csv")
        table = nnfs.data.read(options.table or Path(folder) / "houses.csv", target=options.target)
    x, y = table.train.x, table.train.y
    rows = np.random.default_rng(0).permutation(len(x))
    train, test = rows[: len(rows) * 4 // 5], rows[len(rows) * 4 // 5 :]

    net = nnfs.Sequential([Normalization(), Dense(32), ReLU(), Dense(1)], input_shape=x.shape[1], seed=0)
    first = net.layers[0]
    first.mean[...], first.scale[...] = nnfs.data.Standardizer.fit(x[train])
    net.fit(
        x[train],
        y[train],
        loss="huber",  # counts large errors less than the squared error does, as rare houses cost unusual prices
        optimizer=nnfs.optimizers.Adam(3e-3),
        epochs=options.epochs,
        validation_split=0.1,
        callbacks=[nnfs.callbacks.EarlyStopping(patience=10)],
    )
    error = np.abs(net.predict(x[test]) - y[test].reshape(len(test), -1)).mean()
    guess = np.abs(np.median(y[train]) - y[test]).mean()
    print(f"mean error {error:.3f}; always to say the median: {guess:.3f}")


if __name__ == "__main__":
    main()
