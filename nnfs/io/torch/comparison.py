"""The comparison of a network with its copy in PyTorch: what both compute, how fast, and in how much memory."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..._kernels import kernels
from ..._kernels.interface import Array
from ..._kernels.threads import get_num_threads
from ...arguments.hyperparameters import as_count, as_flag
from ...errors import DTypeError, NumericError, ShapeError
from ...layers import BatchNorm, Dropout
from ...losses import Loss, loss_for
from ...optimizers import Optimizer, get_optimizer
from ...sequential import Sequential
from ...system.busy import caveats, processor_share
from ...system.clock import interleave
from ...system.floating_point import quietly
from ...system.notebook import html_table
from ...system.table import table
from ...training.gate import Gate
from ...training.trainer import Trainer
from .agreement import MARGIN, Difference, differences
from .curves import count_agreeing_steps, describe_agreement
from .processes import import_seconds, peak_bytes
from .twin import TorchTwin, import_torch

FIRST = 5
"""How many steps must have losses that agree. Later ones may part, since what rounding changes grows with each step."""
SECONDS = 1.0
"""How long the steps of each framework are timed."""
HEADER = ("layer", "what", "largest difference", "tolerance", "S", "largest number", "agrees")


@dataclass(frozen=True)
class TorchComparison:
    """What a network and its copy in PyTorch compute on the same batches, and what it takes them.

    Attributes
    ----------
    differences : list of Difference
        Outputs, loss, gradients and buffers, each with its tolerance, see `nnfs.io.torch.agreement`.
    losses : dict of lists of float
        The loss of each step, by framework: "nnfs" and "torch".
    agreeing_steps : int
        The number of steps before the first one whose losses differ by more than 1 %.
    batch_size, dtype, optimizer, torch_version, notes
        On what, in which type, by what, with what, and what to know about it.
    step_seconds, peak_bytes, import_seconds : dict or None
        By framework; None where they were not measured.
    caveats : list of str
        What makes the times unreliable, such as other programs that run.
    """

    differences: list[Difference]
    losses: dict[str, list[float]]
    agreeing_steps: int
    batch_size: int
    dtype: str
    optimizer: str
    torch_version: str
    notes: list[str]
    step_seconds: dict[str, float] | None
    peak_bytes: dict[str, int] | None
    import_seconds: dict[str, float] | None
    caveats: list[str]

    @property
    def agrees(self) -> bool:
        """Whether every difference is within its tolerance, and the losses of the first five steps agree."""
        first = min(FIRST, len(self.losses["nnfs"]))
        return all(each.agrees for each in self.differences) and self.agreeing_steps >= first

    @property
    def speed_ratio(self) -> float | None:
        """The seconds of PyTorch's step divided by those of nnfs; None where the two do not compute the same."""
        times = self.step_seconds
        return times["torch"] / times["nnfs"] if times is not None and self.agrees else None

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, ready for JSON: numbers that are not finite are None."""
        plain = asdict(self)
        plain["differences"] = [
            asdict(each) | {"tolerance": each.tolerance, "agrees": each.agrees} for each in self.differences
        ]
        plain |= {"agrees": self.agrees, "speed_ratio": self.speed_ratio}
        found: dict[str, Any] = _finite(plain)
        return found

    def __str__(self) -> str:
        return f"{table(HEADER, self._rows())}\n\n" + "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        lines = html_table(("",), [(line,) for line in self._lines()])
        return html_table(HEADER, self._rows(), left=2) + lines

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                *(each.layer, each.what),
                *(f"{figure:.2g}" for figure in (each.largest, each.tolerance)),
                *(f"{figure:.3g}" for figure in (each.roundings, each.size)),
                "yes" if each.agrees else "NO",
            )
            for each in self.differences
        ]

    def _lines(self) -> list[str]:
        """Return what is said below the table, in lines."""
        eps = float(np.finfo(self.dtype).eps)
        first = next((each for each in self.differences if not each.agrees), None)
        steps = len(self.losses["nnfs"])
        parts = len(self.differences)
        lines = [f"all {parts} parts agree: nnfs and PyTorch compute the same, up to rounding"] if self.agrees else []
        lines += [
            f"one batch of {self.batch_size}, {self.dtype}, PyTorch {self.torch_version}",
            f"tolerance = {MARGIN} x {eps:.2g} (the rounding of {self.dtype}) x S x the largest number of the array; S "
            "is the square root of the terms of a sum, added up over the layers that a number comes from",
            *self.notes,
            f"losses of {steps} steps of {self.optimizer}: within 1 % "
            f"{describe_agreement(self.agreeing_steps, steps)}; the first {self.losses['nnfs'][0]:.6g}, "
            f"the last {self.losses['nnfs'][-1]:.6g}, that of PyTorch {self.losses['torch'][-1]:.6g}",
        ]
        if first is not None:
            at = f"layer {first.layer}: " if first.layer else ""
            lines.append(f"THEY DISAGREE, first in {at}{first.what}: {first.largest:.2g} > {first.tolerance:.2g}")
        elif not self.agrees:
            lines.append(f"THEY DISAGREE from step {self.agreeing_steps + 1} on, one of the first {FIRST}")
        for what, measured, factor, unit in (
            ("one training step", self.step_seconds, 1e6, "us"),
            ("peak memory", self.peak_bytes, 2**-20, "MiB"),
            ("import", self.import_seconds, 1e3, "ms"),
        ):
            if measured is not None:
                ours, theirs = (f"{measured[name] * factor:,.0f} {unit}" for name in ("nnfs", "torch"))
                lines.append(f"{what}: nnfs {ours}, PyTorch {theirs}")
        if self.speed_ratio is not None:
            lines.append(f"PyTorch takes {self.speed_ratio:.2f} times as long for a step")
        elif self.step_seconds is not None:
            lines.append("no ratio of times is given, since the two do not compute the same")
        return [*lines, *self.caveats]


@quietly
def compare(
    network: Sequential,
    x: Any,
    y: Any,
    *,
    loss: str | Loss | None = None,
    optimizer: str | Optimizer = "sgd",
    steps: int = 20,
    batch_size: int = 64,
    measure: bool = True,
) -> TorchComparison:
    """Compare a network with its copy in PyTorch, with equal weights, batches and dropped units.

    Compared are the outputs of each layer, the loss, the gradient of each parameter and the running statistics of one
    batch, then the losses of some steps of training. The network itself is not changed.

    Parameters
    ----------
    network : Sequential
        Trained or not.
    x, y : array
        Samples and their targets; the first ``batch_size`` of them are one batch, and so on; not modified.
    loss : str, Loss or None
        That of the last training where it is None.
    optimizer : str or Optimizer
        What takes the steps.
    steps, batch_size : int
        How many steps there are, and how many samples each takes; all samples where there are fewer.
    measure : bool
        Whether to measure the seconds of a step, the peak of memory and the time of an import too, which takes some
        seconds, and new processes.

    Returns
    -------
    TorchComparison
        ``print`` shows it as a table, a notebook as HTML; ``agrees`` is the answer.

    Raises
    ------
    ImportError
        Without PyTorch; it shows how to install it.
    UnsupportedError
        For layers, losses and optimizers that PyTorch has no counterpart of: those of somebody's own.
    ShapeError, DTypeError, ValueError, NumericError
        For samples that do not fit, for a network without parameters, and for weights that are not finite.
    """
    if not isinstance(network, Sequential):
        fix = (
            f"nnfs.load({network!r})"
            if isinstance(network, str | os.PathLike)
            else "a network, such as nnfs.load(file)"
        )
        raise DTypeError(f"compare takes a network first, got {type(network).__name__}; write compare({fix}, x, y)")
    torch = import_torch()
    known, optimizer = loss_for(loss, network.loss, "compare"), get_optimizer(optimizer)
    steps, batch_size = as_count(steps, "compare: steps"), as_count(batch_size, "compare: batch_size")
    measure = as_flag(measure, "compare: measure")
    known.check_last_layer(network.layers[-1])
    x, y, _ = Gate(network, known).check_rows(x, y, None, "")
    if not network.parameters:
        raise ShapeError("compare: the network has no parameters, so that nothing is trained")
    if not kernels.all_finite(network.vector.value):
        raise NumericError("compare: the network has weights that are not finite")
    size = min(batch_size, len(x))
    threads = torch.get_num_threads()
    torch.set_num_threads(get_num_threads())
    try:
        ours, twin = _pair(network, known, optimizer)
        found = differences(ours, twin, x[:size], y[:size])
        losses = _losses(network, known, optimizer, x, y, size, steps)
        times, busy = _step_times(network, known, optimizer, x[:size], y[:size]) if measure else (None, [])
    finally:
        torch.set_num_threads(threads)
    network = copy.deepcopy(network)
    network.loss = known
    return TorchComparison(
        differences=found,
        losses=losses,
        agreeing_steps=count_agreeing_steps(losses["nnfs"], losses["torch"]),
        batch_size=size,
        dtype=network.dtype.name,
        optimizer=repr(optimizer),
        torch_version=str(torch.__version__),
        notes=_notes(network),
        step_seconds=times,
        peak_bytes=peak_bytes(network, optimizer, x[:size], y[:size], steps) if measure else None,
        import_seconds=import_seconds() if measure else None,
        caveats=busy,
    )


def _pair(network: Sequential, loss: Loss, optimizer: Optimizer) -> tuple[Sequential, TorchTwin]:
    """Return copies of a network, in nnfs and in PyTorch."""
    ours = copy.deepcopy(network)
    return ours, TorchTwin(ours, loss=loss, optimizer=optimizer)


def _steps(network: Sequential, loss: Loss, optimizer: Optimizer) -> dict[str, Callable[[Array, Array, int], float]]:
    """Return functions of (x, y, number) that take a step in each framework, from equal weights."""
    ours, twin = _pair(network, loss, optimizer)
    trainer, tensor = Trainer(ours, loss=loss, optimizer=optimizer), twin.torch.from_numpy
    twin.model.train()
    return {
        "nnfs": lambda x, y, number: trainer.step(x, y),
        "torch": lambda x, y, number: twin.step(tensor(x), tensor(y), number),
    }


def _losses(
    network: Sequential, loss: Loss, optimizer: Optimizer, x: Array, y: Array, size: int, steps: int
) -> dict[str, list[float]]:
    starts = range(0, len(x) - size + 1, size)
    batches = [slice(starts[step % len(starts)], starts[step % len(starts)] + size) for step in range(steps)]
    return {
        name: [step(x[rows].copy(), y[rows].copy(), number) for number, rows in enumerate(batches)]
        for name, step in _steps(network, loss, optimizer).items()
    }


def _step_times(
    network: Sequential, loss: Loss, optimizer: Optimizer, x: Array, y: Array
) -> tuple[dict[str, float], list[str]]:
    """Return the median seconds of a step of each framework, in turns, and what makes them unreliable."""
    x, y = x.copy(), y.copy()  # which PyTorch may share: those of the user may be read-only
    optimizer = copy.copy(optimizer)
    optimizer.learning_rate = 0.0  # however many steps are taken, the weights stay as they are
    functions = {name: _bound(step, x, y) for name, step in _steps(network, loss, optimizer).items()}
    share = processor_share()
    times = interleave(functions, rounds=5, seconds=SECONDS)
    busy = caveats([share, processor_share()], [times["torch"].p90 / times["torch"].median])
    return {name: each.median / 1e6 for name, each in times.items()}, busy


def _bound(step: Callable[[Array, Array, int], float], x: Array, y: Array) -> Callable[[], float]:
    return lambda: step(x, y, 0)


def _notes(network: Sequential) -> list[str]:
    layers = [chain[index] for _, chain, index in network.layers.walk()]
    notes = []
    if any(isinstance(layer, Dropout) for layer in layers):
        notes.append("dropout drops the same units in both, by the random numbers of nnfs; outputs are without it")
    if any(isinstance(layer, BatchNorm) for layer in layers):
        notes.append("batches are normalized by themselves for loss and gradients, by running statistics for outputs")
    return notes


def _finite(value: Any) -> Any:
    """Return plain data with None for each number that is not finite."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
