"""The agreement of two loss curves, of nnfs and of PyTorch."""

from __future__ import annotations

import numpy as np

COMPARED_STEPS = 100
AGREEMENT = 0.01
"""Two losses of one step agree if their relative difference is at most this."""


def max_loss_curve_difference(losses: list[float], torch_losses: list[float]) -> float:
    """Return the largest relative difference of two loss curves over the first 100 steps.

    It is the maximum over steps s of abs(a[s] - b[s]) / abs(b[s]), where b are PyTorch's losses; 0 if both losses are
    0. Rounding errors grow from step to step in any training, so that later steps would say little about the code.
    """
    a, b = (np.array(curve[:COMPARED_STEPS], np.float64) for curve in (losses, torch_losses))
    difference = np.abs(a - b)
    return float(np.divide(difference, np.abs(b), out=difference, where=difference > 0).max())


def count_agreeing_steps(losses: list[float], torch_losses: list[float]) -> int:
    """Return the number of steps before the first step in which the losses differ by more than 1% of PyTorch's.

    Rounding errors grow from step to step. How fast they grow depends on the training and says nothing about the code.
    """
    a, b = np.array(losses, np.float64), np.array(torch_losses, np.float64)
    parted = ~(np.abs(a - b) <= AGREEMENT * np.abs(b))
    return int(parted.argmax()) if parted.any() else len(a)


def describe_agreement(agreeing_steps: int | None, steps: int | None) -> str:
    """Return a text such as "in the first 90 of 500 steps"; "" if a number is None, without a curve of PyTorch."""
    if agreeing_steps is None or steps is None:
        return ""
    return (
        f"in all {steps:,} steps" if agreeing_steps == steps else f"in the first {agreeing_steps:,} of {steps:,} steps"
    )
