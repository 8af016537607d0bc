"""The place of a mistake in a model, put in front of the messages of errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import DTypeError, FormatError, ShapeError, UnsupportedError


@contextmanager
def locating(where: str, **node: str) -> Iterator[None]:
    """Put ``where``, a place in the model, in front of the message of each error of the ``with`` block.

    If the place is a node, its name ``node`` and its ``operator`` become attributes of the error.
    """
    try:
        yield
    except (FormatError, UnsupportedError) as error:
        raise error.reworded(f"{where}: {error}", **node) from None
    except (ShapeError, DTypeError) as error:
        raise error.reworded(f"{where}: {error}") from None
