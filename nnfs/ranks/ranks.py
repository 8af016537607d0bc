"""The ranks of a job: processes that do the same, each with its own part of the work, and add up what they have.

Rank 0 to P - 1, where P is a power of two. In level 0, ranks 0 and 1 exchange what they have, ranks 2 and 3, and so on;
in level 1, ranks 0 and 2, 1 and 3; and so on, log2 P times. Both of a pair compute the same sum of two numbers, so that
all ranks end with the sum of one binary tree, bit for bit.

A rank that fails tells all others why. They raise an error too, and the job ends. What a rank waits for too long ends
in a roll call: each rank that hears it answers, and the one that does not is the one that is missing.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn, Protocol, TypeVar

import numpy as np

from .._kernels.interface import Array
from ..errors import NumericError, WorkerError
from ..printable import printable

T = TypeVar("T")

TIMEOUT = 600.0
"""How many seconds a rank waits for another one."""
GRACE = 2.0
"""How many seconds a rank that failed waits until all others know."""
PATIENCE = 1.0
"""How many seconds a rank waits before it asks whether its partner is elsewhere in the program."""
SPIN = 0.0005
"""How many seconds a rank looks for an answer again and again; then it sleeps in between."""


class Cause(NamedTuple):
    """Why a rank failed: the class and the text of its error, where it was, and the place in a NumericError."""

    kind: str
    text: str
    where: str
    place: dict[str, Any]


class Line(Protocol):
    """What carries arrays and messages between ranks."""

    rank: int
    size: int

    def exchange(self, partner: int, what: str, mine: Array, theirs: Array) -> Callable[[], bool]:
        """Begin to send an array of bytes and to receive one; return what tells whether both are done.

        Both ranks name the same ``what``, and give arrays of the same lengths.
        """

    def pack(self, value: Any) -> Array:
        """Return a value as an array of bytes."""

    def unpack(self, packed: Array) -> Any:
        """Return the value that another rank has packed."""

    def at(self, partner: int) -> str | None:
        """Return for ``what`` a partner has sent bytes that nobody has received; None for none."""

    def tell(self, rank: int, cause: Cause | None) -> None:
        """Send a message to another rank, without waiting."""

    def heard(self) -> tuple[int, Cause | None] | None:
        """Return a message that has come, with the rank it is from; None where none has."""


class Ranks:
    """The ranks of a job, as one of them sees it; without a line it is alone.

    Parameters
    ----------
    line : Line or None
        What carries arrays and messages.
    timeout : float
        How many seconds to wait for another rank.

    Attributes
    ----------
    rank, size : int
        Which one this is, counted from 0, and how many there are.
    is_broken : bool
        Whether a rank has failed, after which nothing more can be exchanged.
    """

    def __init__(self, line: Line | None = None, timeout: float = TIMEOUT) -> None:
        self.line, self.timeout = line, timeout
        self.rank, self.size = (0, 1) if line is None else (line.rank, line.size)
        self.is_broken = False
        self._others = {*range(self.size)} - {self.rank}
        self._causes: dict[int, Cause | None] = {}
        self._told: Counter[int] = Counter()
        self._meetings = 0
        self._flat: tuple[Array, Array] | None = None

    @property
    def is_first(self) -> bool:
        """Whether this is rank 0, which alone prints and writes files."""
        return self.rank == 0

    def partners(self) -> list[int]:
        """Return the rank that this one exchanges with in each level."""
        return [self.rank ^ (1 << level) for level in range(self.size.bit_length() - 1)]

    def add_up(self, arrays: Sequence[Array], has_rows: Callable[[int, int], bool]) -> Sequence[Array]:
        """Return the sums of arrays over all ranks; they are valid until the next call.

        Parameters
        ----------
        arrays : list of ndarray
            Shapes and types are the same on all ranks.
        has_rows : function of (first, last)
            Whether any rank from the first to the last, this one not included, has something to add. The arrays of a
            rank that has nothing are left out: adding zeros would change the sign of -0.0.
        """
        if self.size == 1:
            return arrays
        mine, theirs = self._buffers(sum(map(_padded, arrays)))
        sums, others = _views(mine, arrays), _views(theirs, arrays)
        for total, array in zip(sums, arrays, strict=True):
            total[...] = array
        is_something = has_rows(self.rank, self.rank + 1)
        for level, partner in enumerate(self.partners()):
            self._exchange(partner, "sums", mine, theirs)
            first = partner >> level << level
            if has_rows(first, first + (1 << level)):
                for total, other in zip(sums, others, strict=True):
                    np.add(total, other, out=total) if is_something else np.copyto(total, other)
                is_something = True
        return sums

    def all_of(self, value: T) -> list[T]:
        """Return the value of each rank: numbers, texts, arrays, and lists and dicts of them."""
        known = {self.rank: value}
        for partner in self.partners():
            assert self.line is not None
            mine, size = self.line.pack(known), np.empty(1, np.int64)
            self._exchange(partner, "sizes", np.array([len(mine)], np.int64).view(np.uint8), size.view(np.uint8))
            theirs = np.empty(int(size[0]), np.uint8)
            self._exchange(partner, "values", mine, theirs)
            known |= self.line.unpack(theirs)
        return [known[rank] for rank in range(self.size)]

    def of_first(self, value: T) -> T:
        """Return the value of rank 0."""
        return self.all_of(value if self.is_first else None)[0]  # type: ignore[return-value]

    @contextmanager
    def together(self, where: Callable[[], str] = str) -> Iterator[None]:
        """Tell all other ranks where an error leaves the ``with`` block; ``where()`` says in words how far it came."""
        try:
            yield
        except BaseException as error:
            self.fail(error, where())
            raise

    def fail(self, error: BaseException, where: str = "") -> None:
        """Tell all other ranks that this one failed, unless a rank has failed before."""
        if self.is_broken or self.size == 1:
            return
        place = vars(error) if isinstance(error, NumericError) else {}
        cause = Cause(type(error).__name__, printable(str(error)), where, place)
        print(f"nnfs: {self._failed(self.rank, cause)}", file=sys.stderr, flush=True)
        self._meet(cause)

    def leave(self) -> None:
        """Wait, where a rank has failed, until the others have come as far as this one, but not for long."""
        if self.is_broken:
            self._others &= self._causes.keys()
            self._meet(None)

    def _buffers(self, size: int) -> tuple[Array, Array]:
        """Return two arrays of bytes, which are made once for each size."""
        if self._flat is None or len(self._flat[0]) != size:
            self._flat = np.empty(size, np.uint8), np.empty(size, np.uint8)
        return self._flat

    def _exchange(self, partner: int, what: str, mine: Array, theirs: Array) -> None:
        """Send bytes to a partner, and receive its own; raise an error where it does not come."""
        assert self.line is not None
        if self.is_broken:
            raise WorkerError("a rank has failed before, and the others do not go on without it: start the job anew")
        is_done = self.line.exchange(partner, what, mine, theirs)
        began = time.monotonic()
        while not is_done():
            waited = time.monotonic() - began
            if waited < SPIN:
                continue
            message = self.line.heard()
            if message is not None:
                self._note(*message)
            is_elsewhere = waited > PATIENCE and self.line.at(partner) is not None and not is_done()
            if message is not None or is_elsewhere or waited > self.timeout:
                self._raise(partner, what)
            time.sleep(min(waited / 20, 0.01))

    def _raise(self, partner: int, what: str) -> NoReturn:
        """Tell all others that the job is over, and raise an error that says why."""
        assert self.line is not None
        at = self.line.at(partner)
        self._meet(None)
        for rank, cause in sorted(self._causes.items()):
            if cause is not None and cause.kind == NumericError.__name__:
                raise NumericError(f"rank {rank}: {cause.text}", **cause.place)
            if cause is not None:
                raise WorkerError(self._failed(rank, cause))
        if missing := sorted(self._others - self._causes.keys()):
            names = f"rank{'s' * (len(missing) > 1)} {', '.join(map(str, missing))} of {self.size}"
            raise WorkerError(
                f"{names} did not answer for {self.timeout:g} seconds: it hangs, or its steps take longer; "
                "NNFS_MPI_TIMEOUT=SECONDS lets all ranks wait longer"
            )
        raise WorkerError(
            f"the ranks do not do the same: rank {self.rank} gives {what}, rank {partner} gives {at or 'nothing'}; "
            "all must call fit in the same order, and callbacks must stop all of them after the same step"
        )

    def _failed(self, rank: int, cause: Cause) -> str:
        where = f" at {cause.where}" if cause.where else ""
        return f"rank {rank} of {self.size} failed{where}: {cause.kind}: {cause.text}"

    def _meet(self, cause: Cause | None) -> None:
        """Tell all others a cause, and wait for a while until each has come as far as this rank."""
        assert self.line is not None
        self.is_broken = True
        self._meetings += 1
        for rank in self._others:
            self.line.tell(rank, cause)
        deadline = time.monotonic() + GRACE
        while any(self._told[rank] < self._meetings for rank in self._others) and time.monotonic() < deadline:
            if (message := self.line.heard()) is not None:
                self._note(*message)
            else:
                time.sleep(0.001)

    def _note(self, rank: int, cause: Cause | None) -> None:
        self._told[rank] += 1
        self._causes[rank] = self._causes.get(rank) or cause


def _padded(array: Array) -> int:
    """Return how many bytes an array takes in a buffer of several, each of which begins at a multiple of 8."""
    return -(-array.nbytes // 8) * 8


def _views(buffer: Array, arrays: Sequence[Array]) -> list[Array]:
    """Return parts of a buffer, with the shapes and types of arrays that lie in it one after the other."""
    views, start = [], 0
    for array in arrays:
        views.append(buffer[start : start + array.nbytes].view(array.dtype).reshape(array.shape))
        start += _padded(array)
    return views


ALONE = Ranks()
"""The ranks of a process that works by itself."""
