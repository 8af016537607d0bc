"""Texts in source code."""

from __future__ import annotations

import ast
import itertools

from nnfs.io.source.texts import c_string, in_lines, quoted


def test_no_text_ends_a_comment_and_each_is_read_back_by_python():
    for length in range(6):
        for letters in itertools.product("*/?\\\n", repeat=length):
            text = "".join(letters)
            found = quoted(text)
            assert not {"*/", "/*", "??"} & {found[at : at + 2] for at in range(len(found))}
            assert "\n" not in found
            assert ast.literal_eval(found) == text


def test_a_string_of_c_holds_letters_and_octal_bytes_only():
    assert c_string('a"b\\?é1') == '"a\\042b\\134\\077\\303\\2511"'


def test_lines_are_as_long_as_they_may_be():
    assert list(in_lines(["aa", "bb", "cc", "d" * 9], 5)) == ["aa bb", "cc", "d" * 9]
    assert list(in_lines([])) == []
