"""Training and resuming a run: settings go in, a folder with a trained network comes out."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..callbacks import Callback, CSVLog
from ..data import DATASETS, SampleFile
from ..data.samples import list_names
from ..io import save
from ..io.checkpoints import list_checkpoints
from ..losses import LOSSES, BinaryCrossEntropy, CrossEntropy, Loss
from ..optimizers import OPTIMIZERS
from .advice import advising, ending, has_begun, how_to_train_anew, how_to_train_longer
from .folder import CHECKPOINTS, WEIGHTS, create_run_folder
from .lock import locked
from .named_networks import describe_network
from .optimizer import make_optimizer, step_rows
from .parts import complete_part, make
from .rates import cosine
from .run_checkpoint import RunCheckpoint
from .run_files import RunFiles, finite
from .run_samples import (
    as_targets,
    check_labelled,
    column_to_predict,
    count_outputs,
    default_loss,
    default_metrics,
    describe_samples,
    facts_of,
    load_samples,
)
from .same_data import check_unchanged
from .saved import load_config
from .settings import AUGMENTATIONS, CALLBACKS, check_settings, complete
from .standardization import ScaledTargets, Standardization, scaled_loss, standardized, with_scaled_outputs
from .start import layers_to_start_from, start_network
from .validation import choose_validation


def train(
    given: dict[str, Any],
    *,
    output: str | os.PathLike[str] = "runs",
    name: str | None = None,
    verbose: str | int = "auto",
    callbacks: Sequence[Callback] = (),
    load: Callable[[dict[str, Any]], SampleFile] | None = None,
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

    Returns
    -------
    dict
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
    samples = (load or load_run_samples)(settings)
    if settings["start_from"] is not None:
        is_given = given.get("network") is not None or bool(given.get("layers"))
        settings = _with_start(settings, samples, takes_layers=not is_given)
    settings = _resolve(settings, samples)
    prefix = "layers" if given.get("layers") else Path(settings["network"]["name"]).stem
    prefix = "tuned" if settings["start_from"] else prefix
    folder = create_run_folder(output, prefix, name)
    try:
        with locked(folder), advising(folder, settings):
            if verbose != 0:
                loss = make(settings["loss"], LOSSES, "loss")
                print("data:", describe_samples(samples, loss, is_guess=given.get("loss") is None), file=sys.stderr)
            return _fit(settings, samples, folder, verbose, callbacks, resume=False, is_new=True)
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
    callbacks, load
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
    before = complete(load_config(folder))
    settings = before if epochs is None else before | {"epochs": epochs}
    check_settings(settings)
    with locked(folder), advising(folder, settings):
        is_done, stopped = (folder / WEIGHTS).exists(), ending(folder).get("stopped")
        if is_done and not list_checkpoints(folder / CHECKPOINTS):
            raise ValueError(how_to_train_anew(folder, settings["epochs"]))
        if settings != before:
            _check_longer(folder, before, settings["epochs"], stopped)
        samples, is_new = (load or load_run_samples)(settings), settings != before
        result = _fit(settings, samples, folder, verbose, callbacks, resume=True, is_new=is_new)
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


def load_run_samples(settings: dict[str, Any]) -> SampleFile:
    """Load the data that the settings of a run name, with labels in the form that the loss takes.

    Raises ValueError if settings do not fit the data, and FormatError or OSError if these are damaged or missing.
    """
    names = ("data_dir", "target", "sample_weight", "missing", "size", "grey", "dtype")
    samples = load_samples(
        settings["data"],
        class_names=tuple(settings["class_names"] or ()),
        columns=tuple(settings["columns"] or ()),
        drop=tuple(settings["drop"] or ()),
        **{name: settings[name] for name in names},
    )
    y = check_labelled(samples.train, settings["data"]).y
    assert y is not None
    if settings["sample_weight"] is not None and samples.train.weights is None:
        raise ValueError(f"{settings['data']} has no column {settings['sample_weight']!r} for sample_weight")
    loss = settings["loss"]["name"] if settings["loss"] else default_loss(y)
    samples = as_targets(samples, loss)
    return samples._replace(train=scaled_loss(samples.train, loss)) if settings["scale_targets"] else samples


def _with_start(settings: dict[str, Any], samples: SampleFile, *, takes_layers: bool) -> dict[str, Any]:
    """Return the settings with the whole path of ``start_from`` and, where they are taken, with its layers."""
    path = os.path.abspath(settings["start_from"])
    layers = settings["layers"]
    if takes_layers:
        y = samples.train.y
        assert y is not None
        loss = make(settings["loss"] or {"name": default_loss(y)}, LOSSES, "loss")
        layers = layers_to_start_from(path, samples.train.x.shape[1:], count_outputs(loss, samples))
    return settings | {"start_from": path, "layers": layers}


def _resolve(settings: dict[str, Any], samples: SampleFile) -> dict[str, Any]:
    """Return the settings to write into ``config.json``: paths absolute, defaults and guesses filled in.

    Raises ValueError if settings do not fit the samples.
    """
    y = samples.train.y
    assert y is not None
    # Targets that look like classes have been converted to integers (N,).
    loss = settings["loss"] or {"name": default_loss(y)}
    if settings["class_names"] and y.dtype.kind == "f":
        raise ValueError("class_names is for classes; the targets are numbers to predict")
    if samples.class_names and y.ndim == 1 and loss["name"] not in (CrossEntropy.name, BinaryCrossEntropy.name):
        raise ValueError(
            f"{loss['name']} is for numbers to predict; the targets are classes ({list_names(samples.class_names)}). "
            "Try: --loss cross_entropy"
        )
    outputs = count_outputs(make(loss, LOSSES, "loss"), samples)
    layers = settings["layers"] or describe_network(settings["network"], samples.train.x.shape[1:], outputs)
    if settings["standardize"]:
        layers = standardized(layers, samples.train.x.shape[1:])
    if settings["scale_targets"]:
        layers = with_scaled_outputs(layers)
    paths = {
        name: os.path.abspath(settings[name])
        for name in ("data", "data_dir", "validation_data")
        if settings[name] is not None and settings[name] not in DATASETS
    }
    resolved = settings | paths
    resolved |= {
        "columns": list(_raw_columns(samples)) or None,
        "target": samples.target or settings["target"],
        "class_names": list(samples.class_names) or None,
        "loss": complete_part(loss, LOSSES),
        "optimizer": complete_part(settings["optimizer"], OPTIMIZERS),
        "layers": layers,
    }
    plain: dict[str, Any] = json.loads(json.dumps(resolved, allow_nan=False))
    return plain


def _raw_columns(samples: SampleFile) -> tuple[str, ...]:
    """Return the names of the table's columns that x is made from; () where the table has none."""
    if samples.preprocessing is None or not samples.columns:
        return samples.columns
    return samples.preprocessing.names


def _fit(
    settings: dict[str, Any],
    samples: SampleFile,
    folder: Path,
    verbose: str | int,
    further: Sequence[Callback],
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
    if resume:
        check_unchanged(folder, settings, network, train)
    validation = choose_validation(settings, samples, network, loss)
    if verbose != 0:
        print("validation:", validation.about, file=sys.stderr)
    settings = settings | {"validation_split": validation.share}
    files = RunFiles(folder, settings if is_new else None)
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
