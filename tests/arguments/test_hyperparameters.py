from fractions import Fraction

import numpy as np
import pytest

from nnfs import DTypeError
from nnfs.arguments.hyperparameters import as_count, as_flag, as_number, check_list


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.5), np.int64(1), Fraction(1, 2)])
def test_real_numbers_become_float(value):
    number = as_number(value, "rate", minimum=0, maximum=1)
    assert type(number) is float
    assert number == value


@pytest.mark.parametrize("value", ["0.5", None, True, 1j, [0.5], np.array([0.5]), np.True_])
def test_an_error_for_no_number_names_argument_value_and_type(value):
    with pytest.raises(DTypeError, match=r"^rate must be a number, got .* of type "):
        as_number(value, "rate")


@pytest.mark.parametrize(
    ("value", "limits", "words"),
    [
        (-0.1, {"minimum": 0}, "rate must be a finite number >= 0, got -0.1"),
        (0, {"above": 0}, "> 0, got 0"),
        (1, {"minimum": 0, "below": 1}, ">= 0 and < 1, got 1"),
        (1.5, {"above": 0, "maximum": 1}, "> 0 and <= 1, got 1.5"),
        (np.nan, {}, "rate must be a finite number, got nan"),
        (np.inf, {"minimum": 0}, "got inf"),
        (-np.inf, {}, "got -inf"),
        (10**400, {"minimum": 0}, "finite number >= 0"),
    ],
)
def test_an_error_for_a_number_out_of_range_names_the_range(value, limits, words):
    with pytest.raises(ValueError, match=words):
        as_number(value, "rate", **limits)


def test_flags_are_true_or_false():
    for value in (True, np.False_):
        assert type(as_flag(value, "bias")) is bool
        assert as_flag(value, "bias") == value
    for value in ("no", 0, 1.0, None, [], np.array([True, False])):
        with pytest.raises(DTypeError, match=r"^bias must be True or False, got .* of type "):
            as_flag(value, "bias")


def test_counts_are_integers_of_at_least_1():
    assert as_count(np.int8(3), "epochs") == 3
    for value in (0, -1, 2**31):
        with pytest.raises(ValueError, match=f"epochs must be an integer from 1 to 2147483647, got {value}") as caught:
            as_count(value, "epochs")
        assert caught.type is ValueError
    for value in (1.5, True, "3", None):
        with pytest.raises(DTypeError, match=r"^epochs must be an integer"):
            as_count(value, "epochs")


def test_a_list_takes_objects_and_refuses_classes():
    check_list([print, len], "augment", callable, "functions")
    check_list((), "augment", callable, "functions")
    for items in (print, [1], {print}, "text", None):
        with pytest.raises(DTypeError, match=r"^fit: augment must be a list of functions, got "):
            check_list(items, "fit: augment", callable, "functions")
    with pytest.raises(DTypeError, match=r"^fit: augment\[1\] is the class Fraction; make one of it: Fraction\(...\)$"):
        check_list([print, Fraction], "fit: augment", callable, "functions")


def test_an_object_without_its_list_is_answered_by_the_list():
    with pytest.raises(DTypeError, match=r"; write augment=\[\.\.\.\] around it$"):
        check_list(print, "fit: augment", callable, "functions")
