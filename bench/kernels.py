"""Measure every compiled kernel: microseconds, and GFLOP/s or GB/s with their share of the limits of this computer.

    python bench/kernels.py [--json] [--check] [--threads N] [--dtype float32] [--only conv]

The yardstick for arithmetic is NumPy's product of two 1024 by 1024 matrices on as many threads. For kernels that only
move numbers it is a copy of 64 MiB; kernels whose arrays fit a cache are faster than this copy. Each kernel has a least
share to reach. A share far below it means that the compiler no longer vectorizes a loop. With --check, the exit code is
then 1. Figures are medians of interleaved rounds, since other work on the computer comes and goes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import NamedTuple

CONVOLUTIONS = {  # name: images, channels, height and width, filters, kernel, padding
    "1@3x3": (64, 1, 28, 1, 3, 0),
    "8@3x3": (64, 1, 28, 8, 3, 1),
    "8-16@3x3": (64, 8, 14, 16, 3, 1),
    "lenet 6@5x5": (64, 1, 28, 6, 5, 2),
    "lenet 16@5x5": (64, 6, 14, 16, 5, 0),
    "32@3x3": (64, 1, 28, 32, 3, 1),
    "32-64@3x3": (64, 32, 14, 64, 3, 1),
    "vgg 3-32": (64, 3, 32, 32, 3, 1),
    "vgg 32-32": (64, 32, 32, 32, 3, 1),
    "vgg 64-64": (64, 64, 16, 64, 3, 1),
    "vgg 64-64, 1 image": (1, 64, 16, 64, 3, 1),
}
DEPTHWISE = {  # name: images, channels, height and width, kernel, stride
    "64@3x3": (16, 64, 28, 3, 1),
    "64@3x3/2": (16, 64, 28, 3, 2),
    "256@3x3 of 7x7": (32, 256, 7, 3, 1),
    "32@5x5": (16, 32, 28, 5, 1),
}
DENSE = {  # name: rows, features, outputs
    "moons 2-16": (32, 2, 16),
    "784-128": (64, 784, 128),
    "128-64": (64, 128, 64),
    "64-10": (64, 64, 10),
    "3136-128": (64, 3136, 128),
    "784-128, 1 row": (1, 784, 128),
}


class Case(NamedTuple):
    """One kernel on arrays of one shape."""

    name: str
    call: object
    amount: float
    """The floating-point operations of a call, or the bytes that it reads and writes."""
    unit: str
    least: float
    """The share of the yardstick below which something is wrong; 0 if the overhead of the call dominates."""


def convolution_cases(np, kernels, dtype):
    """Yield the cases of convolutions, and of max pooling of their outputs."""
    from nnfs._kernels import Window

    rng = np.random.default_rng(0)
    for name, (n, c, size, f, k, pad) in CONVOLUTIONS.items():
        window, out = Window((k, k), (1, 1), (pad,) * 4), size + 2 * pad - k + 1
        x, weight = rng.standard_normal((n, c, size, size)).astype(dtype), np.ones((f, c, k, k), dtype)
        bias, y = np.ones(f, dtype), rng.standard_normal((n, f, out, out)).astype(dtype)
        dx, dweight, dbias, result = x.copy(), weight.copy(), bias.copy(), y.copy()
        flops = 2.0 * y.size * weight[0].size
        large = n > 1 and c > 1
        yield Case(
            f"conv forward {name}",
            lambda x=x, w=weight, b=bias, g=window, y=result: kernels.conv2d_forward(x, w, b, g, y=y),
            flops, "GFLOP/s", 0.35 if large else 0,
        )  # fmt: skip
        yield Case(
            f"conv input gradient {name}",
            lambda y=y, w=weight, g=window, dx=dx: kernels.conv2d_backward_input(y, w, g, dx=dx),
            flops, "GFLOP/s", 0.25 if large else 0,
        )  # fmt: skip
        yield Case(
            f"conv parameter gradient {name}",
            lambda x=x, y=y, g=window, w=dweight, b=dbias: kernels.conv2d_backward_params(x, y, g, dweight=w, dbias=b),
            flops, "GFLOP/s", 0.25 if large else 0,
        )  # fmt: skip
        if out % 2 == 0:
            pooled, argmax = np.empty((n, f, out // 2, out // 2), dtype), np.empty((n, f, out // 2, out // 2), np.int32)
            moved = y.nbytes + pooled.nbytes + argmax.nbytes
            yield Case(
                f"max pool forward {name}",
                lambda x=y, y=pooled, a=argmax: kernels.maxpool2d_forward(x, Window((2, 2), (2, 2)), y=y, argmax=a),
                moved, "GB/s", 0.2 if n > 1 else 0,
            )  # fmt: skip
            yield Case(
                f"max pool backward {name}",
                lambda dy=pooled, a=argmax, dx=result: kernels.maxpool2d_backward(dy, a, dx=dx),
                moved, "GB/s", 0.2 if n > 1 else 0,
            )  # fmt: skip


def depthwise_cases(np, kernels, dtype):
    """Yield the cases of depthwise convolutions, whose time goes into moving numbers rather than arithmetic."""
    from nnfs._kernels import Window

    rng = np.random.default_rng(0)
    for name, (n, c, size, k, stride) in DEPTHWISE.items():
        window, out = Window((k, k), (stride, stride), (k // 2,) * 4), (size - 1) // stride + 1
        x, weight = rng.standard_normal((n, c, size, size)).astype(dtype), np.ones((c, 1, k, k), dtype)
        bias, y = np.ones(c, dtype), rng.standard_normal((n, c, out, out)).astype(dtype)
        dx, dweight, dbias, result = x.copy(), weight.copy(), bias.copy(), y.copy()
        moved = x.nbytes + y.nbytes
        yield Case(
            f"depthwise forward {name}",
            lambda x=x, w=weight, b=bias, g=window, y=result: kernels.conv2d_forward(x, w, b, g, y=y),
            moved, "GB/s", 0.2,
        )  # fmt: skip
        yield Case(
            f"depthwise input gradient {name}",
            lambda y=y, w=weight, g=window, dx=dx: kernels.conv2d_backward_input(y, w, g, dx=dx),
            moved, "GB/s", 0.2,
        )  # fmt: skip
        yield Case(
            f"depthwise parameter gradient {name}",
            lambda x=x, y=y, g=window, w=dweight, b=dbias: kernels.conv2d_backward_params(x, y, g, dweight=w, dbias=b),
            moved, "GB/s", 0.2,
        )  # fmt: skip


def dense_cases(np, kernels, dtype):
    """Yield the cases of dense layers."""
    rng = np.random.default_rng(0)
    for name, (n, d, k) in DENSE.items():
        x, weight = rng.standard_normal((n, d)).astype(dtype), rng.standard_normal((k, d)).astype(dtype)
        bias, y, dx, dweight = np.ones(k, dtype), np.ones((n, k), dtype), np.ones((n, d), dtype), np.ones((k, d), dtype)
        large = n * d * k > 1e6
        yield Case(
            f"dense forward {name}",
            lambda x=x, w=weight, b=bias, y=y: kernels.dense_forward(x, w, b, y=y),
            2.0 * n * d * k, "GFLOP/s", 0.2 if large else 0,
        )  # fmt: skip
        yield Case(
            f"dense input gradient {name}",
            lambda y=y, w=weight, dx=dx: kernels.dense_backward_input(y, w, dx=dx),
            2.0 * n * d * k, "GFLOP/s", 0.2 if large else 0,
        )  # fmt: skip
        yield Case(
            f"dense parameter gradient {name}",
            lambda x=x, y=y, w=dweight, b=bias: kernels.dense_backward_params(x, y, dweight=w, dbias=b),
            2.0 * n * d * k, "GFLOP/s", 0.2 if large else 0,
        )  # fmt: skip


def other_cases(np, kernels, dtype):
    """Yield the cases of kernels that do little more than move numbers."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 8, 28, 28)).astype(dtype)
    y, padded = np.empty_like(x), np.empty((64, 8, 30, 30), dtype)
    yield Case("relu forward", lambda: kernels.relu_forward(x, 0.0, y=y), x.nbytes * 2, "GB/s", 0.3)
    yield Case("relu backward", lambda: kernels.relu_backward(x, y, 0.0, dx=y), x.nbytes * 3, "GB/s", 0.3)
    yield Case("dropout", lambda: kernels.dropout(x, 7, 0.5, y=y), x.nbytes * 2, "GB/s", 0.2)
    yield Case("noise", lambda: kernels.add_noise(x, 7, 0.1, y=y), x.nbytes * 2, "GB/s", 0)
    cos, sin = np.full(64, 0.8, dtype), np.full(64, 0.6, dtype)
    yield Case("rotation", lambda: kernels.rotate2d(x, cos, sin, y=y), x.nbytes * 2, "GB/s", 0)
    yield Case("pad forward", lambda: kernels.pad2d_forward(x, (1, 1, 1, 1), y=padded), x.nbytes * 2, "GB/s", 0.15)
    yield Case("pad backward", lambda: kernels.pad2d_backward(padded, (1, 1, 1, 1), dx=y), x.nbytes * 2, "GB/s", 0.15)
    value, grad, mean, square = (abs(rng.standard_normal(109_386)).astype(dtype) * 1e-3 for _ in range(4))
    size = value.nbytes
    yield Case("all finite", lambda: kernels.all_finite(value), size, "GB/s", 0.3)
    yield Case(
        "sgd step",
        lambda: kernels.sgd_update(grad, 1e-6, 0.9, False, 0.0, value=value, velocity=mean),
        size * 5, "GB/s", 0.3,
    )  # fmt: skip
    yield Case(
        "adam step",
        lambda: kernels.adam_update(
            grad, 1e-6, 0.9, 0.999, 1e-8, 0.0, False, 1, value=value, mean=mean, square=square
        ),
        size * 7, "GB/s", 0.2,
    )  # fmt: skip
    logits, labels = rng.standard_normal((64, 10)).astype(dtype), rng.integers(0, 10, 64)
    gradient = np.empty_like(logits)
    yield Case(
        "softmax cross-entropy 64x10",
        lambda: kernels.softmax_cross_entropy(logits, labels, dlogits=gradient),
        gradient.nbytes * 2, "GB/s", 0,
    )  # fmt: skip


def yardsticks(np, dtype):
    """Return the cases that measure the limits of the computer: NumPy's matrix product and NumPy's copy."""
    a, b = np.ones((1024, 1024), dtype), np.ones((1024, 1024), dtype)
    c, source = np.empty_like(a), np.ones(1 << 26, np.uint8)
    target = np.empty_like(source)
    return [
        Case("NumPy matrix product", lambda: np.matmul(a, b, out=c), 2.0 * 1024**3, "GFLOP/s", 0),
        Case("NumPy copy", lambda: np.copyto(target, source), 2.0 * source.nbytes, "GB/s", 0),
    ]


def measure(cases, rounds, seconds):
    """Return the median time of each case in seconds; ``seconds`` is the time of each case in one round."""
    from nnfs.profiling import interleave

    times = interleave({case.name: case.call for case in cases}, rounds=rounds, seconds=rounds * seconds)
    return [times[case.name].median / 1e6 for case in cases]


def main():
    """Measure the cases, print a table or JSON, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a kernel misses its least share")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each kernel")
    parser.add_argument("--seconds", type=float, default=0.01, help="how long a turn takes")
    options = parser.parse_args()
    # Before NumPy is imported: its BLAS reads the variable only then.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["NNFS_NUM_THREADS"] = str(options.threads)
    import numpy as np

    from nnfs._kernels import compiled

    dtype = np.dtype(options.dtype)
    cases = [
        case
        for maker in (convolution_cases, depthwise_cases, dense_cases, other_cases)
        for case in maker(np, compiled.kernels, dtype)
        if options.only in case.name
    ]
    rulers = yardsticks(np, dtype)
    peaks = {
        case.unit: case.amount / seconds / 1e9 for case, seconds in zip(rulers, measure(rulers, 5, 0.05), strict=True)
    }
    rows = []
    for case, seconds in zip(cases, measure(cases, options.rounds, options.seconds), strict=True):
        rate = case.amount / seconds / 1e9
        share = rate / peaks[case.unit]
        rows.append(
            {
                "name": case.name,
                "us": seconds * 1e6,
                "rate": rate,
                "unit": case.unit,
                "share": share,
                "least": case.least,
            }
        )
    slow = [row["name"] for row in rows if row["share"] < row["least"]]
    if options.json:
        print(json.dumps({"isa": compiled.isa, "threads": options.threads, "dtype": str(dtype), "peaks": peaks,
                          "kernels": rows, "below_least_share": slow}, indent=1))  # fmt: skip
    else:
        from nnfs.profiling import machine_line, table

        print(f"{machine_line()}; {compiled.isa}, {dtype}")
        print("yardsticks:", ", ".join(f"{value:.0f} {unit}" for unit, value in peaks.items()), end="\n\n")
        print(
            table(
                ("kernel", "us", "rate", "unit", "share", "least"),
                [
                    (row["name"], row["us"], row["rate"], row["unit"], f"{row['share']:.0%}",
                     "missed" * (row["name"] in slow))
                    for row in rows
                ],
            )
        )  # fmt: skip
    return 1 if options.check and slow else 0


if __name__ == "__main__":
    sys.exit(main())
