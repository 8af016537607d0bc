"""Timing in turns: the order of calls, and which calls count."""

from __future__ import annotations

import itertools
import time

import pytest

from nnfs.profiling import interleave


def test_contestants_take_turns():
    calls = []
    interleave({name: lambda name=name: calls.append(name) for name in "ab"}, rounds=3, seconds=0.003)
    turns = [name for name, before in zip(calls, [None, *calls], strict=False) if name != before]
    assert turns == ["a", "b"] * 3


def test_quantiles_are_microseconds_of_a_call():
    times = interleave({"sleep": lambda: time.sleep(0.002)}, rounds=2, seconds=0.02)["sleep"]
    assert 2000 <= times.median <= times.p90


def test_p90_sees_the_slow_calls_and_the_median_does_not():
    now, calls = [0.0], itertools.count()

    def call():
        """Take a second in every fifth call, and a millisecond in the others."""
        now[0] += 1.0 if next(calls) % 5 == 4 else 0.001

    times = interleave({"x": call}, rounds=1, seconds=100, clock=lambda: now[0])["x"]
    assert times.median == pytest.approx(1e3)
    assert times.p90 == pytest.approx(1e6)


def test_says_whose_turn_it_is():
    names = []
    interleave({"a": lambda: None, "b": lambda: None}, rounds=2, seconds=0.001, before=names.append)
    assert names == ["a", "b", "a", "b"]
