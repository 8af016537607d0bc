"""Measure depthwise and grouped convolutions with ReLU beside PyTorch: forward, and forward and backward.

    python bench/grouped.py [--json] [--threads N] [--rounds N] [--seconds S]

The backward pass computes the gradient of the input, too, as within a network. PyTorch's time is that of the faster of
its two memory layouts; it computes gradients by autograd.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from contest import contest

import nnfs
from nnfs import Conv2D, ReLU
from nnfs import profiling as bench

LAYERS = (  # images, channels, pixels, kernel, stride, groups
    (16, 64, 28, 3, 1, 64),
    (16, 64, 28, 3, 2, 64),
    (16, 32, 28, 5, 1, 32),
    (16, 128, 14, 3, 1, 128),
    (32, 256, 7, 3, 1, 256),
    (4, 32, 112, 3, 1, 32),
    (1, 64, 28, 3, 1, 64),
    (16, 64, 28, 3, 1, 32),
    (16, 64, 28, 3, 1, 8),
    (16, 64, 28, 3, 1, 2),
    (16, 64, 28, 1, 1, 4),
    (16, 64, 28, 3, 2, 4),
)
WAYS = ("forward", "both")


def measure(layer: tuple[int, ...], with_torch: bool, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure one layer, an entry of `LAYERS`, and return its row of the table as a dict."""
    images, channels, pixels, kernel, stride, groups = layer
    convolution = Conv2D(channels, kernel, stride=stride, padding=kernel // 2, groups=groups)
    network = nnfs.Sequential([convolution, ReLU()], (channels, pixels, pixels))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(images, *network.input_shape)).astype(np.float32)
    dy = rng.normal(size=(images, *network.output_shape)).astype(np.float32)
    passes = {"nnfs": bench.nnfs_passes(network, x, dy)}
    for layout in (bench.TORCH, bench.CHANNELS_LAST) if with_torch else ():
        passes[layout] = bench.torch_passes(network, x, dy, layout)
    calls = {f"{who} {way}": call for who, both in passes.items() for way, call in zip(WAYS, both, strict=True)}
    times = bench.interleave(calls, rounds=rounds, seconds=seconds)
    row: dict[str, Any] = {
        "input": "x".join(map(str, x.shape)), "kernel": f"{kernel}x{kernel}", "stride": stride, "groups": groups
    }  # fmt: skip
    for way in WAYS:
        ours = times[f"nnfs {way}"].median
        rivals = [times[f"{who} {way}"].median for who in passes if who != "nnfs"]
        row |= {f"{way} us": ours, f"torch/nnfs {way}": min(rivals) / ours if rivals else None}
    return row


if __name__ == "__main__":
    contest(__doc__.split("\n")[0], LAYERS, measure)
