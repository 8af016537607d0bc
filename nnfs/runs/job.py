"""The MPI job that a run is trained by: the processes that mpiexec started, or this one alone."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..arguments.hyperparameters import as_number
from ..ranks.mpi import ranks_here
from ..ranks.ranks import Ranks
from ..training.shards import Shards


@contextmanager
def job(timeout: float | None) -> Iterator[Ranks]:
    """Yield the processes that train a run together; an error in the ``with`` block ends all of them.

    Ctrl-C and SIGTERM, which mpiexec sends to each process, are for the first one, which saves a checkpoint and ends
    the others.

    Parameters
    ----------
    timeout : float or None
        How many seconds they wait for each other, None for what NNFS_MPI_TIMEOUT says.
    """
    if timeout is not None:
        as_number(timeout, "timeout", above=0)
    ranks = ranks_here()
    if ranks.size > 1 and timeout is not None:
        ranks.timeout = timeout
    before = {} if ranks.is_first else {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, signal.SIG_IGN)
    try:
        with ranks.together():
            if ranks.size & (ranks.size - 1):
                raise ValueError(
                    f"mpiexec started {ranks.size} processes; to train one network together, start 1, 2, 4, 8, ..."
                )
            yield ranks
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_shards(ranks: Ranks, settings: dict[str, Any]) -> None:
    """Raise ValueError where several processes have no shards to divide, or not as many for each."""
    if ranks.size > 1 and settings["shards"] is None:
        raise ValueError(
            f"mpiexec started {ranks.size} processes, which train one network together where each batch is divided. "
            f"Try: --shards {1 << (ranks.size - 1).bit_length()}"
        )
    if settings["shards"] is not None:
        Shards(settings["shards"], ranks)
