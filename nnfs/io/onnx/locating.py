"""Where in a model something is wrong: errors get the place from outside in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import DTypeError, FormatError, ShapeError, UnsupportedError


@contextmanager
def locating(where: str, **node: str) -> Iterator[None]:
    """Put a place in the model before the text of each error of the body.

    Where the place is a node, its name ``node`` and its ``operator`` become attributes of the error.
    """
    try:
        yield
    except (FormatError, UnsupportedError) as error:
        raise error.reworded(f"{where}: {error}", **node) from None
    except (ShapeError, DTypeError) as error:
        raise error.reworded(f"{where}: {error}") from None
