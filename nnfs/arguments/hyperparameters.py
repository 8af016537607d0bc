"""Checks of hyper-parameters: flags, counts, numbers in a range and lists of objects."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from .shapes import as_integer


def as_flag(value: Any, argument: str) -> bool:
    """Return True or False unchanged, or from NumPy's bool; raise DTypeError for any other type.

    Other types are refused because Python takes the text "no" for true.
    """
    if not isinstance(value, bool | np.bool):
        text = f"{argument} must be True or False, got {value!r} of type {type(value).__name__}"
        raise DTypeError(text)
    return bool(value)


def as_count(value: Any, argument: str) -> int:
    """Return ``value`` as an int from 1 to 2**31 - 1, for a number of things such as epochs.

    Raises DTypeError for a value that is no integer, ValueError for one out of range.
    """
    try:
        return as_integer(value, argument)
    except ShapeError as error:
        raise ValueError(str(error)) from None


def as_number(
    value: Any,
    argument: str,
    *,
    minimum: float = -math.inf,
    maximum: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Return ``value`` as a finite float with minimum <= value <= maximum and above < value < below.

    Raises DTypeError for a value that is no real number (a bool is none), ValueError for one out of range.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise DTypeError(f"{argument} must be a number, got {value!r} of type {type(value).__name__}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and minimum <= number <= maximum and above < number < below):
        limits = []
        if minimum > -math.inf:
            limits.append(f">= {minimum:g}")
        if above > -math.inf:
            limits.append(f"> {above:g}")
        if maximum < math.inf:
            limits.append(f"<= {maximum:g}")
        if below < math.inf:
            limits.append(f"< {below:g}")
        raise ValueError(f"{argument} must be a finite number{' ' * bool(limits)}{' and '.join(limits)}, got {value}")
    return number


def check_list(items: Any, argument: str, is_one: Callable[[Any], bool], wanted: str) -> None:
    """Raise DTypeError unless ``items`` is a list or tuple of objects for which ``is_one`` is true.

    ``argument`` is the name of the list in the message, and ``wanted`` says what its items must be. A class in the
    place of an object gets a message that shows how to make the object.
    """
    for index, item in enumerate(items if isinstance(items, list | tuple) else ()):
        if isinstance(item, type):
            text = f"{argument}[{index}] is the class {item.__name__}; make one of it: {item.__name__}(...)"
            raise DTypeError(text)
    if not isinstance(items, list | tuple) or not all(map(is_one, items)):
        is_bare = not isinstance(items, list | tuple) and is_one(items)
        fix = f"; write {argument.split()[-1]}=[...] around it" if is_bare else ""
        raise DTypeError(f"{argument} must be a list of {wanted}, got {items!r}{fix}")
