"""Timing several functions in turns, so that other work of the computer slows all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

REST = 0.02
"""Seconds of rest between two turns. Threads may wait in a loop after their work, on cores that the next turn needs."""


class Times(NamedTuple):
    """The times of many calls in microseconds: their median and their 90% quantile."""

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
    """Call several functions in turns and return the times of each.

    Parameters
    ----------
    contestants : dict of functions
        The functions to time, by name.
    rounds : int
        The number of turns of each function. A short rest precedes each turn.
    seconds : float
        The time of each function over all rounds. Each turn begins with untimed calls for a tenth of its time, which
        fill the caches and wake the threads.
    before : function of a name, or None
        Called before each turn with the function's name, untimed.
    clock : function
        Returns the time in seconds. `time.thread_time` counts only the time of this thread on the processor.

    Returns
    -------
    dict of Times
        The median and the 90% quantile of the times of each function, in microseconds, by name.
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
    """Call a function again and again for ``seconds``, at least once, and return the seconds of each call."""
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
