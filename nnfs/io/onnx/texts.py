"""A check of the names in a model: protobuf returns names that are no UTF-8 text as bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...errors import FormatError
from ..strict_json import short


def as_texts(names: Iterable[Any]) -> tuple[str, ...]:
    """Return the names as a tuple; raise FormatError unless each is a text."""
    found = tuple(names)
    for name in found:
        if not isinstance(name, str):
            raise FormatError(f"name: got {short(name)}, wanted text in UTF-8")
    return found
