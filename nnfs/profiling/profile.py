"""The time of each node in a training step, forward and backward, beside the limits of the computer.

A node is what a network runs in one piece: a layer, or several fused layers.
"""

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
from ..system.table import table
from ..training.trainer import Trainer
from .roofline import Peaks


class TimedNode:
    """A node that also records the time of each of its calls and the bytes that a call has to move."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.seconds: dict[str, list[float]] = {"forward": [], "backward": []}
        self.bytes = {"forward": 0, "backward": 0}
        self._input_bytes = 0

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters of the node, by name."""
        return self.node.parameters

    def forward(self, x: Array, ctx: Context) -> Array:
        """Run the node forward; record the seconds, and the bytes of input, output and parameters, each once."""
        began = time.perf_counter()
        y = self.node.forward(x, ctx)
        self.seconds["forward"].append(time.perf_counter() - began)
        # A node whose output is a view of its input, such as Flatten, moves no bytes.
        self.bytes["forward"] = 0 if np.may_share_memory(x, y) else x.nbytes + y.nbytes + self._parameter_bytes()
        self._input_bytes = x.nbytes
        return y

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        """Run the node backward; record the seconds, and the bytes of input, gradients and parameters, each once."""
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
    """Measure training steps of a network on random samples, and return the time of each node as a dict for JSON.

    Plain steps alternate with steps in which every node is timed. All figures are medians.

    Parameters
    ----------
    network : Sequential
        Modified: it is trained, with so small a learning rate that its weights hardly change, whatever the unit of its
        outputs is.
    peaks : Peaks
        The limits of this computer, for the network's type of numbers.
    batch_size : int
        The number of samples of a step.
    seconds : float
        The time of the whole measurement.
    loss : str or Loss
        The loss of the steps; the targets are random.

    Returns
    -------
    dict
        - ``nodes``: a list of dicts, one for each node and direction, in the order in which they run. Each has
          ``layers``, ``direction``, ``microseconds``, ``operations``, ``bytes``, ``gflops``,
          ``gigabytes_per_second``, ``limit`` and ``share``. Operations are two for each multiply-add of the plain
          formulas; nothing else counts. Bytes are those of the arrays that go in and come out. The limit is
          "arithmetic" or "bandwidth", and the share is the shortest possible time divided by the measured time.
        - ``step_microseconds``: the time of a plain step.
        - ``overhead_microseconds``: the part of this time that is spent outside nodes, on the loss, the update of the
          weights, checks, and Python.

    Raises
    ------
    NumericError
        If loss, gradient or weights become non-finite on random samples.
    """
    criterion = get_loss(loss)
    x, y = _random_batch(network, batch_size, criterion)
    trainer = Trainer(network, loss=criterion, optimizer=SGD(1e-20))
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
            # The timed step itself is too long: recording takes as much time as the loss of a small network.
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
    """Return the result of `profile` as a text table, with one row for each node and direction."""
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
    # In the range of scaled pixels: a network that was trained on pixels warns about larger numbers.
    x = rng.uniform(-1, 1, (rows, *network.input_shape)).astype(network.dtype)
    if isinstance(loss, CrossEntropy):
        return x, rng.integers(0, network.output_shape[0], rows)
    # All other losses accept the targets 0 and 1.
    return x, rng.integers(0, 2, (rows, *network.output_shape)).astype(network.dtype)


def _rows(network: Sequential, timed: list[TimedNode], batch_size: int, peaks: Peaks) -> list[dict[str, Any]]:
    rows, index, learns = [], 0, False
    for one in timed:
        layers = getattr(one.node, "layers", (one.node,))
        served = range(index, index + len(layers))
        name = f"{served[0]}-{served[-1]} " if len(layers) > 1 else f"{served[0]} "
        name += " + ".join(map(repr, layers))
        multiply_adds = sum(network.layers[at].multiply_adds(network.shapes[at]) for at in served)
        trains = any(network.layers[at].trainable_parameters for at in served)
        for direction, passes in (("forward", 1), ("backward", trains + learns)):
            if one.seconds[direction]:
                operations = 2 * batch_size * multiply_adds * passes
                rows.append({"layers": name, "direction": direction} | _figures(one, direction, operations, peaks))
        index, learns = index + len(layers), learns or trains
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
