"""Running a sweep: each run in a folder of its own, finished ones not again, results in a table as they come."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..parallel import outcomes
from ..parallel.stop import Stop
from ..runs.folder import write_json
from ..system.files import make_folders
from .choices import Changes
from .job import Run, read_result, run_job
from .result import Result
from .study import Study
from .sweep import Sweep
from .table import Table, texts_of
from .train import result_of

SWEEP = "sweep.json"


def run_sweep(
    sweep: Sweep,
    folder: str | os.PathLike[str],
    *,
    executor: Any = None,
    workers: int | None = None,
    verbose: bool = True,
) -> Table:
    """Run a sweep, and return its table.

    Called again with its folder after it was stopped in any way, the function takes over finished runs and goes on with
    the others.

    Parameters
    ----------
    sweep : Sweep
    folder : path
        Where the folders of the runs, ``results.csv`` and ``sweep.json`` go.
    executor, workers, verbose
        See `train_many`. Optuna ends bad runs early in threads of this process alone.
    """
    stop, where = Stop(), os.fspath(folder)
    table = Table(where, {}, sweep.best)
    make_folders(where)
    write_json(Path(where, SWEEP), {"best": sweep.best, "method": sweep.method, "names": list(sweep.choices)})
    with table:
        if sweep.method == "optuna":
            _optimize(sweep, table, stop, executor, workers, verbose)
            return table
        runs = [make_run(sweep, index, changes, where, stop) for index, changes in enumerate(sweep.changes())]
        table.settings = {run.index: texts_of(run.changes) for run in runs}
        for outcome in outcomes(run_job, runs, executor=executor, workers=workers, stop=stop):
            table.add(result_of(outcome), verbose=verbose)
    return table


def make_run(sweep: Sweep, index: int, changes: Changes, folder: str, stop: Stop) -> Run:
    """Return a run of a sweep."""
    return Run(index, sweep.with_changes(changes), folder, stop=stop, changes=changes)


def _optimize(sweep: Sweep, table: Table, stop: Stop, executor: Any, workers: int | None, verbose: bool) -> None:
    """Run what Optuna proposes, until there are as many runs as the sweep wants; finished ones are of them."""
    assert table.folder is not None
    settings = dict[int, Any]()
    table.settings = settings
    earlier = _earlier(sweep, table.folder)[: sweep.runs]
    study = Study(sweep, earlier)
    for changes, result in earlier:
        settings[result.job] = texts_of(changes)
        table.add(result, verbose=verbose)

    def proposed() -> Iterator[Run]:
        for index in range(len(earlier), sweep.runs):
            changes, pruning = study.propose(index)
            settings[index] = texts_of(changes)
            run = make_run(sweep, index, changes, str(table.folder), stop)
            yield replace(run, callbacks=(pruning,)) if executor is None else run

    for outcome in outcomes(run_job, proposed(), executor=executor, workers=workers, stop=stop):
        result = replace(result_of(outcome), job=outcome.job + len(earlier))
        study.learn(result)
        table.add(result, verbose=verbose)


def _earlier(sweep: Sweep, folder: str) -> Sequence[tuple[Changes, Result]]:
    """Return the changes and the results of the finished runs of a sweep in its folder, the oldest first."""
    found: list[tuple[Changes, Result]] = []
    files = sorted(Path(folder).glob("*/result.json"), key=lambda path: (path.stat().st_mtime_ns, path))
    for path in files:
        content = read_result(path.parent)
        changes = None if content is None else content["changes"]
        if not isinstance(changes, dict) or changes.keys() != sweep.choices.keys():
            continue
        run = make_run(sweep, len(found), changes, folder, Stop())
        result = run.done() if run.folder == path.parent else None  # a run of other settings has another name
        if result is not None:
            found.append((changes, result))
    return found
