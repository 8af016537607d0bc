"""A pool of workers: threads of this process, or an executor that the user gives."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Self, TypeAlias

from .._kernels.threads import default_threads, one_thread
from ..arguments.hyperparameters import as_count
from ..errors import DTypeError
from .in_files import InFiles, in_files

Function: TypeAlias = Callable[[Any, Any], Any]


class Pool:
    """Run calls on an executor, within a ``with`` block.

    Parameters
    ----------
    executor : executor, function that makes one, "processes", or None
        What has ``submit`` as those of `concurrent.futures` have: a pool of theirs, a `dask.distributed.Client`. A
        function that makes executors is called here, and again where a worker died and the executor with it, as that
        of a `ProcessPoolExecutor` does; what it made is shut down at the end. "processes" makes such a pool. None is
        threads of this process.
    workers : int or None
        How many calls run at once. None is as many as there are cores; an executor that is given decides for itself.

    Attributes
    ----------
    at_once : int
        How many calls run at once; of an executor that is given, a number without end.
    can_renew : bool
        Whether the executor can be made anew.
    is_local : bool
        Whether calls share the memory of this process.
    """

    def __init__(self, executor: Any, workers: int | None) -> None:
        count = None if workers is None else as_count(workers, "workers")
        threads = default_threads()[0] if count is None else count
        self._make: Callable[[], Any] | None = None
        if executor is None:
            self._make, self.at_once = lambda: ThreadPoolExecutor(threads, "nnfs"), threads
        elif executor == "processes":
            self._make, self.at_once = partial(_processes, threads), threads
        elif callable(getattr(executor, "submit", None)) and not isinstance(executor, type):
            self._executor, self.at_once = executor, sys.maxsize if count is None else count
        elif callable(executor):
            self._make, self.at_once = executor, threads
        else:
            raise DTypeError(
                f"executor must have submit, as those of concurrent.futures have, or be a function that makes such, or "
                f'"processes", got {executor!r}'
            )
        self.can_renew = self._make is not None
        self.is_local = executor is None or isinstance(executor, ThreadPoolExecutor)

    def __enter__(self) -> Self:
        if self._make is not None:
            self._executor = self._make()
            if not callable(getattr(self._executor, "submit", None)):
                raise DTypeError(f"executor() must return what has submit, got {self._executor!r}")
        return self

    def __exit__(self, *error: object) -> None:
        if self._make is not None:
            self._executor.shutdown(wait=True)

    @contextmanager
    def shared(self, value: Any) -> Iterator[Any]:
        """Give what stands for a value in the calls of `submit`, within a ``with`` block.

        Dask sends the value to each of its workers, which may be other machines. For executors of other processes,
        arrays in dicts, lists and tuples are written to temporary files.
        """
        if self._is_dask():
            yield self._executor.scatter([value], broadcast=True, hash=False)[0]
        elif self.is_local or value is None:
            yield value
        else:
            with in_files(value) as found:
                yield found

    def submit(self, function: Function, job: Any, common: Any) -> Any:
        """Let the executor call ``function(job, common)``, where ``common`` is of `shared`, and return its future."""
        # Dask would take the result of an equal call for this one's.
        return self._executor.submit(call, function, job, common, **({"pure": False} if self._is_dask() else {}))

    def _is_dask(self) -> bool:
        return hasattr(self._executor, "scatter")

    def renew(self) -> None:
        """Make the executor anew, whose workers died; it stays as it is where it cannot be."""
        if self._make is not None:
            with suppress(Exception):
                self._executor.shutdown(wait=False)
            self._executor = self._make()


def _processes(count: int) -> Executor:
    """Return a pool of new processes, which Ctrl-C ends without a word of theirs."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # A fork would copy locks that other threads hold.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, signal.signal, (signal.SIGINT, signal.SIG_DFL))


def call(function: Function, job: Any, common: Any) -> Any:
    """Call ``function(job, common)`` where an executor runs it, with kernels on one thread."""
    with one_thread():
        return function(job, common.open() if isinstance(common, InFiles) else common)
