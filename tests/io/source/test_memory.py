"""Places of values in one array."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from nnfs.io.source.memory import Lifetime, place


@pytest.mark.parametrize("seed", range(20))
def test_values_that_live_at_the_same_time_never_share_a_place(seed):
    rng = np.random.default_rng(seed)
    lives = {}
    for value in range(1, 30):
        first = int(rng.integers(20))
        lives[value] = Lifetime(int(rng.integers(1, 50)), first, first + int(rng.integers(5)))
    places, size = place(lives, {})
    for a, b in combinations(lives, 2):
        if lives[a].first <= lives[b].last and lives[b].first <= lives[a].last:
            assert places[a] + lives[a].size <= places[b] or places[b] + lives[b].size <= places[a]
    assert size == max(places[value] + life.size for value, life in lives.items())
    assert size <= sum(life.size for life in lives.values())


def test_a_chain_takes_two_places_however_long_it_is():
    places, size = place({value: Lifetime(10, value, value + 1) for value in range(50)}, {})
    assert size == 20
    assert set(places.values()) == {0, 10}


def test_a_value_takes_the_place_of_the_one_that_it_is_made_of():
    lives = {1: Lifetime(8, 0, 1), 2: Lifetime(8, 1, 2), 3: Lifetime(8, 2, 3), 4: Lifetime(8, 3, 4)}
    places, size = place(lives, {2: 1, 3: 2})
    assert places[1] == places[2] == places[3] != places[4]
    assert size == 16


def test_no_values_take_no_memory():
    assert place({}, {}) == ({}, 0)
