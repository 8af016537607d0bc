"""Measure depthwise and grouped convolutions with ReLU beside PyTorch: forward, and forward and backward.

    python bench/grouped.py [--json] [--threads N] [--rounds N] [--seconds S]

The gradient of the input is wanted, as within a network. Of PyTorch's two memory layouts the better one counts; its
gradients go by autograd, as in everybody's training.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import nnfs
from nnfs import Conv2D, ReLU, bench
from nnfs.reproduce.torch_twin import TorchTwin

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


def contestants(network: nnfs.Sequential, x: np.ndarray, dy: np.ndarray, with_torch: bool) -> dict[str, Callable]:
    """Return functions that go forward, and forward and backward."""
    inference, training = network.workspace(), network.workspace()
    training[0].needs_input_grad = True

    def both() -> None:
        network.forward(x, training, training=True)
        network.backward(dy, training)

    found: dict[str, Callable] = {"nnfs forward": lambda: network.forward(x, inference), "nnfs both": both}
    for layout in ("contiguous_format", "channels_last") if with_torch else ():
        found |= torch_contestants(network, x, dy, layout)
    return found


def torch_contestants(network: nnfs.Sequential, x: np.ndarray, dy: np.ndarray, layout: str) -> dict[str, Callable]:
    """Return the same in PyTorch, in one of its memory layouts."""
    twin = TorchTwin(network, loss="mean_squared_error", optimizer=nnfs.optimizers.SGD(0.01))
    torch, order = twin.torch, getattr(twin.torch, layout)
    torch.set_num_threads(nnfs.get_num_threads())
    model = twin.model.to(memory_format=order)
    samples, gradient = (torch.from_numpy(array).contiguous(memory_format=order) for array in (x, dy))
    wanted = samples.clone().requires_grad_()

    def forward() -> None:
        with torch.inference_mode():
            model(samples)

    def both() -> None:
        model.zero_grad()
        wanted.grad = None
        model(wanted).backward(gradient)

    return {f"{layout} forward": forward, f"{layout} both": both}


def measure(layer: tuple[int, ...], with_torch: bool, rounds: int, seconds: float) -> dict[str, Any]:
    """Return the row of one layer."""
    images, channels, pixels, kernel, stride, groups = layer
    convolution = Conv2D(channels, kernel, stride=stride, padding=kernel // 2, groups=groups)
    network = nnfs.Sequential([convolution, ReLU()], (channels, pixels, pixels))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(images, *network.input_shape)).astype(np.float32)
    dy = rng.normal(size=(images, *network.output_shape)).astype(np.float32)
    times = bench.interleave(contestants(network, x, dy, with_torch), rounds=rounds, seconds=seconds)
    row: dict[str, Any] = {
        "input": "x".join(map(str, x.shape)), "kernel": f"{kernel}x{kernel}", "stride": stride, "groups": groups
    }  # fmt: skip
    for way in ("forward", "both"):
        ours = times[f"nnfs {way}"].median
        rivals = [time.median for name, time in times.items() if name.endswith(way) and not name.startswith("nnfs")]
        row |= {f"{way} us": ours, f"torch/nnfs {way}": min(rivals) / ours if rivals else None}
    return row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--threads", type=int, default=nnfs.get_num_threads(), help="of both")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=0.25, help="for each contestant and layer")
    options = parser.parse_args()
    nnfs.set_num_threads(options.threads)
    torch = bench.installed_rivals()["torch"]
    rows = [measure(layer, torch is not None, options.rounds, options.seconds) for layer in LAYERS]
    if options.json:
        print(json.dumps({"machine": nnfs.machine.machine(), "torch": torch, "layers": rows}, indent=1))
    else:
        print(bench.machine_line({"torch": torch} if torch else None), end="\n\n")
        print(bench.table(list(rows[0]), [list(row.values()) for row in rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
