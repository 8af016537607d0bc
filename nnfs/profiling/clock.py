"""Time several contestants in turns, so that whatever else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

REST = 0.02
"""Seconds between two turns: the threads of one contestant may wait in a loop for a while, on the other's cores."""


class Times(NamedTuple):
    """How long a call takes, in microseconds: half of all calls at most ``median``, nine of ten at most ``p90``."""

    median: float
    p90: float


def interleave(
    contestants: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    seconds: float,
    before: Callable[[str], object] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Call the contestants in turns and return the times of each by its name.

    Parameters
    ----------
    contestants : dict of functions
        What to time, by name.
    rounds : int
        How many turns each one has, with a rest before each.
    seconds : float
        The time of each contestant over all rounds. Every turn begins with calls that do not count, for a tenth of
        its time: they fill the caches and wake the threads.
    before : function of a name, or None
        Called before each turn, untimed.
    clock : function
        The time in seconds; `time.thread_time` for that of the processor, where nothing runs on other threads.
    """
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    turn = seconds / rounds
    for _ in range(rounds):
        for name, call in contestants.items():
            if before is not None:
                before(name)
            time.sleep(REST)
            _repeat(call, turn / 10, clock)
            samples[name] += _repeat(call, turn, clock)
    return {name: Times(*(float(value) * 1e6 for value in np.percentile(s, (50, 90)))) for name, s in samples.items()}


def _repeat(call: Callable[[], object], seconds: float, clock: Callable[[], float]) -> list[float]:
    """Call for so many seconds, at least once, and return the seconds of each call."""
    times: list[float] = []
    began = clock()
    end = began + seconds
    while True:
        call()
        now = clock()
        times.append(now - began)
        if now >= end:
            return times
        began = clock()
