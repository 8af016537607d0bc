"""The errors that nnfs raises, one class for each kind of mistake.

Each one says what was got, what was wanted and where, and is a subclass of the built-in error that a caller would
already catch. What its text says in words stands in its attributes too; one that is not known is None.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from .printable import printable


class _FactError(Exception):
    """Hold a text safe to show, and facts: ``FormatError("x.idx: byte 2: got ...", path="x.idx", offset=2)``."""

    def __init__(self, message: object = "", **facts: Any) -> None:
        super().__init__(printable(str(message)))
        assert all(hasattr(type(self), name) for name in facts), facts
        vars(self).update(facts)

    def reworded(self, message: str, **facts: Any) -> Self:
        """Return the same error with another text, and more facts."""
        return type(self)(message, **vars(self) | facts)


class ShapeError(_FactError, ValueError):
    """Report a shape or a size that does not fit: argument, got, wanted, layer (its index in the network)."""

    argument: str | None = None
    got: Any = None
    wanted: Any = None
    layer: int | None = None


class DTypeError(_FactError, TypeError):
    """Report a value of a type that is not accepted: argument, got, wanted, layer (its index in the network)."""

    argument: str | None = None
    got: Any = None
    wanted: Any = None
    layer: int | None = None


class FormatError(_FactError, ValueError):
    """Report a file whose bytes break its format: path, offset (in bytes) or field, got, wanted.

    For graphs the name of the node and its operator too; ``field`` is then the attribute or the input.
    """

    path: str | None = None
    offset: int | None = None
    field: str | None = None
    node: str | None = None
    operator: str | None = None
    got: Any = None
    wanted: Any = None


class ChecksumError(FormatError):
    """Report a file whose digest is not the published one: path, and the digests got and wanted."""


class UnsupportedError(_FactError, NotImplementedError):
    """Report something valid that nnfs does not do: what, and what it does do; for files, path and field.

    For graphs the name of the node and its operator too; ``field`` is then the attribute or the input.
    """

    path: str | None = None
    field: str | None = None
    node: str | None = None
    operator: str | None = None


class BackendError(_FactError, ImportError):
    """Report a backend that is unknown or cannot be loaded: the value got, the values wanted, cause."""

    got: Any = None
    wanted: Any = None


class NumericError(_FactError, ArithmeticError):
    """Report numbers that are not finite: argument; or epoch, step, layer (its index) and parameter (its name).

    Epochs count from 1, steps from 0.
    """

    argument: str | None = None
    epoch: int | None = None
    step: int | None = None
    layer: int | None = None
    parameter: str | None = None


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the path before what an error of the body says of a file."""
    try:
        yield
    except (FormatError, UnsupportedError) as error:
        name = os.fspath(path)
        raise error.reworded(f"{name}: {error}", path=name) from error.__cause__
    except MemoryError as error:
        size, why = os.path.getsize(path), f": {error}" if error.args else ""
        text = f"{os.fspath(path)}: its {size:,} bytes need more memory than there is{why}"
        raise MemoryError(printable(text)) from error
