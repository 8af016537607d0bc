"""Statistics of weights and gradients: whether all layers learn, and none runs away."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..arguments.hyperparameters import as_count
from ..system.floating_point import quietly
from ..training.callback import Callback
from ..training.state_check import check, check_names
from ..training.training import Training


class Statistics(Callback):
    """Measure the weights and gradients of every parameter every few steps.

    Gradients are those that the step was taken with, after clipping; weights are those after it.

    Parameters
    ----------
    every_steps : int
        After how many steps each, such as 100.

    Attributes
    ----------
    rows : list of dict
        One for each time and parameter: ``step`` (how many were taken), ``parameter`` (its name), and of its
        ``weight`` and ``gradient`` the ``..._mean``, ``..._deviation``, ``..._norm`` (Euclidean) and ``..._largest``
        (absolute value).
    """

    def __init__(self, *, every_steps: int = 100) -> None:
        self.every_steps = as_count(every_steps, "Statistics: every_steps")
        self.rows: list[dict[str, Any]] = []

    def on_train_begin(self, training: Training) -> None:
        """Forget the rows of an earlier training, unless this one goes on with it."""
        if not training.history.step_losses:
            self.rows = []

    def on_step_end(self, training: Training) -> None:
        """Add a row for each parameter, every ``every_steps`` steps."""
        if training.trainer.steps % self.every_steps == 0:
            for name, parameter in training.network.parameters.items():
                row = {"step": training.trainer.steps, "parameter": name}
                self.rows.append(row | _figures("weight", parameter.value) | _figures("gradient", parameter.grad))

    def state(self) -> dict[str, Any]:
        """Return the rows so far."""
        return {"rows": self.rows}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the rows of a state that `state` returned; later ones follow behind them."""
        check_names(state, ("rows",), "Statistics")
        rows = state["rows"]
        check(isinstance(rows, list), rows, "a list", "Statistics: rows")
        for index, row in enumerate(rows):
            is_right = isinstance(row, dict) and all(isinstance(value, str | int | float) for value in row.values())
            check(is_right, row, "figures by name", f"Statistics: rows[{index}]")
        self.rows = rows


@quietly
def _figures(name: str, values: Array) -> dict[str, float]:
    values = values.astype(np.float64)  # the square of no float32 overflows
    return {
        f"{name}_mean": float(values.mean()),
        f"{name}_deviation": float(values.std()),
        f"{name}_norm": float(np.sqrt(np.square(values).sum())),
        f"{name}_largest": float(np.abs(values).max()),
    }
