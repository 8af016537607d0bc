"""Measure how much training steps of nnfs and matrix products of NumPy slow each other when they alternate.

After a call, the threads of the kernels wait in a loop for a short time before they sleep, and so do the threads of
NumPy's BLAS. Both use the same cores. The script measures steps alone, products alone, and both in turn, in interleaved
rounds, and prints the ratios of the medians.

    python bench/blas_between.py [--json] [--size 512] [--rounds 30] [--network NAME]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

import nnfs
from nnfs.profiling import NETWORKS, find_network

STEPS = 10


def measure(first: Callable[[], object], second: Callable[[], object] | None = None) -> tuple[float, float]:
    """Call two functions in turn and return the median seconds of each; 0.0 for a second function of None."""
    seconds: list[list[float]] = [[], []]
    for _ in range(STEPS):
        for times, call in zip(seconds, (first, second), strict=True):
            if call is not None:
                began = time.perf_counter()
                call()
                times.append(time.perf_counter() - began)
    return statistics.median(seconds[0]), statistics.median(seconds[1] or [0.0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", type=int, default=512, help="rows and columns of the matrices (512)")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--network", action="append", metavar="NAME", help="this network only; may be repeated")
    arguments = parser.parse_args()
    matrix = np.random.default_rng(0).standard_normal((arguments.size, arguments.size)).astype(np.float32)
    out = np.empty_like(matrix)

    def product() -> None:
        np.matmul(matrix, matrix, out=out)

    results = {}
    for network in map(find_network, arguments.network or [network.name for network in NETWORKS]):
        x, y = network.batch()
        trainer = nnfs.Trainer(network.build(), loss=network.loss, optimizer=nnfs.optimizers.SGD(0.01))

        def step(trainer: nnfs.Trainer = trainer, x: np.ndarray = x, y: np.ndarray = y) -> None:
            trainer.step(x, y)

        measure(step, product)
        rounds = [(measure(step)[0], measure(product)[0], *measure(step, product)) for _ in range(arguments.rounds)]
        alone, product_alone, between, product_between = (
            1e6 * statistics.median(column) for column in zip(*rounds, strict=True)
        )
        results[network.name] = {
            "step_us": alone,
            "step_with_products_us": between,
            "step_ratio": between / alone,
            "product_us": product_alone,
            "product_with_steps_us": product_between,
            "product_ratio": product_between / product_alone,
        }
    if arguments.json:
        json.dump(
            {"threads": nnfs.get_num_threads(), "size": arguments.size, "networks": results}, sys.stdout, indent=2
        )
        return 0
    print(f"{'network':<28}{'step':>9}{'with products':>15}{'ratio':>7}{'product':>10}{'with steps':>12}{'ratio':>7}")
    for name, row in results.items():
        print(
            f"{name:<28}{row['step_us']:9.0f}{row['step_with_products_us']:15.0f}{row['step_ratio']:7.2f}"
            f"{row['product_us']:10.0f}{row['product_with_steps_us']:12.0f}{row['product_ratio']:7.2f}"
        )
    print("microseconds, medians; ratios near 1 mean that neither disturbs the other")
    return 0


if __name__ == "__main__":
    sys.exit(main())
