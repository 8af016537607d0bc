"""Measure training steps on signals (N, C, L) and on rows (N, T, D) beside PyTorch.

    python bench/signals.py [--json] [--threads N] [--rounds N] [--seconds S]

Both train by Adam on the same batch, in turn; a ratio above 1 means that nnfs is faster.
"""

from __future__ import annotations

from typing import Any

from contest import contest

import nnfs
from nnfs import BatchNorm, Conv1D, Dense, Flatten, GlobalAvgPool1D, LayerNorm, MaxPool1D, ReLU
from nnfs import profiling as bench
from nnfs.profiling import Network


def _blocks(*filters: int, size: int, normalized: bool) -> list[nnfs.Layer]:
    layers: list[nnfs.Layer] = []
    for count in filters:
        layers += [Conv1D(count, size, padding="same"), *([BatchNorm()] if normalized else []), ReLU(), MaxPool1D(2)]
    return layers


NETWORKS = (
    Network("one channel", lambda: [*_blocks(8, 16, size=5, normalized=False), Flatten(), Dense(10)], (1, 128)),
    Network("chirps", lambda: [*_blocks(16, 24, 32, size=9, normalized=True), GlobalAvgPool1D(), Dense(10)], (1, 128)),
    Network("twelve leads", lambda: [*_blocks(32, 64, 64, size=7, normalized=True), Flatten(), Dense(10)], (12, 500)),
    Network("rows", lambda: [Dense(64), LayerNorm(1), ReLU(), Dense(64), ReLU(), Flatten(), Dense(10)], (32, 16)),
)


def measure(network: Network, with_torch: bool, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure the training step of one network, and return its row of the table as a dict."""
    steps = {"nnfs": bench.nnfs_step(network)}
    if with_torch:
        steps["torch"] = bench.torch_step(network, bench.TORCH)
    times = bench.interleave(steps, rounds=rounds, seconds=seconds)
    shape = "x".join(map(str, (network.batch_size, *network.input_shape)))
    row: dict[str, Any] = {"network": network.name, "input": shape, "nnfs us": times["nnfs"].median}
    return row | {"torch/nnfs": times["torch"].median / times["nnfs"].median if with_torch else None}


if __name__ == "__main__":
    contest(__doc__.split("\n")[0], NETWORKS, measure)
