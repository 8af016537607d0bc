"""Compare the ratios of ``nnfs bench --json`` with the goals of this project.

    nnfs bench --json > figures.json && python bench/goals.py figures.json

A goal is a ratio: nnfs is to be at least this many times as fast as PyTorch or onnxruntime.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from nnfs import profiling as bench

STEP = {
    "moons MLP": 22,
    "MLP": 3,
    "cnn-1": 12,
    "cnn-2": 18,
    "cnn-3": 18,
    "cnn-4": 12,
    "cnn-5": 6,
    "LeNet-5": 5,
    "32-64": 3,
    "CIFAR VGG": 2.3,
}
RECENT = {
    "MLP with norms": 4,
    "strided": 2,
    "odd sizes": 4,
    "VGG with norms": 2.5,
    "ResNet-8": 2.2,
    "MobileNet": 2.2,
}
BATCH = {
    "moons MLP": 2,
    "MLP": 1.5,
    "cnn-1": 4,
    "cnn-2": 4,
    "cnn-3": 4,
    "cnn-4": 4,
    "cnn-5": 3,
    "LeNet-5": 2,
    "32-64": 1.3,
    "CIFAR VGG": 1.1,
}
AS_FAST = {network.name: 1.0 for network in (*bench.NETWORKS, *bench.RECENT)}
GOALS: dict[tuple[str, str], dict[str, float]] = {
    ("step", "torch"): STEP,
    ("recent", "torch"): RECENT,
    ("batch", "torch"): BATCH,
    ("batch", "onnxruntime"): {name: AS_FAST[name] for name in BATCH},
    ("sample", "torch"): dict.fromkeys(BATCH, 1.5),
    ("sample", "onnxruntime"): AS_FAST,
}
"""The smallest ratio for each network, by the table of ``nnfs bench`` and the rival."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=Path, help="what nnfs bench --json printed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = json.loads(options.figures.read_text())
    rows = []
    for (table, rival), goals in GOALS.items():
        for row in figures.get(table, ()):
            ratio, goal = row[f"{rival}_ratio"], goals.get(row["network"])
            if ratio is not None and goal is not None:
                found = {"table": table, "rival": rival, "network": row["network"], "ratio": ratio, "goal": goal}
                rows.append(found | {"met": ratio >= goal})
    if options.json:
        print(json.dumps({"machine": figures["machine"], "rows": rows}, indent=1))
        return
    print(bench.table(("table", "rival", "network", "ratio", "goal", "met"), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    main()
