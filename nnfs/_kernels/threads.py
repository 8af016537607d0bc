"""How many threads the compiled kernels use.

The number is that of NNFS_NUM_THREADS, else that of OMP_NUM_THREADS, else the number of cores that this process may run
on, or that its control group (the CPU limit of a Linux container) grants, whichever is smaller. `set_num_threads`
overrules all of them. The NumPy backend is not affected: NumPy's BLAS has threads and settings of its own.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import BackendError
from . import extensions

team: Any
try:
    team = extensions.load("machine.team")
except ImportError:
    team = None

LARGEST = 256

_chosen = 1
_reason = "the compiled kernels are not in use"


def get_num_threads() -> int:
    """Return how many threads a kernel may use, the calling one included."""
    return int(team.get_threads()) if team else _chosen


def set_num_threads(count: int) -> None:
    """Let each compiled kernel use ``count`` threads, the calling one included.

    Every number gives the same results, bit for bit. In a forked child the number is 1 until it is set there.

    Parameters
    ----------
    count : int
        From 1 to 256.

    Raises
    ------
    ValueError
        If count is not a whole number from 1 to 256.
    """
    _apply(_checked(count, "the number of threads"), "set_num_threads")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the kernels that the calling thread calls run on it alone within a ``with`` block; other threads keep theirs.

    Where several networks train at once, each in a thread of its own, kernels that share their work only get in each
    other's way.
    """
    before = team.work_alone(True) if team else False
    try:
        yield
    finally:
        if team:
            team.work_alone(before)


def reason() -> str:
    """Return why the number of threads is what it is, in words."""
    if team and team.is_forked():
        return "this process was forked, and threads do not survive a fork"
    return _reason


def default_threads() -> tuple[int, str]:
    """Return the number of threads that the environment asks for, or the machine offers, and why."""
    for variable in ("NNFS_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(variable, "").strip()
        if text:
            # OMP_NUM_THREADS may be a list: one number for each level of nesting.
            first = text.split(",")[0] if variable == "OMP_NUM_THREADS" else text
            try:
                return _checked(int(first), variable), f"{variable}={text}"
            except ValueError:
                raise BackendError(f"{variable} is {text!r}; it must be a whole number from 1 to {LARGEST}") from None
    cores = _available_cores()
    quota = _control_group_cores("/sys/fs/cgroup", "/proc/self/cgroup")
    if quota is not None and quota < cores:
        return max(1, math.floor(quota)), f"the control group grants {quota:g} cores"
    return min(cores, LARGEST), f"{cores} cores are available"


def start() -> None:
    """Set the default number of threads; the threads themselves start when a kernel first needs them."""
    _apply(*default_threads())


def _apply(count: int, why: str) -> None:
    global _chosen, _reason
    _chosen, _reason = count, why
    if team:
        team.set_threads(count)


def _checked(count: int, name: str) -> int:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= LARGEST:
        raise ValueError(f"{name} is {count!r}; it must be a whole number from 1 to {LARGEST}")
    return count


def _available_cores() -> int:
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# Paths are plain strings here: pathlib would cost every import of nnfs some milliseconds.
def _control_group_cores(root: str, membership: str) -> float | None:
    """Return the CPU limit of this process's Linux control group in cores, such as 1.5; None if there is no limit.

    ``root`` is where control groups, of version 1 or 2, are mounted; ``membership`` lists the process's groups.
    """
    try:
        lines = _read(membership).splitlines()
    except OSError:
        return None
    limits = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            base, read = os.fspath(root), _read_cpu_max
        elif "cpu" in controllers.split(","):
            base, read = os.path.join(root, "cpu"), _read_cfs_quota
        else:
            continue
        # The limit of each group above holds too. In a container the path may be the host's: then only the root exists.
        parts = path.strip("/").split("/")
        for depth in range(len(parts), -1, -1):
            limit = read(os.path.join(base, *parts[:depth]))
            if limit is not None:
                limits.append(limit)
    return min(limits, default=None)


def _read_cpu_max(folder: str) -> float | None:
    try:
        quota, period = _read(os.path.join(folder, "cpu.max")).split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _read_cfs_quota(folder: str) -> float | None:
    try:
        quota = int(_read(os.path.join(folder, "cpu.cfs_quota_us")))
        return None if quota <= 0 else quota / int(_read(os.path.join(folder, "cpu.cfs_period_us")))
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
