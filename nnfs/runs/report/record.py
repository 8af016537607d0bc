"""What the folder of a run holds, read for its report: also of a run that is not finished."""

from __future__ import annotations

import csv
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from ...data import SampleFile, Samples
from ...errors import FormatError, NumericError
from ...io import strict_json
from ...io.checkpoints import list_checkpoints, steps_of
from ...sequential import Sequential
from ...system.files import open_regular
from ...training.diagnosis.diagnose import diagnose
from ...training.diagnosis.finding import Finding
from ...training.history import History
from ..advice import how_to_resume
from ..findings import read_findings
from ..folder import CHECKPOINTS, HISTORY
from ..optimizer import step_rows
from ..resolving import load_run_samples
from ..same_data import digest_now, digest_then
from ..saved import is_done, load_config, newest_network, open_network
from ..settings import complete
from ..validation import choose_validation
from .measured import Measured, measure


@dataclass
class Record:
    """Hold what is known of one run.

    Attributes
    ----------
    path : str
        The folder.
    settings, environment : dict
        See `nnfs.runs.SETTINGS` and `nnfs.machine`.
    epochs : list of dict
        The figures of each epoch; None for one that was not finite.
    step_losses : list of float
        The loss of each step; [] without a history.
    best_epoch : int or None
        The epoch whose weights early stopping put back; None for an unfinished run, which has its newest weights.
    checkpoint_steps : list of int
        After how many steps the checkpoints were written that the folder has.
    test : dict or None
        The figures of the test data.
    state : str
        Whether the run is finished, and why not.
    is_finished : bool
    advice : str
        How to go on with an unfinished run.
    network : Sequential or None
        The trained network; of an unfinished run, that of the newest checkpoint; None without any.
    network_of : str
        What the network is: "the trained network", or of which checkpoint and epoch.
    epoch : int
        The last whole epoch that the network was trained for; 0 before the first one.
    samples : SampleFile or None
        The data, read again.
    held : int
        How many of the training samples are held out for validation.
    measured : Measured or None
        What the network gives for samples that it was not trained on, if there are any: of the test for a finished run,
        and of validation for one that is not, since its test samples wait for the end.
    measured_part : str
        Which samples ``measured`` holds: "test", "train", or "validation" for those of separate validation data.
    data_digest : str or None
        The SHA-256 of the training samples as they are read now.
    notes : list of str
        What the reader must know: what could not be read, and why; that the data have changed.
    findings : list of (str, Finding)
        What went wrong, each thing once, behind where it was seen: in training, or in the network as it is.
    profiled : dict or None
        The result of `nnfs.profiling.profile`.
    """

    path: str
    settings: dict[str, Any]
    environment: dict[str, Any]
    epochs: list[dict[str, Any]]
    step_losses: list[float]
    best_epoch: int | None
    checkpoint_steps: list[int]
    test: dict[str, Any] | None
    state: str
    is_finished: bool
    advice: str = ""
    network: Sequential | None = None
    network_of: str = ""
    epoch: int = 0
    samples: SampleFile | None = None
    held: int = 0
    measured: Measured | None = None
    measured_part: str = "test"
    data_digest: str | None = None
    notes: list[str] = field(default_factory=list)
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    profiled: dict[str, Any] | None = None

    @property
    def loss_name(self) -> str:
        """The name of the loss; "loss" if the settings leave it to the data."""
        return self.settings["loss"]["name"] if self.settings["loss"] else "loss"

    @property
    def steps_an_epoch(self) -> float:
        """How many steps an epoch has; 0 if that is not known."""
        if self.step_losses and self.epochs:
            return len(self.step_losses) / len(self.epochs)
        trained_on = 0 if self.samples is None else len(self.samples.train.x) - self.held
        return math.ceil(trained_on / step_rows(self.settings))

    @property
    def figures(self) -> dict[str, Any]:
        """The figures of the epoch whose weights the network has; {} before the first epoch is finished."""
        return self.epochs[self.epoch - 1] if 1 <= self.epoch <= len(self.epochs) else {}


def open_record(path: str | os.PathLike[str]) -> Record:
    """Read all that the folder of a run holds, and its data again.

    Of an unfinished run the network is that of the newest checkpoint. Data that cannot be read are told in ``notes``.

    Raises
    ------
    FormatError
        If the folder is not a run, or if its settings or its network are damaged.
    OSError
        If the folder or its settings cannot be read.
    """
    folder = Path(path)
    settings = complete(load_config(folder))
    checkpoints = list_checkpoints(folder / CHECKPOINTS)
    history = _read_json(folder / HISTORY)
    epochs = _epochs(history, folder / "history.csv")
    is_finished = is_done(folder)
    losses = history.get("step_losses")
    best = history.get("best_epoch")
    record = Record(
        path=os.fspath(path),
        settings=settings,
        environment=_read_json(folder / "environment.json"),
        epochs=epochs,
        step_losses=losses if _are_numbers(losses) else [],
        best_epoch=best if is_finished and type(best) is int and 1 <= best <= len(epochs) else None,
        checkpoint_steps=[steps_of(path) for path in checkpoints],
        test=_figures(history["test"]) if isinstance(history.get("test"), dict) else None,
        state=_state(is_finished, history, len(epochs), settings["epochs"]),
        is_finished=is_finished,
        advice="" if is_finished else how_to_resume(folder, settings),
        findings=[("in training", finding) for finding in read_findings(folder)],
    )
    if settings["scale_targets"]:
        record.notes.append(
            "training took the loss of scaled targets, as curves and gradients do here; other losses and errors "
            "are in the unit of the target"
        )
    _open_network(record, folder)
    if record.network is not None and record.network.loss is None:
        record.notes.append("the network does not name its loss, without which nothing can be measured")
    _read_data(record, checkpoints)
    return record


def _open_network(record: Record, folder: Path) -> None:
    if record.is_finished:
        record.network, record.network_of = open_network(folder)[0], "the trained network"
        record.epoch = record.best_epoch or len(record.epochs)
        return
    record.network, record.epoch, about, notes = newest_network(folder)
    record.notes += notes
    if record.network is None:
        record.notes.append("the run has no weights and no checkpoint yet")
    else:
        record.network_of = f"{about} of {record.settings['epochs']}"


def _read_data(record: Record, checkpoints: list[str]) -> None:
    """Read the data of a run, and what the network gives for those that it was not trained on."""
    source = record.settings["data"]
    try:
        samples = load_run_samples(record.settings)
        record.samples = samples
        if record.network is None or record.network.loss is None:
            return
        loss = record.network.loss
        record.data_digest = digest_now(record.network, samples.train)
        if digest_then(record.settings, checkpoints) not in (None, record.data_digest):
            record.notes.append(f"the data {source} have changed since the run was trained on them")
        validation = choose_validation(record.settings, samples, record.network, loss)
        record.held = len(validation.held)
        validated = validation.samples(samples.train)
        part, what, numbers = samples.train, "training samples, which it has learned from", None
        test = None if samples.test is None or samples.test.y is None else samples.test
        record.measured_part = "train"
        if record.is_finished and test is not None:
            record.measured_part = "test"
            part, what = test, "test samples"
        elif validated is not None:
            part, what = validated, "validation samples"
            record.measured_part = "train" if validation.data is None else "validation"
            if validation.data is None:
                numbers = validation.held
                files = samples.train.files
                part = part._replace(files=tuple(files[row] for row in numbers) if files else ())
        else:
            what += ": there are no others" if test is None else ": the test samples wait for the end of the training"
        record.measured = measure(record.network, part, f"{len(part.x):,} {what}", numbers)
        _diagnose(record, record.network, samples.train)
    except NumericError as error:
        record.notes.append(f"nothing can be measured: {error}")
    except (FormatError, OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        record.notes.append(f"the data {source} cannot be used: {' '.join(reason.splitlines())}")


def _diagnose(record: Record, network: Sequential, train: Samples) -> None:
    """Add what `nnfs.diagnose` finds in the network as it is and in its steps, but for what was told in training.

    What epochs show needs callbacks and weights of samples to be judged, and was told in training.
    """
    told = {finding.what for _, finding in record.findings}
    settings, history = record.settings, History()
    history.step_losses[:] = record.step_losses
    how = {"batch_size": settings["batch_size"], "shuffle": settings["shuffle"], "history": history}
    found = diagnose(network, train.x, train.y, **how)
    record.findings += [("in the network as it is", finding) for finding in found if finding.what not in told]


def _state(is_finished: bool, history: dict[str, Any], epochs: int, wanted: int) -> str:
    stopped, error = (history.get(name) for name in ("stopped", "error"))
    if is_finished:
        return f"finished: {stopped}" if stopped else "finished"
    kind = (error or "").partition(":")[0]
    signals = {"KeyboardInterrupt": ", stopped by Ctrl-C", "SystemExit": ", terminated by the system or a scheduler"}
    reason = signals.get(kind, f": {error}") if error else ""
    return f"not finished, after {epochs} of {wanted} epochs{reason}"


def _epochs(history: dict[str, Any], table: Path) -> list[dict[str, Any]]:
    """Return the figures of each epoch, from ``history.json`` or, of a run that was killed, ``history.csv``."""
    found = history.get("epochs")
    epochs = [_figures(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    try:
        with open_regular(table) as file:
            rows = list(csv.reader(file.read().decode(errors="replace").splitlines()))
    except (OSError, FormatError, csv.Error):
        return epochs
    # The last line of a run that was killed may be torn.
    whole = [row for row in rows[1:] if len(row) == len(rows[0])]
    lines = [_figures(dict(zip(rows[0][1:], map(_number, row[1:]), strict=True))) for row in whole]
    return lines if len(lines) > len(epochs) else epochs


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of a dict that are numbers, or None in place of one that is not finite."""
    return {
        str(name): value if value is not None and math.isfinite(value) else None
        for name, value in found.items()
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool))
    }


def _are_numbers(found: object) -> TypeGuard[list[float]]:
    return isinstance(found, list) and all(type(value) in (int, float) for value in found)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds; {} for a file that is missing or damaged."""
    try:
        with open_regular(path) as file:
            found = strict_json.parse(file.read().decode())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
