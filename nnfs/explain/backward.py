"""How one gradient came about: the chain rule, as a sum over the numbers to its right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from .._kernels.interface import Array
from ..layers import Concat, Gate, LogSoftmax, Residual, Softmax
from ..layers.container import Container
from .account import Account, Factor, Term, signed
from .forward import (
    Place,
    beaten_by,
    gate_of,
    known_links,
    measured,
    number,
    scales,
    share_of,
    shifted,
    slope_and_value,
    weight_of,
)
from .normalized import is_normalized, normalized
from .recording import Record


def account_of_input(
    record: Record, records: Mapping[str, Record], place: Place, formula: str, training: bool
) -> Account:
    """Return how the gradient of the number at ``place`` of a layer's input (N, ...) came about."""
    assert record.dx is not None
    assert record.dy is not None
    value, dy, layer, sample = float(record.dx[place]), record.dy, record.layer, place[0]
    if isinstance(layer, Residual | Concat):
        return Account(value, _joined(record, records, place), formula)
    if isinstance(layer, Gate):
        own = Factor("dy", float(dy[place]), record.name, place)
        return Account(
            value,
            (Term((own, gate_of(record, records, place))), _back_through(record, "body", records, place)),
            formula,
        )
    if type(layer) is Softmax:
        y = record.y[sample].astype(np.float64)
        j = place[1]
        terms = [Term((number(dy, sample, k, "dy", record.name), _softmax_slope(y, k, j))) for k in range(len(y))]
        return Account(value, tuple(terms), formula)
    if type(layer) is LogSoftmax:
        p, j = math.exp(record.y[place]), place[1]
        slopes = [
            Factor("dy/dx", float(k == j) - p, text=f"({int(k == j)} - p[{j}] {p:.6g})") for k in range(dy.shape[1])
        ]
        terms = [Term((number(dy, sample, k, "dy", record.name), slope)) for k, slope in enumerate(slopes)]
        return Account(value, tuple(terms), formula)
    if is_normalized(record, training):
        group = normalized(record, place)
        weight = next(iter(layer.parameters.values())).value.reshape(-1)
        terms = []
        for k, (flat, w) in enumerate(zip(group.places, group.weights, strict=True)):
            index = tuple(map(int, np.unravel_index(flat, dy.shape)))
            gradient = Factor("dy", float(dy[index]), record.name, index)
            z = f"(1 + {signed(group.z[k])} * {signed(group.z[group.at])}) / {len(group.z)}"
            text = f"(dz/dx: scale {group.scale:.6g} * ({int(k == group.at)} - {z}))"
            slope_of_z = Factor("dz/dx", group.slope(k), text=text)
            terms.append(Term((gradient, Factor("weight", float(weight[w]), record.name), slope_of_z)))
        steps = measured(group.mean, group.variance, group.scale)
        own = Factor("z = (x - mean) * scale, at this number", float(group.z[group.at]))
        return Account(value, tuple(terms), formula, (*steps, own))
    links = known_links(record)
    x = record.x[sample].reshape(-1)
    flat = int(np.ravel_multi_index(place[1:], record.x.shape[1:]))
    met = links.meeting("input", flat)
    shares = met.share * scales(record, sample)[flat]
    terms = []
    for t, output in enumerate(met.output):
        factors = [number(dy, sample, int(output), "dy", record.name)]
        if links.weight is not None:
            factors.append(weight_of(record, links, int(met.weight[t])))
        if links.only == "function":
            slope = slope_and_value(layer, float(x[flat]), record.x.dtype)[0]
            factors.append(Factor("f'(x)", slope, text=f"(f'({x[flat]:.6g}) = {slope:.6g})"))
        if shares[t] != 1:
            factors.append(share_of(record, links, float(shares[t])))
        why = ""
        if links.only == "largest":
            candidates = links.meeting("output", int(output)).input
            why = beaten_by(x[candidates])[int(np.flatnonzero(candidates == flat)[0])]
            why = f"x {x[flat]:.6g} was {why}" if why else ""
        terms.append(Term(tuple(factors), why))
    return Account(value, tuple(terms), formula)


def _softmax_slope(y: Array, k: int, j: int) -> Factor:
    """Return how output k of a softmax grows with score j."""
    own = f"y[{j}] {y[j]:.6g}"
    if k == j:
        return Factor("dy/dx", float(y[j] * (1 - y[j])), text=f"({own} * (1 - {own}))")
    return Factor("dy/dx", float(-y[k] * y[j]), text=f"(-y[{k}] {y[k]:.6g} * {own})")


def next_of(records: Mapping[str, Record], name: str, place: Place) -> tuple[Record | None, Place]:
    """Return the layer that takes the output of another one, and the place (N, ...) to which a number goes.

    Behind the last layer of a list within a layer, that is the outer layer, and the place is one of its output; behind
    the last layer of all it is None.
    """
    before, _, number = name.rpartition(".")
    following = f"{before}.{int(number) + 1}".removeprefix(".")
    if following in records or not before:
        return records.get(following), place
    outer = next(record for record in records.values() if _holds(record, before))
    assert isinstance(outer.layer, Container)
    first = 0
    for inner, chain in outer.layer.chains.items() if isinstance(outer.layer, Concat) else ():
        if f"{outer.name}.{inner}" == before:
            break
        first += chain.shapes[-1][0]
    return outer, (place[0], place[1] + first, *place[2:])


def _holds(record: Record, chain: str) -> bool:
    layer = record.layer
    return isinstance(layer, Container) and any(f"{record.name}.{inner}" == chain for inner in layer.chains)


def account_of_passing(outer: Record, place: Place, value: float, formula: str) -> Account:
    """Return the gradient that a layer passes to the end of a list of layers within it.

    It is its own one, at ``place``; a gate passes the sum of it times x, over all numbers that this one scales.
    """
    assert outer.dy is not None
    if isinstance(outer.layer, Gate):
        reach = zip(place[1:], outer.layer.body.shapes[-1], outer.x.shape[1:], strict=True)
        scaled = product(*(range(size) if own == 1 else [at] for at, own, size in reach))
        every = [(place[0], *each) for each in scaled]
        terms = tuple(
            Term(
                tuple(
                    Factor(name, float(of[each]), outer.name, each) for name, of in (("dy", outer.dy), ("x", outer.x))
                )
            )
            for each in every
        )
        return Account(value, terms, formula)
    return Account(value, (Term((Factor("dy", float(outer.dy[place]), outer.name, place),)),), formula)


def account_of_parameter(
    records: Sequence[Record], name: str, place: Place, value: float, formula: str, training: bool
) -> Account:
    """Return how the gradient of a number of a parameter came about: a sum over places and samples.

    ``records`` are those of all places at which the layer stands in the network.
    """
    terms = [term for record in records for term in _terms_of_parameter(record, name, place, training)]
    return Account(value, tuple(terms), formula)


def _terms_of_parameter(record: Record, name: str, place: Place, training: bool) -> list[Term]:
    assert record.dy is not None
    dy, flat = record.dy, int(np.ravel_multi_index(place, record.layer.parameters[name].value.shape))
    if is_normalized(record, training):
        return _terms_of_normalized(record, name, flat)
    links = known_links(record)
    is_bias = name == links.bias
    terms = []
    if is_bias:
        channels = len(record.layer.parameters[name].value)
        outputs = np.arange(dy[0].size).reshape(links.views.output)[place[0] :: channels].ravel()
        met = None
    else:
        met = links.meeting("weight", flat)
        outputs = met.output
    for sample in range(len(dy)):
        for t, output in enumerate(outputs):
            factors = [number(dy, sample, int(output), "dy", record.name)]
            if met is not None:
                factors.append(shifted(record, links, sample, int(met.input[t])))
                if met.share[t] != 1:
                    factors.append(share_of(record, links, float(met.share[t])))
            terms.append(Term(tuple(factors)))
    return terms


def _terms_of_normalized(record: Record, name: str, flat: int) -> list[Term]:
    assert record.dy is not None
    terms, dy = [], record.dy
    done = np.zeros(dy.size, bool)
    for start in range(dy.size):
        if done[start]:
            continue
        group = normalized(record, tuple(map(int, np.unravel_index(start, dy.shape))))
        done[group.places] = True
        for k in np.flatnonzero(group.weights == flat):
            index = tuple(map(int, np.unravel_index(group.places[k], dy.shape)))
            factors = [Factor("dy", float(dy[index]), record.name, index)]
            if name == "weight":
                factors.append(Factor("z", float(group.z[k])))
            terms.append(Term(tuple(factors)))
    return terms


def _back_through(record: Record, name: str, records: Mapping[str, Record], place: Place) -> Term:
    """Return the gradient that comes back through a list of layers within a layer."""
    inner = records[f"{record.name}.{name}.0"]
    assert inner.dx is not None
    return Term((Factor(f"dx of {name}", float(inner.dx[place]), inner.name, place),))


def _joined(record: Record, records: Mapping[str, Record], place: Place) -> tuple[Term, ...]:
    """Return the gradients that come back from each of the lists of layers within a layer."""
    layer = record.layer
    assert isinstance(layer, Residual | Concat)
    assert record.dy is not None
    names = ["body", "shortcut"] if isinstance(layer, Residual) else list(layer.chains)
    terms, first = [], 0
    for name in names:
        if layer.chains.get(name):
            terms.append(_back_through(record, name, records, place))
        else:
            back = place if isinstance(layer, Residual) else (place[0], place[1] + first, *place[2:])
            terms.append(Term((Factor("dy", float(record.dy[back]), record.name, back),)))
        if isinstance(layer, Concat):
            first += layer.chains[name].shapes[-1][0]
    return tuple(terms)
