"""Checks of the user's arrays: each becomes C-contiguous, with the dtype and the shape that are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from .._kernels.interface import Array
from ..errors import DTypeError, NumericError, ShapeError
from .dates import as_days, is_date
from .shapes import Shape

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def as_float_dtype(dtype: DTypeLike, argument: str = "dtype") -> np.dtype[Any]:
    """Return ``dtype`` as the NumPy dtype float32 or float64; raise DTypeError for any other dtype."""
    try:
        resolved = np.dtype(dtype) if dtype is not None else None
    except (TypeError, ValueError):
        resolved = None
    if resolved is None or resolved not in FLOATS:  # to NumPy None equals float64
        text = f'{argument} must be "float32" or "float64", got {dtype!r}'
        raise DTypeError(text)
    return resolved


def as_array(values: Any, dtype: np.dtype[Any], argument: str) -> Array:
    """Return ``values`` as a C-contiguous, aligned array of ``dtype``, without a copy if they are one already.

    Lists are read as ``dtype``. Arrays of other dtypes are converted only where no value can change
    (``np.can_cast(..., "safe")``: uint8 and int16 to float32, float32 to float64, ...). float64 is never rounded to
    float32 in silence.

    Raises DTypeError for any other dtype, and for masked and sparse arrays; the error names ``argument``.
    """
    if is_ready(values, dtype):
        return values
    array = read_array(values, argument)
    if isinstance(values, list | tuple | int | float) and array.dtype.kind in "biuf":
        try:
            with np.errstate(all="ignore", over="raise"):
                array = array.astype(dtype)
        except FloatingPointError:
            raise DTypeError(f"{argument} holds numbers that are too large for {dtype.name}; scale them down") from None
    if not np.can_cast(array.dtype, dtype, "safe"):
        text = (
            f"{argument} must be {dtype.name} or a type that fits into it, got {_fix_for_type(array, dtype, argument)}"
        )
        raise DTypeError(text)
    return np.require(array, dtype, ("C_CONTIGUOUS", "ALIGNED")).view(np.ndarray)


def is_ready(values: Any, dtype: np.dtype[Any]) -> TypeGuard[Array]:
    """Return whether ``values`` is a plain C-contiguous, aligned array of ``dtype``."""
    if type(values) is not np.ndarray or values.dtype != dtype:
        return False
    flags = values.flags  # read once: each read makes an object, and every training step runs this line
    return flags.c_contiguous and flags.aligned


def read_array(values: Any, argument: str) -> Array:
    """Return ``values`` as an array with the dtype that NumPy finds; an array is returned without a copy.

    Raises DTypeError, which names ``argument``, for values that NumPy would read in an unwanted way: masked and sparse
    arrays, text, None and iterables of batches.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise DTypeError(f"{argument} is a masked array; fill it first: {_name(argument)}.filled(0)")
    if hasattr(values, "toarray"):
        raise DTypeError(f"{argument} is sparse ({type(values).__name__}); use {_name(argument)}.toarray()")
    if values is None or isinstance(values, str | bytes):
        raise DTypeError(f"{argument} must be an array of numbers, got {type(values).__name__}")
    if _gives_batches(values):
        raise DTypeError(
            f"{argument} must be an array of numbers, got {type(values).__name__} of batches; fit and evaluate take it "
            "alone, without y, and predict one batch at a time: np.concatenate([net.predict(x) for x, *_ in batches])"
            + f"; if it gives samples, one by one: list({_name(argument)})"
            * (not isinstance(values, list))
        )
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:
        fix = ""
        if type(values).__module__ == "torch":
            tensor = _name(argument) if _name(argument).isidentifier() else "tensor"
            fix = f"; write {tensor}.detach().cpu().float().numpy()"
        raise DTypeError(f"{argument} cannot be read as an array of numbers: {str(error).rstrip('.')}{fix}") from None


def as_batch(values: Any, sample_shape: Shape, dtype: np.dtype[Any], argument: str = "x") -> Array:
    """Return ``values`` as an array (N, *sample_shape) of ``dtype``; `as_array` says which dtypes are converted.

    Raises ShapeError for any other shape; its message shows the corrected line of code.
    """
    if is_ready(values, dtype) and values.ndim and values.shape[1:] == sample_shape:
        return values  # the usual case, with as few checks as possible
    if (
        isinstance(values, np.ndarray)
        and not isinstance(values, np.ma.MaskedArray)
        and values.shape[1:] != sample_shape
    ):
        # Before the dtype is converted: the copy may take as much memory as the array.
        raise _batch_error(values, sample_shape, argument)
    array = as_array(values, dtype, argument)
    if array.ndim == 0 or array.shape[1:] != sample_shape:
        raise _batch_error(values, sample_shape, argument)
    return array


def check_finite(array: Array, argument: str) -> None:
    """Raise NumericError when an array holds NaN or infinity; the message names the first index."""
    finite = np.isfinite(array)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        count = int(array.size - np.count_nonzero(finite))
        raise NumericError(
            f"{argument} holds {count} number(s) that are not finite, the first is {array[place]} at "
            f"{argument}[{', '.join(map(str, place))}]; fill such numbers in, or leave those samples out",
        )


def describe_non_finite(x: Array, outputs: Array) -> str:
    """Return the warning for outputs (N, ...) of x (N, ...) of which some are not finite: rows, and the first cause."""
    with np.errstate(all="ignore"):
        rows = np.flatnonzero(~np.isfinite(outputs.reshape(len(outputs), -1)).all(axis=1))
    row = int(rows[0])
    values = np.asarray(x[row])
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        place = tuple(map(int, wrong[0]))
        cause = f"x[{', '.join(map(str, (row, *place)))}] is {values[place]}; fill it in, or leave the sample out"
    else:
        cause = f"x[{row}] is finite, but too large, or weights of the network are not finite"
    return f"outputs of {len(rows):,} of {len(outputs):,} samples are not finite, first that of sample {row}: {cause}"


def check_weights(array: Array, argument: str, dtype: np.dtype[Any]) -> None:
    """Raise ValueError unless an array (N,) holds only numbers from 0 to the largest of ``dtype``.

    The message names the first index with another number.
    """
    wrong = np.flatnonzero(~((array >= 0) & (array <= np.finfo(dtype).max)))
    if len(wrong):
        value = array[wrong[0]]
        large = f", which is too large for {dtype.name}; write weights around 1" if 0 < value < np.inf else ""
        raise ValueError(f"{argument} must hold finite numbers >= 0, got {value} at {argument}[{wrong[0]}]{large}")


def check_same_length(x: Array, y: Array, x_name: str = "x", y_name: str = "y") -> None:
    """Raise ShapeError unless the two arrays have equally many rows; the message calls them by the two names."""
    if len(x) != len(y):
        raise ShapeError(f"{x_name} has {len(x)} rows, but {y_name} has {len(y)}; each row needs its target")


def _gives_batches(values: Any) -> bool:
    """Return whether ``values`` is an iterable of batches: a loader, a generator or a list of tuples (x, y)."""
    if isinstance(values, list):
        return bool(values) and isinstance(values[0], tuple) and any(isinstance(part, np.ndarray) for part in values[0])
    is_array = hasattr(values, "__array__") or hasattr(values, "__getitem__") or hasattr(values, "__array_interface__")
    return isinstance(values, Iterable) and not is_array


def _name(argument: str) -> str:
    """Return the last word of ``argument``, which is the name in code: "x" of "validation x"."""
    return argument.split()[-1]


def _fix_for_type(array: Array, dtype: np.dtype[Any], argument: str) -> str:
    """Return the end of the message for an array that is not of ``dtype``: its type, and the line that converts it."""
    x, got = _name(argument), str(array.dtype)
    if array.dtype.names:
        return f"{got} with fields; write np.lib.recfunctions.structured_to_unstructured({x}, {dtype.name!r})"
    if array.dtype.kind == "O":
        for place, value in np.ndenumerate(array):
            if isinstance(value, bool | int | float | np.number | np.bool):
                continue
            found = f"{got}, {x}[{', '.join(map(str, place))}] is {value!r:.50}" if place else f"{got}, {value!r:.50}"
            if isinstance(value, str | bytes):
                numbers = f"pandas.get_dummies(pandas.DataFrame({x}).infer_objects()).astype({dtype.name!r})"
                return f"{found}; turn texts into numbers, with a column for each text: {numbers}"
            if value is None or type(value).__name__ in ("NAType", "NaTType"):
                return f"{found}; leave out or fill in what is missing"
            if is_date(value) and array.ndim == 2:
                days = as_days(f"{x}[:, {place[1]}]", value, dtype.name)
                return f"{found}; write days: {x} = np.array({x}); {x}[:, {place[1]}] = {days}"
            if is_date(value):
                return f"{found}; write days: {x} = {as_days(x, value, dtype.name)}"
            return found
        return f"{got}; for numbers, write np.asarray({x}, {dtype.name!r})"
    if array.dtype.kind in "SUT":
        return f"{got}; for numbers as text, write {x}.astype({dtype.name!r})"
    if array.dtype.kind in "mM":
        return f"{got}; convert it into numbers, such as days: {as_days(x, array, dtype.name)}"
    if array.dtype.kind == "c":
        return f"{got}; write real and imaginary parts as two numbers: np.concatenate([{x}.real, {x}.imag], axis=1)"
    fix = f"{got}; if the loss of precision is fine: {x}.astype({dtype.name!r})"
    if np.can_cast(array.dtype, np.float64, "safe"):
        fix += ', else make the network with dtype="float64"'
    return fix


def _batch_error(values: Any, sample_shape: Shape, argument: str) -> ShapeError:
    wanted = "(N, " + ", ".join(map(str, sample_shape)) + ("," if not sample_shape else "") + ")"
    shape = np.shape(values)
    x = _name(argument) if isinstance(values, np.ndarray) else f"np.asarray({_name(argument)})"
    fix = ""
    if shape == sample_shape:
        fix = f"; this is one sample without its batch axis: {x}[None]"
    elif len(sample_shape) == 3 and (1, *shape) == sample_shape:
        fix = f"; this is one image without its batch and channel axes: {x}[None, None]"
    elif len(sample_shape) == 3 and len(shape) == 3 and (shape[2], *shape[:2]) == sample_shape:
        fix = f"; this looks like one image (H, W, C): {x}.transpose(2, 0, 1)[None]"
    elif len(sample_shape) == 3 and len(shape) == 3 and (1, *shape[1:]) == sample_shape:
        fix = f"; the channel axis is missing: {x}[:, None]"
    elif len(sample_shape) == 3 and len(shape) == 4 and (shape[3], shape[1], shape[2]) == sample_shape:
        fix = f"; this looks like NHWC, nnfs wants NCHW: {x}.transpose(0, 3, 1, 2)"
    elif len(sample_shape) == 2 and (1, *shape[1:]) == sample_shape:
        fix = f"; the channel axis is missing: {x}[:, None]"
    elif len(sample_shape) == 2 and shape[1:] == sample_shape[::-1]:
        fix = f"; this looks like (N, L, C), nnfs wants (N, C, L): {x}.transpose(0, 2, 1)"
    elif len(sample_shape) > 1 and shape[1:] == sample_shape[1:]:
        shown = sample_shape[1] if len(sample_shape) == 2 else sample_shape[1:]
        fix = f"; if {sample_shape[0]} is a batch, the network is made with input_shape={shown}"
    elif len(shape) > 0 and shape[0] and int(np.prod(shape[1:], dtype=object)) == int(np.prod(sample_shape)):
        fix = f"; the numbers would fit: {x}.reshape(-1, {', '.join(map(str, sample_shape))})"
    elif len(sample_shape) == 3 and len(shape) == 4 and shape[3] in (1, 3) and shape[1] not in (1, 3):
        fix = f"; a last axis of {shape[3]} looks like NHWC, nnfs wants NCHW: {x}.transpose(0, 3, 1, 2)"
    text = f"{argument} must have shape {wanted}, got {shape}{fix}"
    return ShapeError(text)
