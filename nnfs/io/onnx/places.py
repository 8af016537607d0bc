"""Where in a model something is wrong: errors get the place from outside in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import DTypeError, FormatError, ShapeError, UnsupportedError
from ..strict_json import short

# What an error here is about stands at its beginning: "attribute pads: got ...", "input B: ...", "dims: ...".
FIELD = re.compile(r"(?:attribute |input )?'?(\w+)'?: ")


def as_names(names: Iterable[Any]) -> tuple[str, ...]:
    """Return names as they are; raise FormatError where one is no text, which protocol buffers let through as bytes."""
    found = tuple(names)
    for name in found:
        if not isinstance(name, str):
            raise FormatError(f"name: got {short(name)}, wanted text in UTF-8")
    return found


@contextmanager
def place(text: str, **facts: Any) -> Iterator[None]:
    """Put a place before what an error of the body says, and give it the facts that are known now."""
    try:
        yield
    except (FormatError, UnsupportedError, ShapeError, DTypeError) as error:
        field = FIELD.match(str(error))
        facts = {"field": field and field[1]} | facts
        new = {name: value for name, value in facts.items() if getattr(error, name, "unknown to its kind") is None}
        raise error.reworded(f"{text}: {error}", **new) from None
