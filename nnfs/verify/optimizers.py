"""Cases of the kernels of optimizers.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.

A step is a formula for each element. With absolute values for all arrays and a negative rate, each sum in the formula
has only terms of one sign. The reference thus computes how large rounding errors may be.
"""

from __future__ import annotations

from .case import Case
from .draw import Draw

ROUNDINGS = 16
"""More than the operations on any element, the rounding of the rates to the type included."""


def _length(draw: Draw) -> int:
    return draw.integer(30_000, 50_000) if draw.form == "deep" else draw.integer(0, 70)


def _step(draw: Draw, name: str, rate: float, numbers: tuple[float, ...], *states: str) -> Case:
    length = _length(draw)
    grad, value = draw.numbers(length), draw.plain(length)
    outputs = {"value": value, **{state: abs(draw.plain(length)) for state in states}}
    case = Case(name, draw, (grad, rate, *numbers), dict(outputs))
    return case.expect_rounded((abs(grad), -rate, *numbers), **dict.fromkeys(outputs, ROUNDINGS))


def _decay(draw: Draw) -> float:
    return float(draw.rng.choice([0.0, 0.01]))


def sgd_update(draw: Draw) -> Case:
    momentum = float(draw.rng.choice([0.0, 0.9]))
    return _step(draw, "sgd_update", 0.1, (momentum, bool(draw.integer(0, 1)), _decay(draw)), "velocity")


def adam_update(draw: Draw) -> Case:
    # Both Adam and AdamW, at early and late steps.
    step = int(draw.rng.choice([1, 2, 10, 1000]))
    numbers = 0.9, 0.999, 1e-8, _decay(draw), bool(draw.integer(0, 1)), step
    return _step(draw, "adam_update", 0.01, numbers, "mean", "square")


def rmsprop_update(draw: Draw) -> Case:
    return _step(draw, "rmsprop_update", 0.01, (0.9, 1e-8, _decay(draw)), "square")
