"""Strict reading of JSON: each name occurs once, NaN and infinity are errors, and nesting is limited."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

DEEPEST = 32
"""The largest number of nested levels; a recursive function can walk through so many without a RecursionError."""


def parse(text: str, *, parse_int: Callable[[str], int] = int) -> Any:
    """Return the value of a JSON text as Python objects; ``parse_int`` converts integers.

    Raises ValueError for a text that is not strict JSON, for numbers beyond float64, and for half surrogate pairs.
    """
    import json

    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=parse_int,
        )
    except RecursionError:
        raise ValueError(f"nested deeper than {DEEPEST} levels") from None
    _check_depth(value)
    if "\\u" in text:
        _check_surrogates(json.dumps(value, ensure_ascii=False))
    return value


def short(value: Any) -> str:
    """Return ``repr(value)``, cut to 100 characters; a hostile file could otherwise make a message of megabytes."""
    # The value is cut first, because repr would copy a text of megabytes.
    text = repr(value[:100] if isinstance(value, str | bytes | list | tuple) else value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _check_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(DEEPEST + 1):
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"nested deeper than {DEEPEST} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise ValueError(f"the name {short(twice)} occurs twice")
    return found


def _check_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{short(text[error.start : error.end])} is half of a surrogate pair") from None


def _constant(name: str) -> Any:
    raise ValueError(f"got {name}, which JSON does not have")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {short(text)} is too large")
    return number
