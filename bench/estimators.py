"""Measure the estimators beside scikit-learn's MLPClassifier and MLPRegressor, all with their defaults.

    python bench/estimators.py [--json] [--seeds N] [--data NAME] [--quick]

Scores are means over five folds and all seeds: accuracy for classes, R2 for numbers. A seed is that of the folds, of
the networks and of generated data. Features are standardized on the samples that are trained on. Both train on a fold
in turns, on one thread; milliseconds are those of the processor, medians of all folds. "won" is in how many seeds the
mean over the folds was at least the rival's. The data were chosen before any score was known, and the defaults of nnfs
by scores on other data.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import nnfs
from nnfs import profiling as bench
from nnfs.sklearn import NNClassifier, NNRegressor

FOLDS = 5
CLASSES: dict[str, Callable[[int], tuple[Any, Any]]] = {
    "wine": lambda seed: datasets.load_wine(return_X_y=True),
    "breast cancer": lambda seed: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda seed: datasets.load_digits(return_X_y=True),
    "make_classification": lambda seed: datasets.make_classification(
        1000, 20, n_informative=8, n_redundant=4, n_classes=4, random_state=seed
    ),
    "make_moons": lambda seed: datasets.make_moons(500, noise=0.3, random_state=seed),
    "make_circles": lambda seed: datasets.make_circles(500, noise=0.15, factor=0.5, random_state=seed),
}
NUMBERS: dict[str, Callable[[int], tuple[Any, Any]]] = {
    "diabetes": lambda seed: datasets.load_diabetes(return_X_y=True),
    "make_friedman1": lambda seed: datasets.make_friedman1(500, noise=1.0, random_state=seed),
    "make_regression": lambda seed: datasets.make_regression(500, 20, n_informative=10, noise=10.0, random_state=seed),
}


def folds(name: str, seed: int) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Yield (x, y) to train on and (x, y) to test on."""
    x, y = (CLASSES | NUMBERS)[name](seed)
    split = (StratifiedKFold if name in CLASSES else KFold)(FOLDS, shuffle=True, random_state=seed)
    for kept, held in split.split(x, y):
        scaler = StandardScaler().fit(x[kept])
        yield scaler.transform(x[kept]), y[kept], scaler.transform(x[held]), y[held]


def measure(name: str, seeds: int) -> dict[str, Any]:
    """Return a row of the table."""
    kinds = {"nnfs": NNClassifier, "sklearn": MLPClassifier}
    if name in NUMBERS:
        kinds = {"nnfs": NNRegressor, "sklearn": MLPRegressor}
    scores: dict[str, Any] = {kind: np.empty((seeds, FOLDS)) for kind in kinds}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    epochs: dict[str, list[int]] = {kind: [] for kind in kinds}
    for seed in range(seeds):
        for fold, (x, y, x_test, y_test) in enumerate(folds(name, seed)):
            for kind in sorted(kinds, reverse=bool(fold % 2)):
                model: Any = kinds[kind](random_state=seed)  # type: ignore[operator]
                began = time.process_time()
                model.fit(x, y)
                times[kind].append((time.process_time() - began) * 1e3)
                epochs[kind].append(model.n_iter_)
                scores[kind][seed, fold] = model.score(x_test, y_test)
    won = int((scores["nnfs"].mean(axis=1) >= scores["sklearn"].mean(axis=1)).sum())
    row: dict[str, Any] = {"data": name}
    row |= {kind: float(scores[kind].mean()) for kind in kinds} | {"won": f"{won} of {seeds}"}
    row |= {f"{kind} ms": statistics.median(times[kind]) for kind in kinds}
    row["sklearn/nnfs"] = row["sklearn ms"] / row["nnfs ms"]
    row |= {f"{kind} epochs": statistics.median(epochs[kind]) for kind in kinds}
    row["met"] = bool(row["nnfs"] >= row["sklearn"] and row["sklearn/nnfs"] > 1)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds (5)")
    parser.add_argument("--data", action="append", choices=[*CLASSES, *NUMBERS], help="only these; may be repeated")
    parser.add_argument("--quick", action="store_true", help="one seed, wine and diabetes")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.data = 1, options.data or ["wine", "diabetes"]
    warnings.simplefilter("ignore")  # scikit-learn warns where 200 epochs are too few
    nnfs.set_num_threads(1)
    rows = []
    with threadpool_limits(1):
        for name in options.data or [*CLASSES, *NUMBERS]:
            print(name, file=sys.stderr)
            rows.append(measure(name, options.seeds))
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "rows": rows}, indent=1))
        return
    print(f"{bench.machine_line({'scikit-learn': sklearn.__version__})}\n")
    for row in rows:
        row |= {kind: f"{row[kind]:.3f}" for kind in ("nnfs", "sklearn")}
    print(bench.table(list(rows[0]), [list(row.values()) for row in rows]))


if __name__ == "__main__":
    main()
