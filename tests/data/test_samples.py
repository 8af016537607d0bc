"""The numbers of classes that are given by name."""

from __future__ import annotations

import pytest

from nnfs.data.samples import describe_numbers, number_classes
from nnfs.errors import FormatError


def test_names_are_sorted_where_none_are_given():
    assert number_classes(["b", "a", "b"]) == ([1, 0, 1], ("a", "b"))


def test_given_names_keep_their_order_though_some_are_missing():
    assert number_classes(["a", "b"], ("b", "c", "a")) == ([2, 0], ("b", "c", "a"))


def test_an_unknown_name_is_told_with_those_that_are_known():
    with pytest.raises(FormatError, match="got the class 'd', wanted one of a, b"):
        number_classes(["a", "d"], ("a", "b"))
    with pytest.raises(FormatError, match=r"wanted one of .*n09, \.\.\.$"):
        number_classes(["x"], tuple(f"n{index:02}" for index in range(12)))


def test_numbers_are_told_with_the_names_they_stand_for():
    assert describe_numbers(("b", "a")) == ("labels are taken for the numbers of the classes: 0 for b, 1 for a",)
    assert describe_numbers(()) == describe_numbers(("0", "1", "2")) == ()
