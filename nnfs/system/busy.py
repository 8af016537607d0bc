"""A check whether other programs use the processors, which makes measured times unreliable."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Thread

import numpy as np

from .._kernels.threads import get_num_threads

PROBE = 0.05
"""Seconds that one measurement of the processor share takes."""
ENOUGH = 0.85
"""The processor share, 0 to 1, from which a machine counts as quiet."""
WIDE = 2.0
"""The largest ratio of a slow call's time to the usual time on a quiet machine."""


def processor_share() -> float:
    """Return the share of the processors, 0 to 1, that a computation on all threads gets at this moment.

    The share of a thread is its processor time divided by wall time. The result is the mean over as many threads as
    the kernels use. The measurement takes 0.05 s.
    """
    shares: list[float] = []
    threads = [Thread(target=_compute, args=(shares,)) for _ in range(get_num_threads())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return min(1.0, sum(shares) / len(shares))


def caveats(shares: Sequence[float], torch_spreads: Sequence[float]) -> list[str]:
    """Return warnings about measured times, one sentence or two each; an empty list for a quiet machine.

    Parameters
    ----------
    shares : list of float
        Results of `processor_share`, taken before and after the measurements.
    torch_spreads : list of float
        For each measurement of PyTorch: the time of a slow call or epoch divided by the usual time.
    """
    lines = []
    if shares and min(shares) < ENOUGH:
        lines.append(
            f"This machine is busy: of the processor time that was asked for it gave {min(shares):.0%} at worst. "
            "Times and ratios say little; measure again while no other program runs."
        )
    if torch_spreads and max(torch_spreads) > WIDE:
        lines.append(
            f"PyTorch's times vary: the slow ones are up to {max(torch_spreads):.1f} times the usual ones. "
            "While other programs run, PyTorch's threads wait for each other, and ratios come out too large."
        )
    return lines


def _compute(shares: list[float]) -> None:
    """Compute for 0.05 s, and append this thread's processor share to ``shares``.

    NumPy releases Python's lock nearly all of this time, so that threads do not wait for each other.
    """
    numbers = np.ones(2**16)
    wall, own = time.perf_counter(), time.thread_time()
    while time.perf_counter() - wall < PROBE:
        np.sqrt(numbers, out=numbers)
    shares.append((time.thread_time() - own) / (time.perf_counter() - wall))
