"""Running every case of every kernel on every build, with several numbers of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from .. import _kernels
from .._kernels import threads
from .._kernels.reference import kernels as reference
from . import activations, dense, fused, losses, normalization, optimizers, windows
from .case import Arrays, Case, call
from .draw import Draw
from .gateway import GATES

TOPICS: tuple[ModuleType, ...] = (windows, fused, dense, activations, normalization, losses, optimizers)
CASES: dict[str, Callable[[Draw], Case]] = {
    name: getattr(topic, name) for topic in TOPICS for name in _kernels.KERNEL_NAMES if hasattr(topic, name)
}
"""The function that draws a case of a kernel, by the kernel's name."""
CHECKS = (*CASES, *GATES)
"""The names of all checks: the kernels, then the public methods."""
THREADS = (1, 2, 3, 4, 7)
DTYPES = (np.float32, np.float64)
CASES_EACH = 140
"""The default number of cases of each check: every form of window with every kind and number of images."""

Builds = Mapping[str, Mapping[str, Callable[..., Any]]]


@dataclass
class Row:
    """The results of checking one kernel, in one build and type.

    Attributes
    ----------
    check : str
        The name of the kernel, or of the public method.
    build : str
        ``numpy``, or the name of a compiled build.
    dtype : str
        float32 or float64.
    cases : int
        The number of cases that ran.
    worst : float
        The largest error divided by the allowed error; above 1 is wrong.
    seed : int
        The seed of the first failure or, without failures, of the largest error.
    failures : list of str
        A text for each failure, with the command that repeats it.
    """

    check: str
    build: str
    dtype: str
    cases: int = 0
    worst: float = 0.0
    seed: int = 0
    failures: list[str] = field(default_factory=list)

    def note(self, seed: int, worst: float, wrong: list[str]) -> None:
        """Add the result of one case: its seed, its largest error divided by the allowed error, and its failures."""
        if not self.cases or (not self.failures and (wrong or worst > self.worst)):
            self.seed = seed
        self.cases += 1
        self.worst = max(self.worst, worst)
        again = f"nnfs verify --kernel {self.check} --seed {seed} --cases 1"
        self.failures += [f"{self.check} of {self.build}, {self.dtype}: {text}; again: {again}" for text in wrong]


def runnable_builds() -> dict[str, dict[str, Callable[..., Any]]]:
    """Return the kernels by name, of the reference ("numpy") and of each compiled build that this processor runs.

    The dicts belong to the caller.
    """
    builds = {"numpy": dict(vars(reference))}
    if "cython" in _kernels.available_backends():
        from .._kernels import compiled

        builds |= {build: vars(compiled.load_build(build)) for build in compiled.available_builds()}
    return builds


def verify(
    checks: Sequence[str] = CHECKS, *, seed: int = 0, cases: int = CASES_EACH, builds: Builds | None = None
) -> Iterator[Row]:
    """Check kernels and public methods, and yield a `Row` for each check, build and type.

    The number of threads is set to other values in between, and is restored at the end.

    Parameters
    ----------
    checks : list of str
        The names of the checks, out of `CHECKS`.
    seed, cases : int
        The first seed, and the number of cases of each check. Case k is drawn from ``seed + k``.
    builds : dict of dict of functions, or None
        The kernels to check, by build and name; None for those of `runnable_builds`.
    """
    builds = runnable_builds() if builds is None else builds
    before = threads.get_num_threads(), threads.reason()
    try:
        for check in checks:
            for dtype in DTYPES:
                if check in GATES:
                    yield _verify_gate(check, dtype, range(seed, seed + cases))
                else:
                    yield from _verify_kernel(check, dtype, range(seed, seed + cases), builds)
    finally:
        threads._apply(*before)


def _verify_kernel(name: str, dtype: type[np.floating], seeds: range, builds: Builds) -> list[Row]:
    rows = [Row(name, build, np.dtype(dtype).name) for build in builds]
    for seed in seeds:
        case = CASES[name](Draw(name, seed, dtype))
        for row in rows:
            row.note(seed, *_run_case(case, builds[row.build][name], (1,) if row.build == "numpy" else THREADS))
    return rows


def _run_case(case: Case, kernel: Callable[..., Any], counts: Sequence[int]) -> tuple[float, list[str]]:
    """Run a case with each number of threads in ``counts``.

    Returns the largest quotient of error and allowed error, and a list of failures in words.
    """
    first: Arrays = {}
    for count in counts:
        threads.set_num_threads(count)
        try:
            results = call(kernel, case.arguments, case.outputs)
        except Exception as error:
            return 0.0, [f"{case}: {type(error).__name__}: {error}"]
        first = first or results
        for name, result in results.items():
            if result.tobytes() != first[name].tobytes():
                return 0.0, [f"{case}: {name} has other bits with {count} threads than with {counts[0]}"]
    shares = case.check(first)
    wrong = [f"{case}: {name} is {share:.3g} times what is allowed off" for name, share in shares if not share <= 1]
    return max((share for _, share in shares), default=0.0), wrong


def _verify_gate(name: str, dtype: type[np.floating], seeds: range) -> Row:
    build = getattr(_kernels.load_backend(_kernels.backend), "isa", "numpy")
    row = Row(name, build, np.dtype(dtype).name)
    for seed in seeds:
        wrong = GATES[name](Draw(name, seed, dtype), seed)
        row.note(seed, 0.0, [wrong] if wrong else [])
    return row
