"""Measure what checkpoints cost a run: epochs a second on a small table.

    python bench/checkpoints.py [--epochs N ...] [--json]

The table has 300 rows of three numbers, so that an epoch takes a millisecond. The ways are: checkpoints as the command
line makes them, none (``--checkpoint-epochs 0``), and one after each epoch (``--checkpoint-epochs 1``).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from nnfs.runs import train

WAYS: dict[str, dict[str, int]] = {
    "as it comes": {},
    "none": {"checkpoint_epochs": 0},
    "each": {"checkpoint_epochs": 1},
}


def write_table(path: Path) -> None:
    """Write a table of 300 rows: three numbers and a number to predict."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2]
    lines = ["a,b,c,price", *(",".join(f"{value:.6f}" for value in (*row, y[n])) for n, row in enumerate(x))]
    path.write_text("\n".join(lines) + "\n")


def seconds_of(table: Path, epochs: int, settings: dict[str, int]) -> float:
    """Return the seconds that a run takes."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        train({"data": str(table), "epochs": epochs} | settings, output=folder, verbose=0)
        return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "table.csv")
        write_table(table)
        seconds_of(table, 1, {})  # imports
        for epochs in arguments.epochs:
            rates = {way: epochs / seconds_of(table, epochs, settings) for way, settings in WAYS.items()}
            rows.append({"epochs": epochs} | rates)
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print("epochs a second")
    print("| epochs |" + "".join(f" {way} |" for way in WAYS))
    print("|---:|" + "---:|" * len(WAYS))
    for row in rows:
        print(f"| {row['epochs']:,} |" + "".join(f" {row[way]:,.0f} |" for way in WAYS))


if __name__ == "__main__":
    main()
