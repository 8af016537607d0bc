"""How one number of a layer's output came about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import UnsupportedError
from ..layers import Concat, Gate, Layer, LogSoftmax, Residual, Softmax
from ..layers.chain import Chain
from ..layers.context import Context
from .account import Account, Factor, Term, signed
from .links import Links, Met, links_of
from .normalized import is_normalized, normalized
from .recording import Record

Place = tuple[int, ...]


def account_of_output(
    record: Record, records: Mapping[str, Record], place: Place, formula: str, training: bool
) -> Account:
    """Return how the number at ``place`` of the output (N, ...) of a layer came about."""
    value = float(record.y[place])
    layer = record.layer
    if isinstance(layer, Residual | Concat):
        return Account(value, _joined(record, records, place), formula)
    if isinstance(layer, Gate):
        x = Factor("x", float(record.x[place]), record.name, place)
        return Account(value, (Term((x, gate_of(record, records, place))),), formula)
    if type(layer) in (Softmax, LogSoftmax):
        terms, steps = _softmax(record, place)
        return Account(value, terms, formula, steps)
    if is_normalized(record, training):
        group = normalized(record, place)
        weight, bias = (p.value.reshape(-1)[group.weights[group.at]] for p in layer.parameters.values())
        steps = measured(group.mean, group.variance, group.scale)
        x = number(record.x, place[0], int(np.ravel_multi_index(place[1:], record.x.shape[1:])), "x", record.name)
        text = f"({x} - mean {signed(group.mean)})"
        centred = x._replace(name="(x - mean)", value=x.value - group.mean, text=text)
        terms = (
            Term((Factor("weight", float(weight), record.name), centred, Factor("scale", group.scale))),
            Term((Factor("bias", float(bias), record.name),)),
        )
        return Account(value, terms, formula, steps)
    links = known_links(record)
    sample = place[0]
    flat = int(np.ravel_multi_index(place[1:], record.y.shape[1:]))
    met = links.meeting("output", flat)
    if links.only == "function":
        x = number(record.x, sample, int(met.input[0]), "x", record.name)
        result = Factor("f(x)", slope_and_value(layer, x.value, record.x.dtype)[1])
        return Account(value, (Term((result,)),), formula, (x,))
    candidates = record.x[sample].reshape(-1)[met.input]
    why = beaten_by(candidates) if links.only == "largest" else [""] * len(candidates)
    shares = met.share * scales(record, sample)[met.input]
    terms = tuple(Term((*_factors(record, links, met, shares, sample, t),), why[t]) for t in range(len(met.input)))
    if links.bias:
        terms += (Term((_bias(record, links, flat),)),)
    steps = ()
    if links.epsilon is not None and links.shift is not None:
        mean, share = float(links.shift[np.unravel_index(flat, links.views.output)[0]]), float(met.share[0])
        steps = measured(mean, 1 / share**2 - links.epsilon, share)
    return Account(value, terms, formula, steps)


def measured(mean: float, variance: float, scale: float) -> tuple[Factor, ...]:
    """Return the steps of a normalization."""
    return (
        Factor("mean", mean),
        Factor("variance", variance),
        Factor("scale = 1 / sqrt(variance + epsilon)", scale),
    )


def known_links(record: Record) -> Links:
    """Return the links of a layer; raise UnsupportedError for a layer from elsewhere."""
    links = links_of(record.layer, record.x.shape[1:], record.y.shape[1:])
    if links is None:
        raise UnsupportedError(
            f"layer {record.name}, {record.layer!r}: nnfs can tell its numbers and not how they came about; "
            "finite_difference checks its gradients"
        )
    return links


def number(array: Array, sample: int, flat: int, name: str, layer: str) -> Factor:
    """Return the number at a flat index of one sample of an array (N, ...), as a factor that knows its place."""
    index = np.unravel_index(flat, array.shape[1:])
    place = (sample, *map(int, index))
    return Factor(name, float(array[place]), layer, place)


def shifted(record: Record, links: Links, sample: int, flat: int) -> Factor:
    """Return a number of the input, less what the layer takes off it first."""
    x = number(record.x, sample, flat, "x", record.name)
    if links.shift is None:
        return x
    channel = np.unravel_index(flat, links.views.input)[0]
    mean = float(links.shift[channel])
    assert x.place is not None
    text = f"(x[{', '.join(map(str, x.place))}] {signed(x.value)} - mean {signed(mean)})"
    return x._replace(name="(x - mean)", value=x.value - mean, text=text)


def share_of(record: Record, links: Links, share: float) -> Factor:
    """Return what a number counts: what dropout multiplies it by, or its share of a mean or a sum.

    Where a mean is taken off first, that is 1 / scale, or for batch normalization the scale that its steps tell.
    """
    if record.scale is not None:
        return Factor("kept", share, text=f"{share:.6g} (kept: 1 / (1 - rate))" if share else "0 (dropped)")
    if links.epsilon is not None:
        return Factor("scale", share)
    return Factor("share", share, text="" if links.shift is None else f"1 / {1 / share:.6g}")


def weight_of(record: Record, links: Links, flat: int) -> Factor:
    """Return the number at a flat index of the weight."""
    assert links.weight is not None
    value = record.layer.parameters[links.weight].value
    index = tuple(map(int, np.unravel_index(flat, value.shape)))
    return Factor(links.weight, float(value[index]), record.name, index)


def beaten_by(candidates: Array) -> list[str]:
    """Return why a pool does not keep each candidate, "" for the kept one: the first of the largest, NaN before all."""
    best = int(np.argmax(candidates))
    why = ["equal, not the first" if each == candidates[best] else "smaller" for each in candidates]
    if np.isnan(candidates[best]):
        why = ["behind NaN"] * len(candidates)
    why[best] = ""
    return why


def scales(record: Record, sample: int) -> Array:
    """Return by what dropout has multiplied each number of a sample's input; 1 for every other layer."""
    if record.scale is None:
        return np.ones(record.x[sample].size)
    return record.scale[sample].reshape(-1).astype(np.float64)


def slope_and_value(layer: Layer, x: float, dtype: Any) -> tuple[float, float]:
    """Return the derivative and the value of an activation at one number, computed for it alone."""
    ctx = Context()
    ctx.training = False
    with np.errstate(all="ignore"):
        y = layer.forward(np.array([[x]], dtype), ctx)
        slope = layer.backward(np.ones((1, 1), dtype), ctx)
    assert slope is not None
    return float(slope[0, 0]), float(y[0, 0])


def _factors(record: Record, links: Links, met: Met, shares: Array, sample: int, t: int) -> list[Factor]:
    factors = [] if links.weight is None else [weight_of(record, links, int(met.weight[t]))]
    factors.append(shifted(record, links, sample, int(met.input[t])))
    if shares[t] != 1:
        factors.append(share_of(record, links, float(shares[t])))
    return factors


def _bias(record: Record, links: Links, flat: int) -> Factor:
    assert links.bias is not None
    bias = record.layer.parameters[links.bias].value
    channel = int(np.unravel_index(flat, links.views.output)[0]) % len(bias)
    return Factor(links.bias, float(bias[channel]), record.name, (channel,))


def _joined(record: Record, records: Mapping[str, Record], place: Place) -> tuple[Term, ...]:
    """Return the terms of an output of a layer that holds layers: numbers of their outputs."""
    layer = record.layer
    if isinstance(layer, Residual):
        return tuple(_end_of(name, layer.chains.get(name), record, records, place) for name in ("body", "shortcut"))
    assert isinstance(layer, Concat)
    first = 0
    for name, chain in layer.chains.items():
        channels = chain.shapes[-1][0]
        if place[1] < first + channels:
            return (_end_of(name, chain, record, records, (place[0], place[1] - first, *place[2:])),)
        first += channels
    raise AssertionError("a place beyond all branches")


def _end_of(name: str, chain: Chain | None, record: Record, records: Mapping[str, Record], place: Place) -> Term:
    """Return the number that a list of layers gives: that of its last layer; without any layers, that of x."""
    if not chain:
        return Term((Factor("x", float(record.x[place]), record.name, place),))
    last = records[f"{record.name}.{name}.{len(chain) - 1}"]
    return Term((Factor(f"{name}(x)", float(last.y[place]), last.name, place),))


def gate_of(record: Record, records: Mapping[str, Record], place: Place) -> Factor:
    """Return the number of a gate's body that scales the number at ``place`` of its input (N, ...)."""
    assert isinstance(record.layer, Gate)
    body = record.layer.body
    own = tuple(0 if size == 1 else at for at, size in zip(place[1:], body.shapes[-1], strict=True))
    return _end_of("body", body, record, records, (place[0], *own)).factors[0]


def _softmax(record: Record, place: Place) -> tuple[tuple[Term, ...], tuple[Factor, ...]]:
    scores = record.x[place[0]].astype(np.float64)
    largest = float(scores.max())
    exponentials = np.exp(scores - largest)
    total = math.fsum(exponentials)
    steps = tuple(
        Factor("exp(x - largest)", float(each), record.name, (place[0], k)) for k, each in enumerate(exponentials)
    )
    steps = (Factor("largest", largest), *steps, Factor("sum of all exp", total))
    if type(record.layer) is LogSoftmax:
        x = Factor("x", float(scores[place[1]]), record.name, place)
        parts = (x, Factor("-largest", -largest), Factor("-log(sum of all exp)", -math.log(total)))
        return tuple(Term((part,)) for part in parts), steps
    own = Factor("exp(x - largest)", float(exponentials[place[1]]), record.name, place)
    return (Term((own, Factor("1 / sum of all exp", 1 / total))),), steps
