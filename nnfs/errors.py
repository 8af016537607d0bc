"""The errors that nnfs raises, one class for each kind of mistake.

Each one says what was got, what was wanted and where, and is a subclass of the built-in error
that a caller would already catch.
"""


class ShapeError(ValueError):
    """Report a shape or a size that does not fit: got, wanted, where."""


class DTypeError(TypeError):
    """Report a value of a type that is not accepted: argument, got, accepted."""


class FormatError(ValueError):
    """Report a file whose bytes break its format: path, offset or field, got, wanted."""


class ChecksumError(FormatError):
    """Report a file whose digest is not the published one: path, expected, got."""


class UnsupportedError(NotImplementedError):
    """Report something valid that nnfs does not do: what, and what it does do."""


class BackendError(ImportError):
    """Report a backend that is unknown or cannot be loaded: value, allowed values, cause."""


class NumericError(ArithmeticError):
    """Report numbers that are not finite: where, and at which epoch and step."""


class WorkerError(RuntimeError):
    """Report a worker process that failed: rank, step, cause."""
