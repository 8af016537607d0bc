"""Measure one layer in many geometries, to find cliffs: points where the time grows much faster than the work.

    python bench/sweep.py [--json] [--series pixels] [--no-torch] [--cpu-time] [--rounds N] [--seconds S]

Each series changes one argument of a layer; its points are measured in turns. "forward" is the layer alone, with ReLU
and pooling in the series "pooled" and "pool". "both" is forward and backward, with the gradient of the input. "cost" is
the time of a multiply-add divided by that of the point before. A cliff is a point that takes more than 100
microseconds, and more than twice as long for each multiply-add as the point before or behind it; below 100 microseconds
the overhead of calls counts for more than the work. PyTorch, in its usual memory layout, shows which costs come from
the geometry itself. The time of a depthwise convolution goes into moving numbers, so that a multiply-add takes longer
with a stride or a small kernel.

With --cpu-time everything runs on one thread, and only the processor's time counts, which other programs hardly change.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nnfs
from nnfs import Conv2D, Dense, MaxPool2D, ReLU
from nnfs import profiling as bench

CLIFF = 2.0
LEAST = 100.0

WIDTHS = (1, 2, 3, 4, 5, 8, 12, 16, 17, 24, 31, 32, 33, 48, 64, 96, 127, 128)
ROWS = (1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 64, 100, 128, 256, 512, 1024)
PIXELS = (8, 9, 12, 13, 14, 15, 16, 17, 20, 24, 27, 28, 29, 31, 32, 33, 48, 56, 63, 64, 65, 96, 112, 127, 128, 129,
          160, 192, 223, 224)  # fmt: skip
FEATURES = (1, 2, 3, 4, 8, 15, 16, 17, 31, 32, 33, 64, 100, 127, 128, 129, 256, 512, 784, 1024, 2048, 4096)


class Convolution(NamedTuple):
    """A convolution, with ReLU and max pooling behind it if ``pool`` is not 0."""

    rows: int = 64
    channels: int = 16
    filters: int = 32
    pixels: int = 28
    kernel: int = 3
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    pool: int = 0

    def network(self) -> nnfs.Sequential:
        padding = self.dilation * (self.kernel - 1) // 2
        layers: list[nnfs.Layer] = [
            Conv2D(self.filters, self.kernel, stride=self.stride, padding=padding, dilation=self.dilation,
                   groups=self.groups)
        ]  # fmt: skip
        if self.pool:
            layers += [ReLU(), MaxPool2D(self.pool)]
        return nnfs.Sequential(layers, (self.channels, self.pixels, self.pixels))


class Depthwise(NamedTuple):
    """A depthwise convolution: one filter for each channel."""

    rows: int = 16
    channels: int = 64
    pixels: int = 28
    kernel: int = 3
    stride: int = 1

    def network(self) -> nnfs.Sequential:
        return Convolution(
            channels=self.channels, filters=self.channels, pixels=self.pixels, kernel=self.kernel, stride=self.stride,
            groups=self.channels,
        ).network()  # fmt: skip


class FullyConnected(NamedTuple):
    """A dense layer."""

    rows: int = 64
    features: int = 512
    units: int = 128

    def network(self) -> nnfs.Sequential:
        return nnfs.Sequential([Dense(self.units)], self.features)


SERIES: dict[str, tuple[Any, str, tuple[int, ...]]] = {
    "batch": (Convolution(), "rows", ROWS),
    "channels": (Convolution(rows=16), "channels", WIDTHS),
    "filters": (Convolution(rows=16), "filters", WIDTHS),
    "pixels": (Convolution(rows=4), "pixels", PIXELS),
    "kernel": (Convolution(rows=16), "kernel", (1, 2, 3, 4, 5, 6, 7, 9, 11)),
    "stride": (Convolution(), "stride", (1, 2, 3, 4)),
    "stride of 5x5": (Convolution(kernel=5), "stride", (1, 2, 3, 4)),
    "stride of 1x1": (Convolution(kernel=1), "stride", (1, 2, 3)),
    "dilation": (Convolution(rows=16), "dilation", (1, 2, 3, 4)),
    "groups": (Convolution(rows=16), "groups", (1, 2, 4, 8, 16)),
    "depthwise channels": (Depthwise(), "channels", (2, 3, 8, 15, 16, 17, 24, 32, 33, 64, 96, 128, 256)),
    "depthwise pixels": (Depthwise(), "pixels", (3, 4, 5, 7, 8, 10, 14, 15, 16, 28, 29, 32, 56, 64, 112)),
    "depthwise kernel": (Depthwise(), "kernel", (2, 3, 5, 7, 9)),
    "depthwise stride": (Depthwise(), "stride", (1, 2, 3, 4)),
    "pooled batch": (Convolution(pool=2), "rows", ROWS),
    "pooled channels": (Convolution(rows=16, pool=2), "channels", WIDTHS),
    "pooled filters": (Convolution(rows=16, channels=1, pool=2), "filters", WIDTHS),
    "pooled pixels": (Convolution(rows=4, pool=2), "pixels", PIXELS),
    "pooled kernel": (Convolution(rows=16, pool=2), "kernel", (1, 2, 3, 4, 5, 6, 7, 9, 11)),
    "pooled stride": (Convolution(pool=2), "stride", (1, 2, 3)),
    "pool": (Convolution(rows=16), "pool", (2, 3, 4, 5)),
    "dense batch": (FullyConnected(), "rows", ROWS),
    "dense features": (FullyConnected(), "features", FEATURES),
    "dense units": (FullyConnected(), "units", FEATURES),
}


def measure(
    name: str, with_torch: bool, rounds: int, seconds: float, clock: Callable[[], float]
) -> list[dict[str, Any]]:
    """Measure a series, an entry of `SERIES`, and return a dict for each of its points."""
    base, field, values = SERIES[name]
    calls: dict[str, Callable] = {}
    rows = []
    rng = np.random.default_rng(0)
    for value in values:
        geometry = base._replace(**{field: value})
        network = geometry.network()
        x = rng.normal(size=(geometry.rows, *network.input_shape)).astype(np.float32)
        dy = rng.normal(size=(geometry.rows, *network.output_shape)).astype(np.float32)
        calls[f"nnfs forward {value}"], calls[f"nnfs both {value}"] = bench.nnfs_passes(network, x, dy)
        if with_torch:
            calls[f"torch forward {value}"], calls[f"torch both {value}"] = bench.torch_passes(network, x, dy)
        rows.append({"series": name, field: value, "operations": bench.forward_operations(network, geometry.rows)})
    times = bench.interleave(calls, rounds=rounds, seconds=seconds, clock=clock)
    for row, value in zip(rows, values, strict=True):
        for way, passes in (("forward", 1), ("both", 3)):
            microseconds = times[f"nnfs {way} {value}"].median
            row[f"{way}_us"] = microseconds
            row[f"{way}_gflops"] = passes * row["operations"] / microseconds / 1e3
            row[f"{way}_torch_ratio"] = times[f"torch {way} {value}"].median / microseconds if with_torch else None
    for index, row in enumerate(rows):
        for way in ("forward", "both"):
            near = [rows[at][f"{way}_gflops"] for at in (index - 1, index + 1) if 0 <= at < len(rows)]
            row[f"{way}_cost"] = near[0] / row[f"{way}_gflops"] if index else None
            row[f"{way}_cliff"] = row[f"{way}_us"] > LEAST and max(near) / row[f"{way}_gflops"] > CLIFF
    return rows


def series_table(rows: list[dict[str, Any]]) -> str:
    field = list(rows[0])[1]
    ways = ("forward", "both")
    headings = [field]
    for way in ways:
        headings += [f"{way} us", "GFLOP/s", "cost", "torch/nnfs"]
    cells = []
    for row in rows:
        line = [f"{row[field]}"]
        for way in ways:
            line += [row[f"{way}_us"], row[f"{way}_gflops"], row[f"{way}_cost"], row[f"{way}_torch_ratio"]]
        cells.append([*line, " and ".join(way for way in ways if row[f"{way}_cliff"])])
    return bench.table([*headings, "cliff"], cells)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--series", action="append", choices=SERIES, help="only this one; may be repeated")
    parser.add_argument("--no-torch", action="store_true", help="measure nnfs only")
    parser.add_argument("--cpu-time", action="store_true", help="one thread, and its processor time")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each point")
    parser.add_argument("--seconds", type=float, default=0.1, help="for each point, way and contestant")
    options = parser.parse_args()
    clock = time.thread_time if options.cpu_time else time.perf_counter
    if options.cpu_time:
        nnfs.set_num_threads(1)
    versions = bench.installed_rivals()
    with_torch = versions["torch"] is not None and not options.no_torch
    if not options.json:
        print(bench.machine_line({"torch": versions["torch"]} if with_torch else None))
    found = []
    for name in options.series or SERIES:
        rows = measure(name, with_torch, options.rounds, options.seconds, clock)
        found += rows
        if not options.json:
            rest = {key: value for key, value in SERIES[name][0]._asdict().items() if key != SERIES[name][1]}
            about = ", ".join(f"{key} {value}" for key, value in rest.items())
            print(f"\n{name}: {about}\n\n{series_table(rows)}", flush=True)
    cliffs = sum(row[f"{way}_cliff"] for row in found for way in ("forward", "both"))
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "points": found, "cliffs": cliffs}, indent=1))
    else:
        print(f"\n{len(found)} points, {cliffs} cliffs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
