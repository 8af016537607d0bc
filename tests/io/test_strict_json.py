"""JSON as its standard has it, in time that grows with the text and not with its square."""

from __future__ import annotations

import pytest

from nnfs.io import strict_json


class Counted(str):
    """A name that counts how often it is compared."""

    compared = 0

    def __eq__(self, other):
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


@pytest.mark.parametrize("first", [0, 500, 999])
def test_a_name_that_stands_twice_among_many_is_found_with_few_comparisons(first, monkeypatch):
    monkeypatch.setattr(Counted, "compared", 0)
    pairs = [(Counted(number), None) for number in [*range(1000), first]]
    with pytest.raises(ValueError, match=f"the name '{first}' stands there twice"):
        strict_json._object(pairs)
    assert Counted.compared < 10 * len(pairs)


def test_the_first_name_that_stands_twice_is_told():
    with pytest.raises(ValueError, match="the name 'b' stands there twice"):
        strict_json.parse('{"a": 1, "b": 2, "c": 3, "c": 4, "b": 5}')
