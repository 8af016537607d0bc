"""Names in a model, which protocol buffers let through as bytes where they are no text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...errors import FormatError
from ..strict_json import short


def as_texts(names: Iterable[Any]) -> tuple[str, ...]:
    """Return names as they are; raise FormatError where one is no text."""
    found = tuple(names)
    for name in found:
        if not isinstance(name, str):
            raise FormatError(f"name: got {short(name)}, wanted text in UTF-8")
    return found
