"""Where the time of a training step goes: node by node, forward and backward, against the limits of the machine."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..layers.chain import Node
from ..layers.context import Context
from ..layers.parameter import Parameter
from ..losses import CrossEntropy, Loss, get_loss
from ..optimizers import SGD
from ..sequential import Sequential
from ..training.trainer import Trainer
from .roofline import Peaks
from .table import table


class TimedNode:
    """Run a node inside a network, and note the time of each call and the bytes that it has to move."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.seconds: dict[str, list[float]] = {"forward": [], "backward": []}
        self.bytes = {"forward": 0, "backward": 0}
        self._input_bytes = 0

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The node's own."""
        return self.node.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        """Run the node's own; the bytes are those of input, output and parameters, each once."""
        began = time.perf_counter()
        y = self.node.forward(x, ctx)
        self.seconds["forward"].append(time.perf_counter() - began)
        # A view of its input, as of Flatten, moves nothing.
        self.bytes["forward"] = 0 if np.may_share_memory(x, y) else x.nbytes + y.nbytes + self._parameter_bytes()
        self._input_bytes = x.nbytes
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        """Run the node's own; the bytes are those of input, both gradients, and parameters with theirs, each once."""
        began = time.perf_counter()
        dx = self.node.backward(dy, ctx)
        self.seconds["backward"].append(time.perf_counter() - began)
        moved = dy.nbytes + self._input_bytes + self._parameter_bytes()
        if dx is not None:
            moved = 0 if np.may_share_memory(dx, dy) else moved + dx.nbytes + self._parameter_bytes()
        self.bytes["backward"] = moved
        return dx

    def _parameter_bytes(self) -> int:
        return sum(parameter.value.nbytes for parameter in self.parameters.values())


def profile(network: Sequential, peaks: Peaks, *, batch_size: int, seconds: float, loss: str | Loss) -> dict[str, Any]:
    """Measure training steps of a network on random numbers, and return where their time goes, ready for JSON.

    Plain steps, and steps in which every node is timed, come in turns; all figures are medians.

    Parameters
    ----------
    network : Sequential
        It is trained, with so small a rate that little changes.
    peaks : Peaks
        Of this machine, in the network's type.
    batch_size : int
        Samples of a step.
    seconds : float
        The time of the measurement.
    loss : str or Loss
        What the steps minimize, with random targets.

    Returns
    -------
    dict
        ``nodes``, for each node forward and backward in the order in which they run: ``layers``, ``direction``,
        ``microseconds``; ``operations``, two for each multiply-add of the plain formulas and none for what else is;
        ``bytes`` of the arrays that go in and come out; ``gflops``, ``gigabytes_per_second``; ``limit``, what binds,
        arithmetic or bandwidth; and ``share`` of that limit. ``step_microseconds`` of a plain step, and
        ``overhead_microseconds``, what of it is in no node: the loss, the update, checks, Python between the calls.

    Raises
    ------
    NumericError
        Where random numbers are too much for the network.
    """
    criterion = get_loss(loss)
    x, y = _random_batch(network, batch_size, criterion)
    trainer = Trainer(network, loss=criterion, optimizer=SGD(1e-6))
    plain, timed = network.nodes, [TimedNode(node) for node in network.nodes]
    steps: list[float] = []
    overheads: list[float] = []
    _step_seconds(trainer, x, y)
    end = time.perf_counter() + seconds
    try:
        while len(steps) < 3 or time.perf_counter() < end:
            network.layers.nodes = plain
            steps.append(_step_seconds(trainer, x, y))
            network.layers.nodes = list(timed)
            _step_seconds(trainer, x, y)
            # Not of this step itself, in which to note times and bytes takes as long as a small network's loss.
            in_nodes = sum(times[-1] for node in timed for times in node.seconds.values() if times)
            overheads.append(max(0.0, steps[-1] - in_nodes))
    finally:
        network.layers.nodes = plain
    return {
        "nodes": _rows(network, timed, batch_size, peaks),
        "step_microseconds": float(np.median(steps)) * 1e6,
        "overhead_microseconds": float(np.median(overheads)) * 1e6,
    }


def profile_table(profiled: dict[str, Any]) -> str:
    """Return what `profile` gave as a table."""
    step = profiled["step_microseconds"]
    rows: list[list[object]] = [
        [
            row["layers"],
            row["direction"],
            row["microseconds"],
            f"{row['microseconds'] / step:.0%}",
            row["operations"] / 1e6,
            row["bytes"] / 1e6,
            row["gflops"],
            row["gigabytes_per_second"],
            row["limit"],
            None if row["share"] is None else f"{row['share']:.0%}",
        ]
        for row in profiled["nodes"]
    ]
    overhead = profiled["overhead_microseconds"]
    rows.append(["in no node", "", overhead, f"{overhead / step:.0%}", *[""] * 6])
    rows.append(["whole step", "", step, "100%", *[""] * 6])
    headings = ("layers", "direction", "us", "of step", "1e6 operations", "MB", "GFLOP/s", "GB/s", "limit", "share")
    return table(headings, rows)


def _step_seconds(trainer: Trainer, x: Array, y: Array) -> float:
    began = time.perf_counter()
    trainer.step(x, y)
    return time.perf_counter() - began


def _random_batch(network: Sequential, rows: int, loss: Loss) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    # In the range of pixels, beyond which a network that knows its data warns.
    x = rng.uniform(-1, 1, (rows, *network.input_shape)).astype(network.dtype)
    if isinstance(loss, CrossEntropy):
        return x, rng.integers(0, network.output_shape[0], rows)
    # 0 and 1 are targets that every other loss takes.
    return x, rng.integers(0, 2, (rows, *network.output_shape)).astype(network.dtype)


def _rows(network: Sequential, timed: list[TimedNode], batch_size: int, peaks: Peaks) -> list[dict[str, Any]]:
    rows, index, learns = [], 0, False
    for one in timed:
        layers = getattr(one.node, "layers", (one.node,))
        served = range(index, index + len(layers))
        name = f"{served[0]}-{served[-1]} " if len(layers) > 1 else f"{served[0]} "
        name += " + ".join(map(repr, layers))
        multiply_adds = sum(network.layers[at].multiply_adds(network.shapes[at]) for at in served)
        for direction, passes in (("forward", 1), ("backward", bool(one.parameters) + learns)):
            if one.seconds[direction]:
                operations = 2 * batch_size * multiply_adds * passes
                rows.append({"layers": name, "direction": direction} | _figures(one, direction, operations, peaks))
        index, learns = index + len(layers), learns or bool(one.parameters)
    # Backward runs from the last node to the first.
    backward = [row for row in rows if row["direction"] == "backward"]
    return [row for row in rows if row["direction"] == "forward"] + backward[::-1]


def _figures(node: TimedNode, direction: str, operations: int, peaks: Peaks) -> dict[str, Any]:
    seconds, moved = float(np.median(node.seconds[direction])), node.bytes[direction]
    works = operations or moved
    return {
        "microseconds": seconds * 1e6,
        "operations": operations,
        "bytes": moved,
        "gflops": operations / seconds / 1e9 if operations else None,
        "gigabytes_per_second": moved / seconds / 1e9 if moved else None,
        "limit": peaks.binding(operations, moved) if works else None,
        "share": peaks.seconds(operations, moved) / seconds if works else None,
    }
