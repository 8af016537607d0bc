"""Hyper-parameters: flags, numbers in a range and lists of objects, checked where they are given."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from .shapes import as_integer


def as_flag(value: Any, argument: str) -> bool:
    """Return ``value`` as a bool; raise DTypeError for any other type: to Python "no" is true."""
    if not isinstance(value, bool | np.bool):
        text = f"{argument} must be True or False, got {value!r} of type {type(value).__name__}"
        raise DTypeError(text)
    return bool(value)


def as_count(value: Any, argument: str) -> int:
    """Return ``value`` as an int of at least 1: how many of something, which is no size of an array.

    Raises DTypeError where it is no integer, ValueError where it is out of range.
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

    Raises DTypeError where it is no real number (a bool is none), ValueError where it is out of range.
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
    """Raise DTypeError for what is no list of such objects, and for a class in the place of an object of it."""
    for index, item in enumerate(items if isinstance(items, list | tuple) else ()):
        if isinstance(item, type):
            text = f"{argument}[{index}] is the class {item.__name__}; make one of it: {item.__name__}(...)"
            raise DTypeError(text)
    if not isinstance(items, list | tuple) or not all(map(is_one, items)):
        raise DTypeError(f"{argument} must be a list of {wanted}, got {items!r}")
