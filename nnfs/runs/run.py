"""Training and resuming a run: settings go in, a folder with a trained network comes out."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..callbacks import Callback, CSVLog
from ..data import SampleFile
from ..data.samples import list_names
from ..io import save
from ..io.checkpoints import list_checkpoints
from ..losses import LOSSES, Loss
from ..ranks.ranks import Ranks
from .advice import advising, ending, has_begun, how_to_train_anew, how_to_train_longer
from .folder import CHECKPOINTS, WEIGHTS, create_run_folder
from .job import check_shards, job
from .lock import locked
from .optimizer import make_optimizer, step_rows
from .parts import make
from .rates import cosine
from .resolving import load_run_samples, resolve, with_start
from .run_checkpoint import RunCheckpoint
from .run_files import RunFiles, finite
from .run_samples import (
    column_to_predict,
    default_metrics,
    describe_samples,
    facts_of,
)
from .same_data import about_samples, check_unchanged
from .saved import load_config
from .settings import AUGMENTATIONS, CALLBACKS, check_settings, complete
from .standardization import ScaledTargets, Standardization
from .start import start_network
from .validation import choose_validation


def train(
    given: dict[str, Any],
    *,
    output: str | os.PathLike[str] = "runs",
    name: str | None = None,
    verbose: str | int = "auto",
    callbacks: Sequence[Callback] = (),
    load: Callable[[dict[str, Any]], SampleFile] | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Train a network and write a new folder with its settings, history, weights and environment.

    Parameters
    ----------
    given : dict
        Settings by name, see `SETTINGS`. Missing settings have their defaults. Not modified.
    output : path
        The folder in which the folder of the run is created.
    name : str or None
        The name of the run's folder; None for the name of the network and the time.
    verbose : "auto", 0, 1 or 2
        What to print, see `Sequential.fit`. Unless it is 0, a description of the data is printed first.
    callbacks : list of Callback
        Called beside those of the settings; the run's files do not tell of them.
    load : function or None
        Gives the data, as `load_run_samples`, which it is where None is given.
    timeout : float or None
        How many seconds the processes of an MPI job, which train the network together, wait for each other; None is
        what NNFS_MPI_TIMEOUT says, else 600.

    Returns
    -------
    dict
        Empty in all processes of an MPI job but the first, which alone writes and prints; else

        - ``run``: the path of the folder.
        - ``epochs``: the number of epochs in the history.
        - ``stopped``: why the training ended before its last epoch, or None.
        - ``best_epoch``: the epoch whose weights early stopping restored, or None.
        - ``target``: the name of the column of numbers that the network predicts, or None.
        - ``figures``: loss and metrics of the epoch whose weights the network has, and the ``seconds`` that the
          run took in all: steps, validation, test and files, also those of the processes that it was resumed from.
          Names of validation figures begin with ``val_``.
        - ``test``: loss and metrics on the test part of the data, measured once at the end, or None.

    Raises
    ------
    ValueError
        If a setting is wrong. No folder is left then.
    FormatError, OSError
        If the data are damaged or missing; FileExistsError if a run of this name exists.
    NumericError
        If loss, gradient or weights become non-finite.
    """
    settings = complete(given)
    with job(timeout) as ranks:
        check_shards(ranks, settings)
        samples = (load or load_run_samples)(settings)
        if settings["start_from"] is not None:
            is_given = given.get("network") is not None or bool(given.get("layers"))
            settings = with_start(settings, samples, takes_layers=not is_given)
        settings = resolve(settings, samples)
        prefix = "layers" if given.get("layers") else Path(settings["network"]["name"]).stem
        prefix = "tuned" if settings["start_from"] else prefix
        folder = ranks.of_first(create_run_folder(output, prefix, name) if ranks.is_first else None)
        assert folder is not None
        if not ranks.is_first:
            return _fit(settings, samples, folder, 0, callbacks, ranks, resume=False, is_new=True)
        return _train_new(settings, samples, folder, verbose, callbacks, ranks, given.get("loss") is None)


def _train_new(
    settings: dict[str, Any],
    samples: SampleFile,
    folder: Path,
    verbose: str | int,
    callbacks: Sequence[Callback],
    ranks: Ranks,
    is_guess: bool,
) -> dict[str, Any]:
    """Train a network in a new folder, which goes again where nothing was trained."""
    try:
        with locked(folder), advising(folder, settings):
            if verbose != 0:
                loss = make(settings["loss"], LOSSES, "loss")
                print("data:", describe_samples(samples, loss, is_guess=is_guess), file=sys.stderr)
            return _fit(settings, samples, folder, verbose, callbacks, ranks, resume=False, is_new=True)
    except BaseException as error:
        with suppress(OSError):
            # A wrong setting: the name of the run stays free for the corrected ones.
            if isinstance(error, ValueError | TypeError) and not has_begun(folder):
                shutil.rmtree(folder)
            else:
                folder.rmdir()  # fails, and leaves the folder, if anything was written
        raise


def resume(
    folder: str | os.PathLike[str],
    *,
    epochs: int | None = None,
    verbose: str | int = "auto",
    callbacks: Sequence[Callback] = (),
    load: Callable[[dict[str, Any]], SampleFile] | None = None,
    timeout: float | None = None,
) -> dict[str, Any]:
    """Continue an interrupted run from its newest undamaged checkpoint, with the result of an uninterrupted training.

    A run without a checkpoint begins anew, unless it is finished. A finished run does not change, unless ``epochs``
    makes it longer.

    Parameters
    ----------
    folder : path
        The folder of the run.
    epochs : int or None
        The number of epochs in all, to train the run longer; None for the number in its settings.
    verbose : "auto", 0, 1 or 2
        What to print, see `Sequential.fit`.
    callbacks, load, timeout
        See `train`.

    Returns
    -------
    dict
        The result of the run, described at `train`.

    Raises
    ------
    FormatError, OSError
        If the folder is not a run, or if a file is damaged or missing; BlockingIOError if another process trains the
        run.
    ValueError
        If the data have changed since the run began, if ``epochs`` is below the number in the run's settings, or if
        the run cannot be trained longer, for example because it is finished and has no checkpoints.
    """
    folder = Path(folder)
    with job(timeout) as ranks:
        before = ranks.of_first(complete(load_config(folder)) if ranks.is_first else {})
        check_shards(ranks, before)
        settings = before if epochs is None else before | {"epochs": epochs}
        check_settings(settings)
        if ranks.is_first:
            return _resume(folder, before, settings, verbose, callbacks, load or load_run_samples, ranks)
        samples = (load or load_run_samples)(settings)
        return _fit(settings, samples, folder, 0, callbacks, ranks, resume=True, is_new=settings != before)


def _resume(
    folder: Path,
    before: dict[str, Any],
    settings: dict[str, Any],
    verbose: str | int,
    callbacks: Sequence[Callback],
    load: Callable[[dict[str, Any]], SampleFile],
    ranks: Ranks,
) -> dict[str, Any]:
    """Continue a run whose settings were ``before`` and are ``settings`` now."""
    with locked(folder), advising(folder, settings):
        is_done, stopped = (folder / WEIGHTS).exists(), ending(folder).get("stopped")
        if is_done and not list_checkpoints(folder / CHECKPOINTS):
            raise ValueError(how_to_train_anew(folder, settings["epochs"]))
        if settings != before:
            _check_longer(folder, before, settings["epochs"], stopped)
        samples, is_new = load(settings), settings != before
        result = _fit(settings, samples, folder, verbose, callbacks, ranks, resume=True, is_new=is_new)
    if is_done and settings == before and verbose != 0:
        advice = stopped or how_to_train_longer(folder, settings, 2 * settings["epochs"])
        print(f"{folder} is finished; {advice}", file=sys.stderr)
    return result


def _check_longer(folder: Path, settings: dict[str, Any], epochs: int, stopped: str | None) -> None:
    """Raise ValueError if a run cannot be trained until it has ``epochs`` epochs."""
    if epochs < settings["epochs"]:
        raise ValueError(f"epochs must be at least {settings['epochs']}, which {folder} is set to, got {epochs}")
    if stopped:
        raise ValueError(f"{folder} was stopped, and more epochs change nothing: {stopped}")
    if settings["schedule"]["name"] == cosine.__name__:
        raise ValueError(f"{folder}: {how_to_train_longer(folder, settings, epochs)}")


def _fit(
    settings: dict[str, Any],
    samples: SampleFile,
    folder: Path,
    verbose: str | int,
    further: Sequence[Callback],
    ranks: Ranks,
    *,
    resume: bool,
    is_new: bool,
) -> dict[str, Any]:
    train = samples.train
    # What goes on from a checkpoint does not need the network that it started from.
    start = None if resume and list_checkpoints(folder / CHECKPOINTS) else settings["start_from"]
    network, about = start_network(settings | {"start_from": start}, train.x.shape[1:])
    if verbose != 0 and about:
        print("start:", about, file=sys.stderr)
    loss: Loss = make(settings["loss"], LOSSES, "loss")
    network.facts = facts_of(settings, samples)
    network.loss = loss  # a finished run takes no step, and only a step would set the loss
    data = about_samples(network, train)
    if resume and ranks.is_first:
        check_unchanged(folder, settings, data)
    validation = choose_validation(settings, samples, network, loss)
    if verbose != 0:
        print("validation:", validation.about, file=sys.stderr)
    settings = settings | {"validation_split": validation.share}
    files = RunFiles(folder, settings if is_new else None, data)
    callbacks: list[Callback] = [Standardization()] if settings["standardize"] else []
    callbacks += [ScaledTargets()] if settings["scale_targets"] else []
    callbacks += [make(part, CALLBACKS, "callbacks") for part in settings["callbacks"]]
    callbacks += [files, *_checkpoint(settings, folder, resume), CSVLog(folder / "history.csv"), *further]
    history = network.fit(
        train.x,
        train.y,
        loss=loss,
        optimizer=make_optimizer(settings, -(-validation.trained_on // step_rows(settings))),
        sample_weight=train.weights,
        class_weight=_class_weight(settings),
        validation_data=None if validation.data is None else (validation.data.x, validation.data.y),
        augment=[make(part, AUGMENTATIONS, "augment") for part in settings["augment"]],
        callbacks=callbacks,
        verbose=verbose,
        **{
            name: settings[name]
            for name in (
                "metrics",
                "epochs",
                "batch_size",
                "accumulate",
                "shards",
                "validation_split",
                "shuffle",
                "clip_norm",
                "clip_value",
            )
        },
    )
    if not ranks.is_first:
        return {}
    save(network, folder / WEIGHTS)
    metrics = settings["metrics"] or default_metrics(loss)
    figures, test = dict(history.figures), None
    validated = validation.samples(train)
    if metrics and settings["metrics"] is None and validated is not None:
        measured = network.evaluate(validated.x, validated.y, metrics=metrics)
        figures |= {f"val_{name}": measured[name] for name in metrics}
    if validation.test is not None:
        test = finite(network.evaluate(validation.test.x, validation.test.y, metrics=metrics))
        files.add_test(test)
    figures = finite(figures | {"seconds": files.seconds})
    return {
        "run": os.fspath(folder),
        "epochs": len(history.epochs),
        "stopped": files.stopped,
        "best_epoch": history.best_epoch,
        "target": column_to_predict(network),
        "figures": figures,
        "test": test,
    }


def _class_weight(settings: dict[str, Any]) -> dict[Any, float] | str | None:
    """Return the weight of each class by the class's number, or "balanced", or None.

    In the settings a class is called by its name, or by its number if no name is a number.
    """
    if not isinstance(settings["class_weight"], dict):
        return settings["class_weight"]
    names = settings["class_names"] or []
    has_numbers = any(name.isdecimal() for name in names)
    weights: dict[Any, float] = {}
    for name, weight in settings["class_weight"].items():
        if name not in names and (has_numbers or not name.isdecimal()):
            known = f"the classes are {list_names(names)}" if names else "the classes are numbers, such as 0=2"
            raise ValueError(f"class_weight: there is no class {name!r}; {known}")
        number = names.index(name) if name in names else int(name)
        if number in weights:
            raise ValueError(f"class_weight: class {name!r} has two weights, one by its name and one by its number")
        weights[number] = weight
    return weights


def _checkpoint(settings: dict[str, Any], folder: Path, resume: bool) -> list[RunCheckpoint]:
    epochs, steps = settings["checkpoint_epochs"], settings["checkpoint_steps"] or None
    if epochs == 0 and steps is None:
        return []
    is_validated = bool(settings["validation_split"]) or settings["validation_data"] is not None
    return [RunCheckpoint(folder, is_validated, every_epochs=epochs, every_steps=steps, resume=resume)]
