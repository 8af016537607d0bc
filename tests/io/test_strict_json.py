"""Strict JSON is read in a time that grows with the length of the text, not with its square."""

from __future__ import annotations

import pytest
from compare import Counted

from nnfs.io import strict_json


@pytest.mark.parametrize("first", [0, 500, 999])
def test_a_name_that_occurs_twice_is_found_with_few_comparisons(first, monkeypatch):
    monkeypatch.setattr(Counted, "compared", 0)
    pairs = [(Counted(number), None) for number in [*range(1000), first]]
    with pytest.raises(ValueError, match=f"the name '{first}' occurs twice"):
        strict_json._object(pairs)
    assert Counted.compared < 10 * len(pairs)


def test_an_error_gives_the_first_name_that_occurs_twice():
    with pytest.raises(ValueError, match="the name 'b' occurs twice"):
        strict_json.parse('{"a": 1, "b": 2, "c": 3, "c": 4, "b": 5}')
