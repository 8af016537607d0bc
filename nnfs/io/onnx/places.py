"""Where in a model something is wrong: errors get the place from outside in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import DTypeError, FormatError, ShapeError, UnsupportedError
from ..strict_json import short


def as_names(names: Iterable[Any]) -> tuple[str, ...]:
    """Return names as they are; raise FormatError where one is no text, which protocol buffers let through as bytes."""
    found = tuple(names)
    for name in found:
        if not isinstance(name, str):
            raise FormatError(f"name: got {short(name)}, wanted text in UTF-8")
    return found


@contextmanager
def place(where: str, **node: str) -> Iterator[None]:
    """Put a place in the model before the text of each error of the body.

    Where the place is a node, its name ``node`` and its ``operator`` become attributes of the error.
    """
    try:
        yield
    except (FormatError, UnsupportedError) as error:
        raise error.reworded(f"{where}: {error}", **node) from None
    except (ShapeError, DTypeError) as error:
        raise error.reworded(f"{where}: {error}") from None
