"""Calling a function for many jobs, on any executor, and giving what each call returned as soon as it is there."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import closing
from queue import SimpleQueue
from typing import Any, NamedTuple

from ..errors import WorkerError
from .pool import Function, Pool
from .stop import Stop

ALONE = 2
"""How often a job is tried alone after the worker died that ran it beside others."""


class Outcome(NamedTuple):
    """What became of a job: its number, and what its call returned, or the error that it raised."""

    job: int
    value: Any
    error: BaseException | None


def outcomes(
    function: Function,
    jobs: Iterable[Any],
    common: Any = None,
    *,
    executor: Any = None,
    workers: int | None = None,
    stop: Stop | None = None,
) -> Iterator[Outcome]:
    """Call ``function(job, common)`` for each job and yield the outcomes, the first to end first.

    The kernels of each call run on one thread.

    Parameters
    ----------
    function : function of a job and ``common``
        For an executor of processes, it and the jobs must be picklable, and small: they go along with each call.
    jobs : iterable
        It may be endless: where it is no list, a job is asked for when there is a worker for it.
    common : Any
        What all calls need: large arrays in dicts, lists and tuples. It goes to each worker once.
    executor, workers
        See `Pool`.
    stop : Stop or None
        Set before this function waits for calls that have begun and whose outcomes nobody will take, such as after
        Ctrl-C: calls in threads of this process may look at it, and end.

    Yields
    ------
    Outcome
        An error of one call ends no other. A job whose worker died runs again, first of all and beside no other job,
        where the executor outlives its workers or can be made anew; a job that lets its worker die alone, too, has a
        WorkerError.
    """
    with (
        Pool(executor, workers) as pool,
        pool.shared(common) as known,
        closing(_Calls(pool, function, known, stop)) as calls,
    ):
        waiting = enumerate(jobs)
        # Beside each job that runs another one waits, so that no worker does; what is made anew waits for an outcome.
        room = pool.at_once * (2 if isinstance(jobs, Sequence) else 1)
        while True:
            while calls.may_begin(room) and (job := next(waiting, None)) is not None:
                calls.begin(*job)
            if not calls.running:
                return
            yield from calls.take()


class _Calls:
    """The calls that run on a pool."""

    def __init__(self, pool: Pool, function: Function, common: Any, stop: Stop | None) -> None:
        self.pool, self.function, self.common, self.stop = pool, function, common, stop
        self.running: dict[Any, tuple[int, Any, int]] = {}
        self.again: deque[tuple[int, Any, int]] = deque()
        """Jobs that ran when a worker died: any of them may be the cause, so that they run one at a time."""
        self._ended: SimpleQueue[Any] = SimpleQueue()
        self._is_broken = False

    def may_begin(self, room: int) -> bool:
        """Return whether a new job may begin where there is room for ``room`` of them."""
        return not self.again and len(self.running) < room and not self._is_alone()

    def begin(self, index: int, job: Any, tries: int = 0) -> None:
        """Let the call for a job begin."""
        try:
            future = self.pool.submit(self.function, job, self.common)
        except BrokenExecutor as error:  # it died with an earlier call, whose end is not taken yet
            future = Future()
            future.set_exception(error)
        self.running[future] = index, job, tries
        future.add_done_callback(self._ended.put)

    def take(self) -> Iterator[Outcome]:
        """Wait until a call has ended, and yield its outcome; nothing where the job has to run again."""
        future = self._ended.get()
        index, job, tries = self.running.pop(future)
        try:
            value, error = future.result(), None
        except (Exception, KeyboardInterrupt, SystemExit, CancelledError) as raised:
            value, error = None, raised
        self._is_broken |= isinstance(error, BrokenExecutor)
        if not isinstance(error, BrokenExecutor):
            yield Outcome(index, value, error)
        elif not self.pool.can_renew or tries == ALONE:
            yield Outcome(index, None, self._died(error))
        else:
            self.again.append((index, job, tries + 1))
        if self.again and not self.running:
            if self._is_broken:
                self.pool.renew()
                self._is_broken = False
            self.begin(*self.again.popleft())

    def _is_alone(self) -> bool:
        return any(tries for _, _, tries in self.running.values())

    def _died(self, error: BaseException) -> WorkerError:
        if self.pool.can_renew:
            return WorkerError(
                f"its worker died {ALONE + 1} times, the last times with no other job beside it: {error}"
            )
        return WorkerError(
            "a worker died, and the executor with it. Try a function that makes executors, which is called again then: "
            "executor=lambda: ProcessPoolExecutor(4)"
        )

    def close(self) -> None:
        """Leave out calls that have not begun, and tell those that have to end."""
        if self.running and self.stop is not None:
            self.stop.set()
        for future in self.running:
            future.cancel()
