"""The errors that nnfs raises, one class for each kind of mistake.

Each class extends the built-in error that a caller would already catch. The text of an error says what was wanted, what
was got and, if there is one, the correction. The attributes say where the mistake is. A function that knows the place
sets its attribute while the error passes through; an attribute that no function set is None.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from .printable import printable


class _PlacedError(Exception):
    """Hold a text that is safe to print, and in attributes the place of the mistake."""

    def __init__(self, message: object = "", **place: Any) -> None:
        super().__init__(printable(str(message)))
        assert all(hasattr(type(self), name) for name in place), place
        vars(self).update(place)

    def reworded(self, message: str, **place: Any) -> Self:
        """Return an error of this class with another text and the attributes of this error, changed by ``place``."""
        return type(self)(message, **vars(self) | place)


class _ReadError(_PlacedError):
    """Carry the place of a mistake in something that nnfs reads: its file, and the node of a graph."""

    path: str | None = None
    node: str | None = None
    operator: str | None = None

    def in_file(self, path: str | os.PathLike[str]) -> Self:
        """Return this error with the path of its file before the text and in the attribute ``path``."""
        name = os.fspath(path)
        return self.reworded(f"{name}: {self}", path=name)


class ShapeError(_PlacedError, ValueError):
    """Report a shape or a size that does not fit.

    If a layer does not fit the layers before it, ``layer`` is the index of the layer in the network, or in the list of
    layers within another layer.
    """

    layer: int | None = None


class DTypeError(_PlacedError, TypeError):
    """Report a value of a type that is not accepted.

    If a layer returns a shape of a wrong type, ``layer`` is the index of the layer in the network, or in the list of
    layers within another layer.
    """

    layer: int | None = None


class FormatError(_ReadError, ValueError):
    """Report a file or a model whose contents break its format.

    In an error of a file, ``path`` is its path. In an error of a graph's node, ``node`` is the name of the node and
    ``operator`` that of its operator.
    """


class ChecksumError(FormatError):
    """Report a file whose digest is not the published one; ``path`` is its path."""


class UnsupportedError(_ReadError, NotImplementedError):
    """Report something valid that nnfs does not do.

    In an error of a file, ``path`` is its path. In an error of a graph's node, ``node`` is the name of the node and
    ``operator`` that of its operator; of a PyTorch module, its place and its class.
    """


class BackendError(_PlacedError, ImportError):
    """Report a backend of kernels ("numpy", "cython"), or a setting of one, that is unknown or cannot be loaded."""


class NumericError(_PlacedError, ArithmeticError):
    """Report numbers that are not finite.

    If a network computed them, ``layer`` is the index of the first layer that is not finite, and ``parameter`` the name
    of its parameter. In a training, ``epoch`` counts from 1 and ``step`` from 0; a step outside `fit` has no epoch.
    """

    epoch: int | None = None
    step: int | None = None
    layer: int | None = None
    parameter: str | None = None


class WorkerError(_PlacedError, RuntimeError):
    """Report a process that worked for this one and died, or does what the others do not."""


class TrainingWarning(UserWarning):
    """Say what is going wrong in a training, and what to write; `nnfs.diagnose` lists the same findings.

    ``warnings.filterwarnings("ignore", category=nnfs.errors.TrainingWarning)`` silences all of them, with ``message=``
    some, and ``fit(..., verbose=0)`` gives none.

    Attributes
    ----------
    for_command : str
        The line for a user of ``nnfs train``, who writes options and no Python; "" where there is no other.
    """

    for_command = ""


@contextmanager
def naming(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the path of a file in front of the message of a FormatError, UnsupportedError or MemoryError in the body."""
    try:
        yield
    except (FormatError, UnsupportedError) as error:
        raise error.in_file(path) from error.__cause__
    except MemoryError as error:
        size, why = os.path.getsize(path), f": {error}" if error.args else ""
        text = f"{os.fspath(path)}: its {size:,} bytes need more memory than there is{why}"
        raise MemoryError(printable(text)) from error
