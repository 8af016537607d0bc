"""Measure what each idea of docs/limit/ is worth: the same work with it and without it, in turns, on one thread.

    python bench/ideas.py [--json] [--only winograd] [--rounds N] [--seconds S]

Only the processor's time counts (`time.thread_time`), which other programs hardly change. What threads are worth is
measured by `threads.py`.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # read when NumPy is imported

import argparse
import json
import time
from collections.abc import Callable, Iterator

import numpy as np

import nnfs
from nnfs import profiling as bench
from nnfs._kernels import compiled
from nnfs._kernels.compiled import kernels
from nnfs._kernels.reference import kernels as reference
from nnfs._kernels.window import Window

Call = Callable[[], object]
RNG = np.random.default_rng(0)


def array(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--only", default="", help="the ideas whose name contains this")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each contestant")
    options = parser.parse_args()
    nnfs.set_num_threads(1)
    rows = []
    for idea, what, without, with_it, before in ideas():
        if options.only not in idea:
            continue
        times = bench.interleave(
            {"without": without, "with": with_it}, rounds=options.rounds, seconds=options.seconds, before=before,
            clock=time.thread_time,
        )  # fmt: skip
        plain, quick = times["without"].median, times["with"].median
        rows.append({"idea": idea, "what": what, "without": plain, "with": quick, "ratio": plain / quick})
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(bench.machine_line())
    for row in rows:
        times = f"{row['without']:10.1f} -> {row['with']:8.1f} us"
        print(f"{row['idea']:10} {row['ratio']:6.2f} times {times}   {row['what']}")


def ideas() -> Iterator[tuple[str, str, Call, Call, Callable[[str], object] | None]]:
    """Yield each idea: its name, the work, the work without the idea, the work with it, and what prepares a turn."""
    x, weight, bias, y = array(64, 784), array(128, 784), array(128), array(64, 128)

    def rows_by_dot() -> None:
        for n in range(64):
            for k in range(128):
                y[n, k] = x[n].dot(weight[k]) + bias[k]

    yield (
        "reference", "784 to 128 features of 64 samples: two loops of Python around a dot product, then one matmul",
        rows_by_dot, lambda: reference.dense_forward(x, weight, bias, y=y), None,
    )  # fmt: skip
    image = array(64, 16, 28, 28)
    dropped = np.empty_like(image)
    yield (
        "loop", "dropout of 802,816 numbers: NumPy, then the Cython loop",
        lambda: reference.dropout(image, 7, 0.5, y=dropped), lambda: kernels.dropout(image, 7, 0.5, y=dropped), None,
    )  # fmt: skip
    yield (
        "tile", "784 to 128 features of 64 samples: NumPy's BLAS, then the tile",
        lambda: reference.dense_forward(x, weight, bias, y=y),
        lambda: kernels.dense_forward(x, weight, bias, y=y), None,
    )  # fmt: skip
    filters, window = array(16, 16, 5, 5), Window((5, 5), padding=(2, 2, 2, 2))
    convolved = np.empty_like(image)
    yield (
        "planes", "16 to 16 channels, 5x5, 28x28, 64 images: NumPy cell by cell (by BLAS), then planes",
        lambda: reference.conv2d_forward(image, filters, None, window, y=convolved),
        lambda: kernels.conv2d_forward(image, filters, None, window, y=convolved), None,
    )  # fmt: skip
    yield ("fusion", "a training step of cnn-5", *steps("cnn-5", "NNFS_FUSE"), None)
    step = bench.nnfs_step(bench.find_network("32-64"))
    yield (
        "winograd", "a training step of 32-64", step, step,
        lambda turn: compiled.set_winograd(turn == "with"),
    )  # fmt: skip
    yield ("replay", "a training step of the moons MLP", *steps("moons MLP", "NNFS_REPLAY"), None)


def steps(name: str, variable: str) -> tuple[Call, Call]:
    """Return a training step of a network while a variable of the environment is 0, and one without the variable."""
    made = []
    for value in ("0", "1"):
        os.environ[variable] = value
        step = bench.nnfs_step(bench.find_network(name))
        step()  # the network asks the environment when it is built, or at its first pass
        made.append(step)
    del os.environ[variable]
    return made[0], made[1]


if __name__ == "__main__":
    main()
