"""Training many networks at once, each on one thread."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..arguments.arrays import read_array
from ..arguments.frames import is_frame
from ..arguments.names import meant_name
from ..errors import DTypeError
from ..parallel import Outcome, outcomes
from ..parallel.stop import Stop
from ..runs.settings import check_settings
from ..sequential import Sequential
from .job import Fit, Run, run_job, text_of
from .result import Result
from .table import Table, texts_of


def train_many(
    jobs: Sequence[Any],
    x: Any = None,
    y: Any = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    executor: Any = None,
    workers: int | None = None,
    verbose: bool = True,
    **common: Any,
) -> list[Result]:
    """Train many networks at once, each on one thread, and return their results in the order of the jobs.

    The weights are those of one training after the other, bit for bit, whatever the number and the kind of workers. A
    job that fails has its error in its result, and the others go on.

    Parameters
    ----------
    jobs : list
        Each is a network, or a dict of a ``network`` and arguments of its `fit` that it has for itself; networks are
        not modified, each result has a trained copy. Or each is a dict of settings of ``nnfs train``, such as
        ``{"data": "digits", "seed": 1}``: it becomes a run, a folder inside ``folder``.
    x, y : array
        What all networks are trained on; in threads it is not copied. Not for settings, which name their data.
    folder : path or None
        Where the work is kept: a folder for each job, and the table ``results.csv``. Called again with this folder
        after it was stopped in any way, the function takes over what is finished and goes on with what is not. None
        keeps nothing, and settings need one.
    executor : executor, function that makes one, "processes", or None
        Where jobs run: what has ``submit``, as those of `concurrent.futures` and a `dask.distributed.Client` have, or
        a function that makes such, which is called again where the workers died. None is threads of this process,
        which Python lets run at once within kernels alone: for many networks that train for some milliseconds,
        "processes" are faster; a script needs ``if __name__ == "__main__":`` then. Data go to each
        worker once.
    workers : int or None
        How many jobs run at once; None is as many as there are cores, or what the executor decides.
    verbose : bool
        Whether each job is told in a line on stderr when it has ended.
    **common
        What all jobs have: arguments of `fit`, or settings.

    Returns
    -------
    list of Result

    Raises
    ------
    DTypeError, ValueError
        For what are no jobs, and for settings that are wrong; nothing was trained then.
    KeyboardInterrupt
        For Ctrl-C, after the steps that have begun.
    """
    stop = Stop()
    where = None if folder is None else os.fspath(folder)
    made = make_jobs(jobs, where, common, stop, has_data=x is not None)
    shared: Any = None
    if isinstance(made[0], Fit):
        shared = (
            common if x is None else common | {"x": _shareable(x, "x", executor), "y": _shareable(y, "y", executor)}
        )
    table = Table(where, {job.index: own_of(job, common) for job in made})
    with table:
        for outcome in outcomes(run_job, made, shared, executor=executor, workers=workers, stop=stop):
            table.add(result_of(outcome), verbose=verbose)
    return table.in_order()


def make_jobs(
    jobs: Sequence[Any], folder: str | None, common: Mapping[str, Any], stop: Stop, *, has_data: bool
) -> list[Fit | Run]:
    """Return the jobs of what `train_many` was given, checked."""
    if not isinstance(jobs, Iterable) or isinstance(jobs, str | Mapping | Sequential):
        raise DTypeError(f"train_many: jobs must be a list of networks or of dicts, got {type(jobs).__name__}")
    given = list(jobs)
    if not given:
        raise ValueError("train_many: jobs is empty")
    are_networks = [isinstance(_network_of(job), Sequential) for job in given]
    if all(are_networks):
        _check_names(given, common, has_data=has_data)
        return [_fit(index, job, folder, stop) for index, job in enumerate(given)]
    if any(are_networks) or not all(isinstance(job, Mapping) for job in given):
        index = next(i for i, job in enumerate(given) if not isinstance(_network_of(job), Sequential))
        raise DTypeError(
            f"train_many: jobs[{index}] must be a network, or a dict with a network, as others are, or all must be "
            f"dicts of settings; got {given[index]!r}"
        )
    if has_data:
        raise ValueError('train_many: settings name their data, as {"data": "digits"}; x and y are for networks')
    if folder is None:
        raise ValueError('train_many: settings become runs, which need a folder: folder="runs/many"')
    runs = [Run(index, dict(common) | dict(job), folder, stop=stop) for index, job in enumerate(given)]
    seen: dict[str, int] = {}
    for run in runs:
        check_settings(dict(run.settings))
        if (other := seen.setdefault(run.name, run.index)) != run.index:
            raise ValueError(f"train_many: jobs {other} and {run.index} are the same; let their seeds differ")
    return [*runs]


def _check_names(jobs: Sequence[Any], common: Mapping[str, Any], *, has_data: bool) -> None:
    """Raise TypeError for arguments that ``fit`` does not have, and for networks without data."""
    known = [name for name in inspect.signature(Sequential.fit).parameters if name != "self"]
    for index, job in enumerate(jobs):
        own = {name for name in job if name != "network"} if isinstance(job, Mapping) else set()
        for name in (*common, *own):
            if name not in known:
                near = meant_name(str(name), known, "")
                fix = f"write {near}=" if near else f"it has {', '.join(known)}"
                where = "" if name in common else f"jobs[{index}]: "
                raise TypeError(f"train_many: {where}fit has no argument {name!r}; {fix}")
        if not has_data and "x" not in own:
            raise TypeError("train_many: x is missing: train_many(networks, x, y, ...)")


def _network_of(job: Any) -> Any:
    return job.get("network") if isinstance(job, Mapping) else job


def _fit(index: int, job: Any, folder: str | None, stop: Stop) -> Fit:
    arguments = {name: value for name, value in job.items() if name != "network"} if isinstance(job, Mapping) else {}
    own = None if folder is None else os.path.join(folder, f"{index:04}")
    return Fit(index, _network_of(job), arguments, own, stop)


def own_of(job: Fit | Run, common: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells a job from others, as short values by name."""
    if isinstance(job, Fit):
        return texts_of({"seed": job.network.seed} | dict(job.arguments))
    return texts_of({name: value for name, value in job.settings.items() if common.get(name) != value})


def result_of(outcome: Outcome) -> Result:
    """Return the result of a job; raise an error that ends all jobs, as KeyboardInterrupt is."""
    if outcome.error is None:
        result: Result = outcome.value
        return result
    if not isinstance(outcome.error, Exception):
        raise outcome.error
    return Result(outcome.job, error=text_of(outcome.error))


def _shareable(values: Any, name: str, executor: Any) -> Any:
    """Return x or y as it is in threads, and as an array where it goes to other processes."""
    if executor is None:
        return values
    if is_frame(values):
        raise DTypeError(f"train_many: with executor=, {name} must be an array, got a {type(values).__name__}")
    return read_array(values, name)
