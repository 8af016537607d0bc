"""Symptoms of a network: layers that do not fit each other, and weights that they begin with."""

from __future__ import annotations

import math

import numpy as np

from ...layers import LAYERS, Dense, Layer, ReLU, Sigmoid, Softmax, Tanh
from ...layers.chain import Chain
from ...printable import four_digits
from .case import Case, layer_at
from .finding import Finding
from .targets import REGRESSION

PASSING = tuple(LAYERS[name] for name in ("Flatten", "Dropout", "Reshape"))
"""Layers through which numbers pass as they are, so that two linear layers around them are one."""
RECTIFIERS = tuple(LAYERS[name] for name in ("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU"))
MOST_WEIGHTS = 2**10
"""How many weights of a layer tell of which scale they are."""
RANGES: dict[type[Layer], tuple[float, float]] = {ReLU: (0, math.inf), Sigmoid: (0, 1), Tanh: (-1, 1)}
"""Between which numbers an activation's outputs are."""


def linear_after_linear(case: Case) -> Finding | None:
    """Find two dense layers without a non-linearity between them."""
    for name, chain, index, layer in case.weighted:
        if type(layer) is not Dense:
            continue
        after = _next(chain, index)
        if after is not None and type(chain[after]) is Dense:
            return Finding(
                "two dense layers stand without a non-linearity between them, and are no more than one",
                layer_at(name, layer),
                f"{chain[after]!r} behind it",
                f"{layer!r}, ReLU(), {chain[after]!r}",
                "a ReLU between them into the file of layers",
            )
    return None


def activation_before_loss(case: Case) -> Finding | None:
    """Find a last activation that keeps outputs from where the loss wants them."""
    last = len(case.network.layers) - 1
    layer = case.network.layers[last]
    if type(layer) not in RANGES:
        return None
    low, high = RANGES[type(layer)]
    if case.loss_name in ("cross_entropy", "binary_cross_entropy"):
        got = f"the loss {case.loss_name}, which takes scores of any sign and size"
    elif case.loss_name in REGRESSION and case.targets.size and not _lies_within(case.targets, low, high):
        got = f"targets of {four_digits(float(case.targets.min()))} to {four_digits(float(case.targets.max()))}"
    else:
        return None
    reach = f"from {low:g} to {high:g}" if high < 2 else "not negative"
    return Finding(
        f"the network ends in an activation, whose outputs are {reach}",
        layer_at(str(last), layer),
        got,
        f"the network without {layer!r} at its end, so that {case.network.layers[last - 1]!r} is the last layer"
        if last
        else "a Dense layer at the end",
        f"the file of layers without {type(layer).__name__} at its end",
    )


def softmax_within(case: Case) -> Finding | None:
    """Find a softmax that is not the last layer."""
    layers = case.network.layers
    for index, layer in enumerate(layers[:-1]):
        if type(layer) is Softmax:
            return Finding(
                "a softmax stands within the network: its outputs add up to 1, and its gradients are small",
                layer_at(str(index), layer),
                f"{layers[index + 1]!r} behind it",
                "ReLU() in its place; predict_proba applies the softmax of the output",
                "a ReLU in its place into the file of layers",
            )
    return None


def equal_units(case: Case) -> Finding | None:
    """Find a layer whose units all begin with equal weights, such as zeros: they stay equal for ever.

    The last one of a list of layers may: what is before it keeps its units apart, and a residual branch often begins
    with zeros.
    """
    for name, chain, index, layer in case.weighted:
        weight = layer.weight.value
        # The first number of each unit tells apart nearly all weights that differ.
        if len(weight) < 2 or weight[0].flat[0] != weight[1].flat[0]:
            continue
        if not layer.trainable or not _is_followed(chain, index):
            continue
        if (weight == weight[:1]).all():
            return Finding(
                "all units begin with equal weights, so that they compute and learn one and the same",
                layer_at(name, layer),
                f"{len(weight)} units with weights of {four_digits(float(weight.min()))} to "
                f"{four_digits(float(weight.max()))}",
                _with_initializer(layer, "he_uniform"),
                "initializer=he_uniform behind --network",
            )
    return None


def weight_scale(case: Case) -> Finding | None:
    """Find first weights that make numbers much larger, or smaller, from layer to layer, before any training."""
    if case.history.step_losses:
        return None  # training made them so, and its course says why
    for name, chain, index, layer in case.weighted:
        if not layer.trainable:
            continue
        weight = layer.weight.value
        after = None if index + 1 == len(chain) else chain[index + 1]
        if after is not None and type(after).__name__ in ("BatchNorm", "GroupNorm", "LayerNorm"):
            continue  # it brings any scale back to 1
        fan_in = weight[0].size
        gain = math.sqrt(2) if isinstance(after, RECTIFIERS) else 1.0
        some = weight.reshape(-1)[:MOST_WEIGHTS]
        factor = math.sqrt(float(some @ some) / some.size * fan_in) / gain
        # All initializers of nnfs.initializers give 0.3 to 1.5, the eight networks of reproduce end between 0.4 and 3.
        # With a normal distribution of variance 1 it is 20 behind an image of 28 x 28.
        if factor > 8 or (0 < factor < 0.1 and _is_followed(chain, index)):
            initializer = "he_uniform" if gain > 1 else "glorot_uniform"
            return Finding(
                f"weights are much too {'large' if factor > 1 else 'small'} for the activation behind them",
                layer_at(name, layer),
                f"outputs {four_digits(factor)} times the size that keeps numbers the same from layer to layer",
                _with_initializer(layer, initializer),
                f"initializer={initializer} behind --network",
            )
    return None


def batch_of_one(case: Case) -> Finding | None:
    """Find batch normalization over batches of one sample."""
    if case.batch_size != 1:
        return None
    for name, chain, index in case.network.layers.walk():
        layer = chain[index]
        if type(layer).__name__ == "BatchNorm" and layer.trainable:
            return Finding(
                "batch normalization of one sample takes out what tells it from others, and predicts otherwise",
                layer_at(name, layer),
                "batch_size=1",
                "fit(..., batch_size=32), or LayerNorm()",
                "--batch-size 32",
            )
    return None


def _with_initializer(layer: Layer, initializer: str) -> str:
    """Return how a layer with this initializer is written."""
    written = repr(type(layer)(**layer.config() | {"initializer": initializer}))
    return written if initializer in written else f"{written}, whose initializer is {initializer}"


def _next(chain: Chain, index: int) -> int | None:
    """Return the index of the next layer that changes numbers; None where there is none."""
    return next((after for after in range(index + 1, len(chain)) if type(chain[after]) not in PASSING), None)


def _is_followed(chain: Chain, index: int) -> bool:
    """Return whether a layer with parameters stands behind this one in its list."""
    return any(layer.parameters for layer in chain[index + 1 :] if type(layer).__name__ != "BatchNorm")


def _lies_within(values: np.ndarray, low: float, high: float) -> bool:
    return bool(values.min() >= low and values.max() <= high)


SYMPTOMS = (linear_after_linear, activation_before_loss, softmax_within, equal_units, weight_scale, batch_of_one)
