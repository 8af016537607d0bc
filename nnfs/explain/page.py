"""An explanation as one HTML page, which opens from disk: the numbers, and a script of ours that draws them.

The page computes each account itself, from the numbers and the tables of `nnfs.explain.links`. Texts that come from
data reach it as JSON and are shown by ``textContent`` alone, so that none of them can be read as HTML.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..layers import Concat, Layer, LayerNorm, Residual, Softmax
from ..layers.activation import Activation
from ..layers.chain import Chain
from ..layers.container import Container
from ..layers.context import Context
from ..losses import BinaryCrossEntropy
from ..network.network import Network
from .explanation import Explanation, LayerFacts
from .links import Table, links_of

MOST_BYTES = 3_000_000
"""How large a page may be; what does not fit is left out, and the page lists it."""
OVERHEAD = 100_000
PLANE = 40
"""How many points the plane of a sample of two numbers has to each side."""
OPERATIONS = 1e8
"""How many multiply-adds the finite differences of a page may take, about."""

_HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1 id="about"></h1>
<div id="loss"></div>
<p class="quiet">Choose any number, by a click or by Tab and the arrow keys, to see how it came about.
Filled cells are far from 0; a dash in a cell, or a striped bar, is a negative number.</p>
</header>
<div class="page">
<main id="layers"></main>
<aside>
<button type="button" id="backward" aria-pressed="false">Show gradients (backward)</button>
<p id="steps"><label for="step">Training: </label><input type="range" id="step" min="0" step="1">
<output id="title" for="step"></output></p>
<div id="account" aria-live="polite" role="region" tabindex="0" aria-label="How the chosen number came about">
<p>No number is chosen yet.</p></div>
</aside>
</div>
<noscript>This page needs JavaScript to draw its numbers.</noscript>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def page_of(
    explanation: Explanation, network: Network, about: str, earlier: Sequence[tuple[str, Explanation]] = ()
) -> str:
    """Return the page of an explanation of one sample, in prediction, as HTML.

    Parameters
    ----------
    explanation : Explanation
        Of one sample.
    network : Network
        Whose `Facts` name classes and columns.
    about : str
        The title: which network, which sample.
    earlier : list of (str, Explanation)
        The same sample in earlier states of the network's training, the first one first, with a title for each: the
        page then has a slider.

    Raises
    ------
    ValueError
        For more than one sample, and for a pass of training.
    """
    if len(explanation.x) != 1 or explanation.training:
        raise ValueError("a page shows one sample in prediction: net.explain(x[:1], y[:1])")
    room = MOST_BYTES - OVERHEAD
    trained = {"title": "trained"} | _data(explanation, network, about, room)
    trained["plane"] = _plane(network, explanation.x[0])
    room = (room - _size(trained)) // max(len(earlier), 1)  # the trained network comes first, whatever is left out
    steps = [{"title": title} | _data(one, network, about, room) for title, one in earlier]
    steps.append(trained)
    here = Path(__file__)
    return _HTML.format(
        title=html.escape(about),
        style=here.with_name("page.css").read_text(encoding="utf-8"),
        script=here.with_name("page.js").read_text(encoding="utf-8"),
        data=_escaped(steps),
    )


def _size(data: dict[str, Any]) -> int:
    return len(json.dumps(data))


def _escaped(data: list[dict[str, Any]]) -> str:
    """Return JSON in which nothing can end the element of the page that holds it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(explanation: Explanation, network: Network, about: str, room: int) -> dict[str, Any]:
    """Return what the page shows of one pass, in arrays of at most ``room`` bytes."""
    packed = _Packed(room)
    facts = network.facts
    x: dict[str, Any] = {"shape": list(explanation.x.shape[1:]), "next": {"layer": "0", "of": "input"}}
    x["values"] = packed.add("the input", explanation.x[0])
    x["gradient"] = packed.add("the gradient of the input", explanation.input_gradient, 0)
    entries = list(_walk(explanation, explanation.network.layers, "", "x", None))
    for entry, layer in entries:
        entry["values"] = packed.add(f"the output of layer {layer.name}", layer.output[0])
        entry["gradient"] = packed.add(f"the gradient of layer {layer.name}", layer.output_gradient, 0)
    for entry, layer in entries:
        entry["slope"] = packed.add(f"f'(x) of layer {layer.name}", _slope(layer))
        is_first_within = layer.name.count(".") and layer.name.endswith(".0")
        entry["dx"] = packed.add(f"dx of layer {layer.name}", layer.input_gradient, 0) if is_first_within else None
    for kind in ("values", "gradient"):
        for entry, layer in entries:
            for name, value in layer.parameters.items():
                array = value if kind == "values" else (layer.parameter_gradients or {}).get(name)
                of = "" if kind == "values" else "the gradient of "
                parameter = entry["parameters"].setdefault(name, {"shape": list(value.shape)})
                parameter[kind] = packed.add(f"{of}{name} of layer {layer.name}", array)
    loss = None
    if explanation.loss is not None:
        loss = {"value": str(explanation.loss), "text": explanation.loss_name, "formula": explanation.formula}
    return {
        "about": f"{about}; by the {'NumPy reference' if explanation.backend == 'numpy' else 'compiled kernels'}",
        "classes": list(facts.class_names) if network.output_shape == (len(facts.class_names),) else [],
        "columns": list(facts.columns),
        "x": x,
        "layers": [entry for entry, _ in entries],
        "loss": loss,
        "plane": None,
        "leftOut": packed.left_out,
        "differences": _differences(explanation) if loss else {},
    }


class _Packed:
    """Pack arrays as text until the page is full; ``left_out`` lists what did not fit."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.left_out: list[str] = []

    def add(self, what: str, array: Array | None, row: int | None = None) -> dict[str, str] | None:
        if array is None:
            return None
        numbers = np.ascontiguousarray(array if row is None else array[row])
        kind = "f8" if numbers.dtype == np.float64 else "f4"
        size = 4 * -(-numbers.nbytes // 3)
        if size > self.room:
            self.left_out.append(what)
            return {"type": kind}
        self.room -= size
        return {"type": kind, "text": base64.b64encode(numbers.astype(f"<{kind}").tobytes()).decode()}


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
                "text": facts.text if not isinstance(layer, Container) else f"{facts.type} of the layers {name}.…",
                "formula": facts.formula,
                "source": source,
                "file": facts.source,
                "shape": list(facts.output.shape[1:]),
                "next": following,
                "places": [other.name for other in explanation.layers.values() if other.layer is layer],
                "parameters": {},
                "how": _how(layer, facts, name, source),
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


def _how(layer: Layer, facts: LayerFacts, name: str, source: str) -> dict[str, Any]:
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
    if type(layer) is Softmax:
        return {"kind": "softmax"}
    if type(layer) is LayerNorm:
        return {"kind": "layernorm", "size": layer.weight.value.size, "epsilon": layer.epsilon}
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


def _plane(network: Network, x: Array) -> dict[str, Any] | None:
    """Return what a network says at each point of the plane around a sample of two numbers; None for other samples.

    Answers are classes, or with one output that is no score, the outputs themselves. Rows go from the top down.
    """
    if network.input_shape != (2,) or len(network.output_shape) != 1:
        return None
    margin = np.maximum(2.0, 0.5 * np.abs(x))
    low, high = np.minimum(0, x) - margin, np.maximum(0, x) + margin
    across, up = (np.linspace(low[axis], high[axis], PLANE) for axis in (0, 1))
    points = np.stack([np.tile(across, PLANE), np.repeat(up[::-1], PLANE)], axis=1).astype(network.dtype)
    outputs = network.predict(points)
    is_number = network.output_shape == (1,) and not isinstance(network.loss, BinaryCrossEntropy)
    answers = outputs[:, 0] if is_number else (outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0)
    finite = np.where(np.isfinite(answers), answers, 0).astype(np.float64)
    corners = {"low": low.tolist(), "high": high.tolist(), "at": x.tolist()}
    return corners | {"size": PLANE, "isNumber": is_number, "answers": [float(f"{v:.4g}") for v in finite]}


def _slope(facts: LayerFacts) -> Array | None:
    """Return f'(x) of an activation for the whole sample; None for other layers."""
    if not isinstance(facts.layer, Activation) or facts.output_gradient is None:
        return None
    ctx = Context()
    with np.errstate(all="ignore"):
        y = facts.layer.forward(facts.input, ctx)
        slope = facts.layer.backward(np.ones_like(y), ctx)
    return None if slope is None else slope[0].copy()


def _differences(explanation: Explanation) -> dict[str, str]:
    """Return finite differences of some numbers of each array, by the name that the page gives the number."""
    arrays: list[tuple[str | None, str, Array]] = [(None, "output", explanation.x[0])]
    for name, facts in explanation.layers.items():
        arrays.append((name, "output", facts.output[0]))
        arrays += [(name, of, value) for of, value in facts.parameters.items()]
    operations = explanation.network.layers.multiply_adds(explanation.network.input_shape)
    budget = int(np.clip(OPERATIONS / max(operations, 1), 12, 1500))
    each = -(-budget // len(arrays))
    rng = np.random.default_rng(0)
    found = {}
    for layer, of, array in arrays:
        for flat in rng.permutation(array.size)[:each]:
            place = tuple(map(int, np.unravel_index(flat, array.shape)))
            what = "gradient" if of == "output" else f"{of} gradient"
            key = f"{'x' if layer is None else layer}|{what}|{flat}"
            found[key] = str(explanation.finite_difference(layer, place, of=of))
    return found
