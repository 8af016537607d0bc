"""Where in a model something is wrong: errors get the place from outside in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import DTypeError, FormatError, ShapeError, UnsupportedError

# What an error here is about stands at its beginning: "attribute pads: got ...", "input B: ...", "dims: ...".
FIELD = re.compile(r"(?:attribute |input )?'?(\w+)'?: ")


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
