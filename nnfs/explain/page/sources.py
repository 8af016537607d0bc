"""The code that computes a layer, for a page: its class, what it extends, and the reference of each kernel it calls."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from ..._kernels import reference
from ...layers import Layer
from ...layers.container import Container
from ..layer_facts import source_of


def source_texts(layer: Layer) -> list[dict[str, str]]:
    """Return the pieces of code of a layer, each with the file and line where it stands; none for one without files."""
    return [
        {"file": source_of(piece), "text": inspect.getsource(piece)} for piece in _pieces(layer) if source_of(piece)
    ]


def _pieces(layer: Layer) -> Iterator[Any]:
    shared = {Layer, Container, *Layer.__mro__, *Container.__mro__}
    classes = [kind for kind in type(layer).__mro__ if kind not in shared]
    yield from classes
    called: list[str] = []
    for kind in classes:
        if source_of(kind):
            called += re.findall(r"\bkernels\.(\w+)", inspect.getsource(kind))
    for name in dict.fromkeys(called):
        yield getattr(reference.kernels, name)
