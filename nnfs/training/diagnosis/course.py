"""Symptoms of a training's course: losses that rise, stay or turn, and figures that a majority explains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...printable import four_digits
from .case import USUAL_RATES, Case
from .finding import Finding

FEWEST_STEPS = 25
CAUSES = frozenset(["equal_samples", "far_target", "strong_decay", "heavy_dropout", "strong_smoothing", "tight_clip"])
"""What explains a loss that rises, jumps or hardly falls, so that no rate is to blame."""


def rising_loss(case: Case) -> Finding | None:
    """Find a loss that is higher than at the beginning, and worse than guessing: the rate is too large."""
    losses = case.history.step_losses
    if len(losses) < FEWEST_STEPS or case.told & CAUSES:
        return None
    first, late = losses[0], _median(losses[-10:])
    if late <= min(1.2 * first, 3 * _median(losses[:5])):
        return None
    guess = case.guessing_loss
    # The moons with SGD: rates up to 2 end below 0.3 of guessing, 5 at 1.5, 30 at 20. The highest that the eight
    # networks of reproduce have at any time from the 25th step on is 1.15. Where guessing is not known, the first batch
    # may have been an easy one.
    if late <= (3 * _median(losses[:5]) if guess is None else max(1.2 * first, 1.3 * guess)):
        return None
    return Finding(
        "the loss rises: the learning rate is too large",
        _epoch(case),
        f"a loss of {four_digits(late)}, after {four_digits(first)} at the beginning",
        *_smaller_rate(case),
    )


def jumping_loss(case: Case) -> Finding | None:
    """Find a loss that was once far higher than at the beginning, and came down again: the rate is too large."""
    losses = case.history.step_losses
    if len(losses) < FEWEST_STEPS or not case.has_jumped or case.told & CAUSES or rising_loss(case):
        return None
    # The moons reach 8 times guessing with Adam at 0.1, and 20 to 144 at 1; with SGD and momentum 13 times at 1, which
    # ends well, and 35 at 2. The eight networks of reproduce reach 1.2 of the first loss.
    first, highest = losses[0], max(losses)
    if highest <= 20 * (case.guessing_loss or 0.0):
        return None
    step = losses.index(highest)
    epochs = case.figures("loss")
    in_epoch = f"{four_digits(max(epochs))} in epoch {int(np.argmax(epochs)) + 1}, and " if epochs else ""
    return Finding(
        "the loss jumps: the learning rate is too large",
        _epoch(case),
        f"a loss of {in_epoch}{four_digits(highest)} in step {step + 1}, after {four_digits(first)} at the beginning",
        *_smaller_rate(case),
    )


def small_rate(case: Case) -> Finding | None:
    """Find a loss that hardly falls, or still falls steadily at the end, with a rate far below what is usual."""
    losses, rates = case.figures("loss"), case.figures("learning_rate")
    usual = USUAL_RATES.get(type(case.optimizer).__name__)
    if len(losses) < 3 or len(case.history.step_losses) < FEWEST_STEPS or usual is None:
        return None
    if case.told & CAUSES or max(rates) > usual / 10 or rates[-1] > rates[0] or not (guess := case.guessing_loss):
        return None
    # A trained network may be tuned by small steps.
    is_still = losses[-1] >= max(0.9 * losses[0], 0.5 * guess)
    if is_still and case.told:
        return None  # what was told says why
    if not is_still and not (_falls_steadily(case) and losses[-1] >= 0.25 * guess):
        return None
    return Finding(
        f"the loss {'hardly falls' if is_still else 'still falls steadily at the end'}: the learning rate is too small",
        _epoch(case),
        f"a loss of {four_digits(losses[-1])} after {four_digits(losses[0])} in the first epoch, with a rate of "
        f"{max(rates):g}",
        *_with_rate(case, usual),
    )


def _falls_steadily(case: Case) -> bool:
    """Return whether a training ended while its loss fell in every epoch, with one rate, and nearly as fast as ever."""
    losses, rates = case.figures("loss"), case.figures("learning_rate")
    quarter = len(losses) // 4
    if not case.is_over or quarter < 2 or min(rates) < max(rates) or (np.diff(losses) >= 0).any():
        return False
    # With Adam at 0.0001 the fall of the last quarter is 0.24 to 0.77 of the first one's where ten epochs leave moons
    # and digits half learned, and 0.06 where the moons' 40 are enough.
    return losses[-1 - quarter] - losses[-1] >= 0.2 * (losses[0] - losses[quarter])


def flat_at_guessing(case: Case) -> Finding | None:
    """Find a loss that stays where one answer to every sample would be."""
    losses = case.figures("loss")
    if case.told or len(losses) < 3 or len(case.history.step_losses) < 4 * FEWEST_STEPS:
        return None  # what was told says why
    if losses[-1] < 0.99 * losses[-3] or not (guess := case.guessing_loss):
        return None
    # After 3 epochs the eight networks of reproduce are at 0.003 to 0.26 of it on the data that they were made for, and
    # at 0.16 to 0.96, and falling, on the digits. Where a rate of 0.05 kills those of a single kernel, they stay at 1.0
    # to 1.003.
    is_near = all(0.98 * guess < loss < 1.1 * guess for loss in losses[-3:])
    if not is_near or small_rate(case):
        return None
    rates = case.figures("learning_rate")
    if rates and max(rates) <= USUAL_RATES.get(type(case.optimizer).__name__, 0):  # no rate is to blame
        write, command = "x and y whose rows belong together, or more units", "samples whose targets belong to them"
    else:
        then = "; if it stays, look whether x and y belong together"
        write, command = (line + then for line in _smaller_rate(case))
    return Finding(
        "nothing is learned: the loss stays where one answer to every sample would be",
        _epoch(case),
        f"a loss of {four_digits(losses[-1])}, and {four_digits(guess)} of such an answer",
        write,
        command,
    )


def majority(case: Case) -> Finding | None:
    """Find an accuracy that is just the share of the largest class, three epochs in a row."""
    accuracies = case.figures("accuracy")
    if len(accuracies) < 3 or (counts := case.class_counts) is None or np.count_nonzero(counts) < 2:
        return None
    share = float(counts.max() / case.samples)
    if share < 0.6 or any(abs(accuracy - share) * case.samples > 0.5 for accuracy in accuracies[-3:]):
        return None
    label = int(counts.argmax())
    return Finding(
        f"every sample is taken for class {label}, and the accuracy is no more than its share",
        _epoch(case),
        f"an accuracy of {four_digits(accuracies[-1])}; class {label} has {four_digits(share)} of the samples",
        'fit(..., class_weight="balanced", metrics=["accuracy", "macro_f1"])',
        "--class-weight balanced --metrics accuracy macro_f1",
    )


def overfitting(case: Case) -> Finding | None:
    """Find a validation loss that has turned while that of training went on falling."""
    held, losses = case.figures("val_loss"), case.figures("loss")
    if case.stops_early or len(held) < 6 or "unlike_validation" in case.told:
        return None
    best = int(np.argmin(held))
    # In the README's trainings the last three are at most 1.04 of the lowest, and 1.07 where they take 60 epochs; where
    # a network learned 200 digits by heart, 1.23.
    if len(held) - best < 6 or min(held[-3:]) < 1.2 * held[best] or losses[-1] >= losses[best]:
        return None
    return Finding(
        "overfitting: the validation loss has turned, while the loss of training goes on falling",
        f"epoch {best + 1}",
        f"a validation loss of {four_digits(held[best])} there, and {four_digits(held[-1])} in epoch {len(held)}",
        "fit(..., callbacks=[nnfs.callbacks.EarlyStopping(patience=5)]), or Dropout(0.5) before the last layer",
        "--callback EarlyStopping patience=5, or dropout=0.5 behind --network",
    )


def _median(losses: Sequence[float]) -> float:
    """Return the median of a few losses; the module statistics takes longer to import than a short training."""
    ordered, half = sorted(losses), len(losses) // 2
    return ordered[half] if len(losses) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _epoch(case: Case) -> str:
    return f"epoch {len(case.history.epochs)}" if case.history.epochs else "training"


def _smaller_rate(case: Case) -> tuple[str, str]:
    """Return what to write for a tenth of the learning rate, at most the usual one, in Python and as an option."""
    rates = case.figures("learning_rate")
    if case.optimizer is None or not rates:
        rate = f", such as {min(max(rates) / 10, 0.001):.1g}" if rates else ""
        return f"a smaller learning rate{rate}", f"a smaller learning_rate behind --optimizer{rate}"
    return _with_rate(case, min(max(rates) / 10, USUAL_RATES.get(type(case.optimizer).__name__, np.inf)))


def _with_rate(case: Case, rate: float) -> tuple[str, str]:
    """Return how the optimizer is written with another rate, in Python and as an option; the rest of it stays."""
    kind: Any = type(case.optimizer)
    others = {}
    if kind.__name__ in USUAL_RATES:
        rates = ("learning_rate", "schedule")
        defaults = vars(kind())
        given = vars(case.optimizer).items()
        others = {name: value for name, value in given if name not in rates and value != defaults[name]}
    in_python = "".join(f", {name}={value!r}" for name, value in others.items())
    words = "".join(f" {name}={str(value).lower()}" for name, value in others.items())
    return (
        f"optimizer=nnfs.optimizers.{kind.__name__}({rate:.1g}{in_python})",
        f"--optimizer {kind.__name__.lower()} learning_rate={rate:.1g}{words}",
    )


SYMPTOMS = (rising_loss, jumping_loss, small_rate, flat_at_guessing, majority, overfitting)
