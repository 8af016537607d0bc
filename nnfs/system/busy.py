"""Whether other programs run on the same processors: then the times that are measured here say little."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Thread

import numpy as np

from .._kernels.threads import get_num_threads

PROBE = 0.05
"""Seconds that a look at the processors takes."""
ENOUGH = 0.85
"""Share of the processors that a computation on all threads gets where little else runs."""
WIDE = 2.0
"""How many times its usual time a call may take, now and then, where little else runs."""


def processor_share() -> float:
    """Return the share of the processors that a computation on all threads gets just now, 0 to 1.

    That is processor time divided by wall time, the mean over as many threads as the kernels use.
    """
    shares: list[float] = []
    threads = [Thread(target=_compute, args=(shares,)) for _ in range(get_num_threads())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return min(1.0, sum(shares) / len(shares))


def caveats(shares: Sequence[float], torch_spreads: Sequence[float]) -> list[str]:
    """Return what to say of times, one line each, and nothing where the machine was quiet.

    Parameters
    ----------
    shares : list of float
        What `processor_share` gave, before and after measurements.
    torch_spreads : list of float
        For each measurement of PyTorch, its slow calls or epochs divided by its usual ones.
    """
    lines = []
    if shares and min(shares) < ENOUGH:
        lines.append(
            f"This machine is busy: of the processor time that was asked for it gave {min(shares):.0%} at worst. "
            "Times and ratios say little; measure again while no other program runs."
        )
    if torch_spreads and max(torch_spreads) > WIDE:
        lines.append(
            f"PyTorch's times spread: its slow ones are up to {max(torch_spreads):.1f} times its usual ones. "
            "Where other programs run beside, PyTorch's threads wait for each other, and ratios come out too large."
        )
    return lines


def _compute(shares: list[float]) -> None:
    """Compute for a while, without Python's lock for nearly all of it, and add this thread's share."""
    numbers = np.ones(2**16)
    wall, own = time.perf_counter(), time.thread_time()
    while time.perf_counter() - wall < PROBE:
        np.sqrt(numbers, out=numbers)
    shares.append((time.thread_time() - own) / (time.perf_counter() - wall))
