"""The page of an explanation: template, style, script and contents in one text.

The page computes each account itself, from the numbers and the tables of `nnfs.explain.links`. Texts that come from
data reach it as JSON and are shown by ``textContent`` alone, so that none of them can be read as HTML.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..._kernels.interface import Array
from ...network.network import Network
from ..explanation import Explanation
from .contents import contents_of, target_in_words
from .packed import Packed
from .plane import points_of
from .sources import source_texts

MOST_BYTES = 3_000_000
"""How large a page may be; what does not fit is left out, and the page lists it."""
OVERHEAD = 200_000
OPERATIONS = 5e8
"""How many multiply-adds all finite differences of a page may take, about: some seconds."""
SCRIPTS = ("numbers.js", "accounts.js", "drawing.js", "signals.js", "plane.js", "page.js")


def page_of(
    explanation: Explanation,
    network: Network,
    about: str,
    earlier: Sequence[tuple[str, Explanation]] = (),
    samples: Sequence[str] | None = None,
    around: Array | None = None,
    title: str = "trained",
    labels: Array | None = None,
) -> str:
    """Return the page of an explanation as HTML.

    Parameters
    ----------
    explanation : Explanation
        Of one sample, or of a batch, whose samples the page shows one at a time.
    network : Network
        Whose `Facts` name classes and columns.
    about : str
        The title: which network, which sample.
    earlier : list of (str, Explanation)
        The same samples in earlier states of the network's training, the first one first, with a title for each: the
        page then has a slider.
    samples : list of str or None
        The name of each sample; None is their numbers, and their targets.
    around : ndarray (N, 2) or None
        For a network of two inputs, points over which the plane of its answers reaches.
    title : str
        The title of the network's own state, beside those of ``earlier``.
    labels : ndarray (N,) or None
        The classes of the points ``around``, which the plane shows as dots.
    """
    names = samples
    if names is None:
        targets = explanation.y if explanation.y is not None else ()
        words = [f", {target_in_words(network.facts, y)}" for y in targets] or [""] * len(explanation.x)
        names = [f"sample {n}{word}" for n, word in enumerate(words)]
    packed = Packed(MOST_BYTES - OVERHEAD)
    operations = OPERATIONS / (1 + len(earlier))
    facts = network.facts  # the trained network has room before the others
    trained = contents_of(explanation, facts, title, names, around, packed, operations)
    steps: list[dict[str, Any]] = []
    texts = len(json.dumps(trained))  # what a state takes beside its numbers
    packed.begin(packed.room - texts)
    for title, one in earlier:
        packed.begin(packed.room - texts)
        contents = contents_of(one, facts, title, names, around, packed, operations)
        if packed.left_out and steps:  # the first state may be there in part, later ones are there as a whole or not
            packed.take_back()
            trained["leftOut"].append(f"the network {title}")
        else:
            steps.append(contents)
    backend = "the NumPy reference" if explanation.backend == "numpy" else "the compiled kernels"
    mode = ", as in training" if explanation.training else ""
    kinds = {layer.type: layer.layer for layer in explanation.layers.values()}
    data = {
        "about": f"{about}; computed by {backend}{mode}",
        "training": explanation.training,
        "steps": [*steps, trained],
        "points": [] if around is None or trained["plane"] is None else points_of(around, labels),
        "numbers": packed.text(),
        "sources": {kind: source_texts(layer) for kind, layer in kinds.items()},
    }
    here = Path(__file__).parent
    return _read(here / "template.html").format(
        title=html.escape(about),
        style=_read(here / "style.css"),
        script="\n".join(_read(here / name) for name in SCRIPTS),
        data=_escaped(data),
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _escaped(data: dict[str, Any]) -> str:
    """Return JSON in which nothing can end the element of the page that holds it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
