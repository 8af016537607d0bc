"""Where the values of a program lie in one array: values that are never needed at the same time share their place."""

from __future__ import annotations

from typing import NamedTuple


class Lifetime(NamedTuple):
    """Say how many numbers a value has, and the steps that make it and that read it last."""

    size: int
    first: int
    last: int


def place(lifetimes: dict[int, Lifetime], in_place: dict[int, int]) -> tuple[dict[int, int], int]:
    """Return for each value where it begins in an array, and how many numbers the array has.

    The largest values are placed first, each at the lowest place where no value lies that lives at the same time.

    Parameters
    ----------
    lifetimes : dict of Lifetime
        The values by number.
    in_place : dict of int
        For values that take the place of another one of the same size, made one step after its last use at the
        earliest: the other one. Both are in ``lifetimes``.

    Returns
    -------
    places : dict of int
        The begin of each value.
    size : int
        The size of the array.
    """
    owner = {value: value for value in lifetimes}
    merged = dict(lifetimes)
    for value in sorted(in_place):
        own = owner[in_place[value]]
        owner[value] = own
        merged[own] = merged[own]._replace(last=max(merged[own].last, merged.pop(value).last))
    placed: dict[int, tuple[int, Lifetime]] = {}
    for value, life in sorted(merged.items(), key=lambda item: (-item[1].size, item[0])):
        begin = 0
        for other_begin, other in sorted(found for found in placed.values() if _meet(found[1], life)):
            if begin + life.size <= other_begin:
                break
            begin = max(begin, other_begin + other.size)
        placed[value] = begin, life
    size = max((begin + life.size for begin, life in placed.values()), default=0)
    return {value: placed[own][0] for value, own in owner.items()}, size


def _meet(a: Lifetime, b: Lifetime) -> bool:
    return a.first <= b.last and b.first <= a.last
