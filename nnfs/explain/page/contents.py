"""What a page shows of one pass: names, shapes, numbers, and what the page computes each account from."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...errors import UnsupportedError
from ...layers import BatchNorm, Concat, Gate, GroupNorm, Layer, LayerNorm, LogSoftmax, Residual, Softmax
from ...layers.activation import Activation
from ...layers.chain import Chain
from ...layers.container import Container
from ...layers.context import Context
from ...losses import BinaryCrossEntropy, CrossEntropy
from ...network.facts import Facts
from ..account import Account, Factor
from ..explanation import Explanation
from ..layer_facts import LayerFacts
from ..links import Table, links_of
from .differences import differences_of
from .packed import Packed
from .plane import plane_of

MOST_OUTPUTS = 100
"""Up to how many outputs a page tells how the loss and its gradients came about."""


def contents_of(
    explanation: Explanation,
    facts: Facts,
    title: str,
    samples: Sequence[str],
    around: Array | None,
    packed: Packed,
    operations: float,
) -> dict[str, Any]:
    """Return what a page shows of one pass; its arrays go into ``packed``.

    Parameters
    ----------
    explanation : Explanation
        The pass.
    facts : Facts
        They name classes and columns.
    title : str
        Of which state of the training the pass is.
    samples : list of str
        The name of each sample.
    around : ndarray (N, 2) or None
        Over which points the plane of two inputs reaches.
    packed : Packed
        What does not fit is left out, and "leftOut" lists it: the first sample has room before the parameters, and they
        before the other samples.
    operations : float
        How many multiply-adds the finite differences may take, about.
    """
    network = explanation.network
    x: dict[str, Any] = {"shape": list(explanation.x.shape[1:]), "next": {"layer": "0", "of": "input"}}
    entries = list(_walk(explanation, explanation.network.layers, "", "x", {"layer": "loss", "of": "input"}))
    arrays = [{"values": explanation.x, "gradient": explanation.input_gradient}]
    arrays += [_arrays(layer) for _, layer in entries]
    for sample, name in enumerate(samples):
        found = [(owner, kind, array) for owner, kinds in enumerate(arrays) for kind, array in kinds.items()]
        places = packed.add(f"all of {name}", [None if array is None else array[sample] for _, _, array in found])
        for (owner, kind, _), place in zip(found, places, strict=True):
            entry = entries[owner - 1][0] if owner else x
            entry.setdefault(kind, []).append(place)
        if sample == 0:  # parameters come behind the first sample, and before the others
            _add_parameters(entries, packed)
    return {
        "title": title,
        "classes": list(facts.class_names) if network.output_shape == (len(facts.class_names),) else [],
        "columns": list(facts.columns),
        "samples": list(samples),
        "answers": _answers(explanation, facts),
        "x": x,
        "layers": [entry for entry, _ in entries],
        "loss": None if explanation.loss is None else _loss(explanation),
        "plane": plane_of(explanation, facts, around),
        "leftOut": packed.left_out,
        "differences": {} if explanation.loss is None else differences_of(explanation, operations),
    }


def _answers(explanation: Explanation, facts: Facts) -> list[str] | None:
    """Return in words what the network takes each sample for; None where its loss has no classes."""
    network, names = explanation.network, facts.class_names
    loss, shape = network.loss, network.output_shape
    if not isinstance(loss, CrossEntropy | BinaryCrossEntropy) or len(shape) != 1:
        return None

    def name(number: int) -> str:
        return names[number] if number < len(names) else f"class {number}"

    probabilities = loss.probabilities(explanation.outputs)
    if isinstance(loss, BinaryCrossEntropy) and shape != (1,):  # several questions, each answered by yes or no
        yes = ([f"{name(k)} ({_in_words(p)})" for k, p in enumerate(row) if p > 0.5] for row in probabilities)
        return [f"The network says yes, with these probabilities, to: {', '.join(y) or 'none of them'}." for y in yes]
    answers = [
        f"The network takes it for {name(int(row.argmax()))}, with a probability of {_in_words(float(row.max()))}."
        for row in probabilities
    ]
    if explanation.y is None or not isinstance(loss, CrossEntropy):
        return answers
    return [
        f"{answer} That is right." if row.argmax() == wanted else f"{answer} That is wrong: it is {name(int(wanted))}."
        for answer, row, wanted in zip(answers, probabilities, explanation.y, strict=True)
    ]


def _in_words(probability: float) -> str:
    """Return a probability with three digits, but not as 1: the loss beside it is not 0."""
    return "more than 0.999" if probability >= 0.9995 else f"{probability:.3g}"


def target_in_words(facts: Facts, y: Array) -> str:
    """Return the target of one sample, y (...), in words: the name of its class, or its first numbers."""
    if y.ndim == 0 and y.dtype.kind in "iu":
        return f"class {facts.class_names[y] if y < len(facts.class_names) else y}"
    return f"target {' '.join(f'{value:.4g}' for value in y.ravel()[:8])}"


def _arrays(layer: LayerFacts) -> dict[str, Array | None]:
    """Return what a page shows of a layer for each sample."""
    is_first_within = "." in layer.name and layer.name.endswith(".0")
    return {
        "values": layer.output,
        "gradient": layer.output_gradient,
        "slope": _slope(layer),
        "scale": layer.scale,
        "dx": layer.input_gradient if is_first_within else None,
    }


def _add_parameters(entries: Sequence[tuple[dict[str, Any], LayerFacts]], packed: Packed) -> None:
    for entry, layer in entries:
        for name, value in layer.parameters.items():
            gradient = (layer.parameter_gradients or {}).get(name)
            [values] = packed.add(f"{name} of layer {layer.name}", [value])
            entry["parameters"][name] = {"shape": list(value.shape), "values": values, "gradient": None}
            if gradient is not None:
                what = f"the gradient of {name} of layer {layer.name}"
                [entry["parameters"][name]["gradient"]] = packed.add(what, [gradient])


def _loss(explanation: Explanation) -> dict[str, Any]:
    """Return what a page shows of the loss: how it came about for each sample, and how its gradients did."""
    places = list(np.ndindex(explanation.outputs.shape[1:]))
    accounts = None
    with contextlib.suppress(UnsupportedError):  # the loss of somebody else is shown by its formula
        if len(places) <= MOST_OUTPUTS:
            accounts = [
                {
                    "value": _account(explanation.how_loss(sample=sample), explanation),
                    "gradients": [
                        _account(explanation.how_loss_backward(place, sample=sample), explanation) for place in places
                    ],
                }
                for sample in range(len(explanation.x))
            ]
    return {
        "value": str(explanation.loss),
        "text": explanation.loss_name,
        "formula": explanation.formula,
        "accounts": accounts,
    }


def _account(account: Account, explanation: Explanation) -> dict[str, Any]:
    """Return an account whose factors stand in the outputs of the network, as a page holds it."""

    def listed(factor: Factor) -> list[Any]:
        shape = explanation.outputs.shape[1:]
        at = None if factor.place is None else int(np.ravel_multi_index(factor.place[1:], shape))
        return [factor.name, str(factor.value), at, factor.text]

    return {
        "value": str(account.value),
        "steps": [listed(step) for step in account.steps],
        "terms": [[listed(factor) for factor in term.factors] for term in account.terms],
    }


def _walk(
    explanation: Explanation, chain: Chain, prefix: str, source: str, end: dict[str, Any] | None
) -> Iterator[tuple[dict[str, Any], LayerFacts]]:
    """Yield what the page needs to know of each layer, and the layer's facts, in the order of `Chain.walk`.

    ``source`` is whose output the chain is given, and ``end`` tells whose output takes what the chain gives.
    """
    for index, layer in enumerate(chain):
        name = f"{prefix}{index}"
        facts = explanation.layers[name]
        following = {"layer": f"{prefix}{index + 1}", "of": "input"} if index + 1 < len(chain) else end
        yield (
            {
                "name": name,
                "text": facts.text,
                "formula": facts.formula,
                "source": source,
                "type": facts.type,
                "shape": list(facts.output.shape[1:]),
                "next": following,
                "places": [other.name for other in explanation.layers.values() if other.layer is layer],
                "parameters": {},
                "how": _how(layer, facts, name, source, explanation.training),
            },
            facts,
        )
        offset = 0
        for inner_name, inner in layer.chains.items() if isinstance(layer, Container) else ():
            inner_end = {"layer": name, "of": "output", "offset": offset}
            yield from _walk(explanation, inner, f"{name}.{inner_name}.", source, inner_end)
            if isinstance(layer, Concat):
                offset += int(np.prod(inner.shapes[-1]))
        source = name


def _how(layer: Layer, facts: LayerFacts, name: str, source: str, training: bool) -> dict[str, Any]:
    """Return what the page computes the accounts of a layer from."""
    if isinstance(layer, Residual | Concat):
        names = ["body", "shortcut"] if isinstance(layer, Residual) else list(layer.chains)
        ends = []
        for inner in names:
            length = len(layer.chains.get(inner, ()))
            ends.append(
                {
                    "name": f"{inner}(x)" if length else "x",
                    "source": f"{name}.{inner}.{length - 1}" if length else source,
                    "first": f"{name}.{inner}.0" if length else None,
                }
            )
        return {"kind": "sum" if isinstance(layer, Residual) else "parts", "ends": ends}
    if isinstance(layer, Gate):
        source_of_gate, gate = f"{name}.body.{len(layer.body) - 1}", layer.body.shapes[-1]
        return {"kind": "gate", "gate": source_of_gate, "first": f"{name}.body.0", "shape": list(gate)}
    if type(layer) in (Softmax, LogSoftmax):
        return {"kind": "softmax", "log": type(layer) is LogSoftmax}
    if type(layer) is LayerNorm:
        return {"kind": "normalized", "over": "rows", "size": layer.weight.value.size, "epsilon": layer.epsilon}
    if type(layer) is GroupNorm:
        sizes = {"size": layer.weight.value.size, "groups": layer.groups}
        return {"kind": "normalized", "over": "groups", **sizes, "epsilon": layer.epsilon}
    if type(layer) is BatchNorm and training:
        return {"kind": "normalized", "over": "batch", "size": layer.weight.value.size, "epsilon": layer.epsilon}
    links = links_of(layer, facts.input.shape[1:], facts.output.shape[1:])
    if links is None:
        return {"kind": "unknown"}
    return {
        "kind": "links",
        "tables": [_table(table) for table in links.tables],
        "views": [list(map(int, view)) for view in links.views],
        "weight": links.weight,
        "bias": links.bias,
        "shift": None if links.shift is None else links.shift.tolist(),
        "only": links.only,
        "epsilon": links.epsilon,
    }


def _table(table: Table) -> dict[str, Any]:
    ends = (table.output, table.input, table.weight)
    length = len(table.output)
    share = float(table.share[0]) if (table.share == table.share[0]).all() else table.share.tolist()
    return {"length": length, "ends": [_column(end, length) for end in ends], "share": share}


def _column(places: Array, length: int) -> Any:
    """Return the places of a table along one axis: "row" where they are the rows' numbers, one number, or a list."""
    if length > 1 and np.array_equal(places, np.arange(length)):
        return "row"
    return int(places[0]) if (places == places[0]).all() else places.tolist()


def _slope(facts: LayerFacts) -> Array | None:
    """Return f'(x) of an activation for each number of its input; None for other layers."""
    if not isinstance(facts.layer, Activation) or facts.output_gradient is None:
        return None
    ctx = Context()
    with np.errstate(all="ignore"):
        y = facts.layer.forward(facts.input, ctx)
        slope = facts.layer.backward(np.ones_like(y), ctx)
    return None if slope is None else slope.copy()
