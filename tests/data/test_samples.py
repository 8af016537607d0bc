"""The numbers that classes with names get."""

from __future__ import annotations

import pytest

from nnfs.data.samples import describe_numbers, list_names, number_classes
from nnfs.errors import FormatError


def test_names_are_sorted_where_none_are_given():
    assert number_classes(["b", "a", "b"]) == ([1, 0, 1], ("a", "b"))


def test_given_names_keep_their_order_though_some_are_missing():
    assert number_classes(["a", "b"], ("b", "c", "a")) == ([2, 0], ("b", "c", "a"))


def test_an_error_for_an_unknown_name_lists_the_known_ones():
    with pytest.raises(FormatError, match="got the class 'd', wanted one of a, b"):
        number_classes(["a", "d"], ("a", "b"))
    with pytest.raises(FormatError, match=r"wanted one of .*n09, \.\.\.$"):
        number_classes(["x"], tuple(f"n{index:02}" for index in range(12)))


def test_a_sentence_tells_the_name_of_each_number():
    assert describe_numbers(("b", "a")) == ("labels are taken for the numbers of the classes: 0 for b, 1 for a",)
    assert describe_numbers(()) == describe_numbers(("0", "1", "2")) == ()


def test_a_list_of_names_is_one_line_and_tells_that_it_is_cut():
    assert list_names(["a", "new\nline"]) == "a, new\\nline"
    assert list_names([f"n{index}" for index in range(11)]) == "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, ..."
    assert list_names(["x" * 51, "b"]) == f"{'x' * 50}..., b"
