"""Symptoms of a pass: units that give nothing or are saturated, gradients that vanish or explode."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..._kernels.interface import Array
from ...layers import ReLU, Sigmoid, Tanh
from ...printable import four_digits
from .case import USUAL_RATES, Case, layer_at
from .data import raw_pixels, unscaled_columns
from .finding import Finding
from .network import equal_units
from .targets import REGRESSION

FEWEST_ROWS = 8
"""Of fewer samples, a healthy unit may be off in all."""


def dead_relus(case: Case) -> Finding | None:
    """Find a layer of which nearly all ReLUs give 0 for every sample of a batch: they have no gradient."""
    assert case.activity is not None
    if "equal_samples" in case.told:
        return None
    relus = [output for output in case.activity.outputs if type(output[1]) is ReLU and len(output[2]) >= FEWEST_ROWS]
    for name, layer, y in relus:
        # In the eight networks of reproduce, trained as they are, at most 38 % are off for a whole batch; it is 98 to
        # 100 % where they have died.
        if _some_live(y):
            continue
        if (share := _dead_share(y)) >= 0.9 and not equal_units(case):  # which says why
            # A usual rate kills no ReLU: they were dead from the start.
            smaller = ("a smaller learning rate", "a smaller learning_rate behind --optimizer")
            begun = ('first weights by initializer="he_uniform" and biases of 0', "initializer=he_uniform")
            is_high = case.rate > USUAL_RATES.get(type(case.optimizer).__name__, 0)
            if case.has_jumped:
                write = smaller
            elif is_high and case.history.step_losses:
                write = (f"{smaller[0]}, or {begun[0]}", f"{smaller[1]}, or {begun[1]}")
            else:
                write = begun
            others = [f"{_dead_share(given):.0%} in layer {other}" for other, _, given in relus if other != name]
            return Finding(
                "dead ReLUs give 0 for every sample and learn nothing more",
                layer_at(name, layer),
                ", ".join([f"{share:.0%} of {y.shape[1]} units at 0 for all of {len(y)} samples", *others]),
                f"{write[0]}, or LeakyReLU() in its place",
                f"{write[1]}, or activation=leaky_relu behind --network",
            )
    return None


def saturated(case: Case) -> Finding | None:
    """Find a sigmoid or a tanh within the network that is nearly always at one of its ends: it has no slope there."""
    assert case.activity is not None
    last = str(len(case.network.layers) - 1)
    for name, layer, y in case.activity.outputs:
        if type(layer) not in (Sigmoid, Tanh) or name == last or not y.size:
            continue
        # A sigmoid of 0.99, and a tanh of 0.98, have a twenty-fifth of the slope that they have at 0.
        distance = np.abs(y - 0.5) * 2 if type(layer) is Sigmoid else np.abs(y)
        share = float((distance > 0.98).mean())
        if share >= 0.9:
            return Finding(
                f"a {type(layer).__name__.lower()} is saturated: where it is flat, gradients are near 0",
                layer_at(name, layer),
                f"{share:.0%} of its outputs within a hundredth of an end",
                'inputs of mean 0 and spread 1, initializer="glorot_uniform", or a smaller learning rate',
                "a smaller learning_rate behind --optimizer, or initializer=glorot_uniform behind --network",
            )
    return None


def vanishing_gradients(case: Case) -> Finding | None:
    """Find a layer whose gradient is far smaller than that of a later one."""
    assert case.activity is not None
    # In the eight networks of reproduce it is 0.1 to 1 of a later one, and in 20 layers of ReLU or tanh 0.2; in five
    # layers of sigmoids 1e-4 to 2e-3, in ten 6e-9 to 1e-5.
    largest, at = 0.0, ""
    for name, layer, _, gradient in reversed(case.activity.gradients):
        if 0 < gradient < 1e-4 * largest:
            return Finding(
                "gradients vanish on their way back, so that early layers learn nothing",
                layer_at(name, layer),
                f"a gradient of {gradient:.1e}, and {largest:.1e} in layer {at}",
                "ReLU() between layers, BatchNorm(), or nnfs.Residual([...])",
                "activation=relu behind --network",
            )
        if gradient > largest:
            largest, at = gradient, name
    return None


def exploding_gradients(case: Case) -> Finding | None:
    """Find a layer whose gradient is far larger than its weights."""
    assert case.activity is not None
    # In the eight networks of reproduce it is at most 1.0 of the weights.
    for name, layer, weight, gradient in case.activity.gradients:
        if weight > 0 and gradient > 100 * weight:
            if raw_pixels(case) or unscaled_columns(case) or case.scales_outputs:
                return None  # which says why: clipping would not help there
            of_targets = case.loss_name in REGRESSION
            return Finding(
                "gradients explode: a usual step throws the weights away",
                layer_at(name, layer),
                f"a gradient of {four_digits(gradient)} for weights of {four_digits(weight)}",
                f"fit(..., clip_norm=1.0), inputs {'and targets ' * of_targets}of spread 1, or a smaller initializer",
                f"--clip-norm 1, or {'--scale-targets' if of_targets else '--standardize'}",
            )
    return None


def _some_live(y: Array) -> bool:
    """Return whether the first samples alone show that more than a tenth of all units live; it costs little."""
    few = y[:FEWEST_ROWS]
    return bool(10 * np.count_nonzero(few) > few.size)


def _dead_share(y: Array) -> float:
    """Return the share of units, or of channels, that are 0 for every sample."""
    return 1 - float((y.max(axis=(0, *range(2, y.ndim))) > 0).mean())


OF_OUTPUTS: tuple[Callable[[Case], Finding | None], ...] = (dead_relus, saturated)
SYMPTOMS = (*OF_OUTPUTS, vanishing_gradients, exploding_gradients)
