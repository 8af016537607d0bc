"""The two kinds of jobs of `train_many`: a network with the arguments of its ``fit``, and the settings of a run.

A job can be pickled, and holds none of the data. It finds in its folder what it has done before.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from ..callbacks import Checkpoint
from ..data import DATASETS, SampleFile
from ..errors import FormatError
from ..io import list_checkpoints, strict_json
from ..parallel.own_lines import own_lines
from ..parallel.stop import Stop
from ..runs import resume, train
from ..runs.folder import CHECKPOINTS, CONFIG, write_json
from ..runs.resolving import load_run_samples
from ..runs.saved import is_done
from ..sequential import Sequential
from ..system.files import open_own, open_regular
from ..training.callback import Callback
from ..training.training import Training
from .result import Result

RESULT, LINES = "result.json", "log.txt"
SECONDS = 30.0
"""How long after its last checkpoint a network with a folder gets another one."""


class StopWith(Callback):
    """End a training soon after a sign is given; ``stopped`` is why else it ended before its last epoch."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop
        self.stopped: str | None = None

    def on_pause(self, training: Training) -> None:
        """Raise KeyboardInterrupt if the sign was given."""
        if self.stop.is_set():
            raise KeyboardInterrupt

    def pauses_each_step(self) -> bool:
        """Return False: a few steps may be taken before the sign is looked for."""
        return False

    def pauses_each_epoch(self) -> bool:
        """Return False: so may a few epochs, if they are short."""
        return False

    def on_train_end(self, training: Training) -> None:
        """Remember why the training ended before its last epoch."""
        self.stopped = training.stopped


@dataclass(frozen=True)
class Fit:
    """A network and the arguments of its ``fit``; ``folder`` holds its checkpoints, if there is one."""

    index: int
    network: Sequential
    arguments: Mapping[str, Any]
    folder: str | None
    stop: Stop = field(default_factory=Stop)

    def run(self, common: Mapping[str, Any]) -> Result:
        """Train a copy of the network with ``common`` and its own arguments, and return the result."""
        network = copy.deepcopy(self.network)
        arguments = {"verbose": 0, **common, **self.arguments}
        stop = StopWith(self.stop)
        callbacks = [*copy.deepcopy(list(arguments.pop("callbacks", ()))), stop]
        if self.folder is not None:
            callbacks.append(Checkpoint(self.folder, seconds=SECONDS, keep=1, resume=True))
        history = network.fit(**arguments, callbacks=callbacks)
        return Result(
            self.index,
            _figures(history.figures),
            sum(history["seconds"]),
            stopped=stop.stopped,
            run=self.folder,
            network=network,
            history=history,
        )


@dataclass(frozen=True)
class Run:
    """The settings of a run, whose folder is made inside ``output``; those that are not given are in ``common``."""

    index: int
    settings: Mapping[str, Any]
    output: str
    callbacks: tuple[Callback, ...] = ()
    stop: Stop = field(default_factory=Stop)
    changes: Mapping[str, Any] = field(default_factory=dict)
    """What its result tells of the settings, for a sweep that goes on."""

    @cached_property
    def name(self) -> str:
        """The name of its folder: a digest of its settings."""
        absolute = {
            name: os.path.abspath(value)
            for name in ("data", "data_dir", "validation_data")
            if isinstance(value := self.settings.get(name), str) and value not in DATASETS
        }
        text = json.dumps(dict(self.settings) | absolute, sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return Path(self.output, self.name)

    def run(self, common: Any) -> Result:
        """Train the network, or go on with its training, or find that it is done, and return the result."""
        if (found := self.done()) is not None:
            return found
        folder = self.folder
        how: Any = {"verbose": 2, "callbacks": [*self.callbacks, StopWith(self.stop)], "load": _load}
        lines = StringIO()
        try:
            with own_lines(lines):
                if self._can_resume():
                    result = resume(folder, **how)
                else:
                    shutil.rmtree(folder, ignore_errors=True)
                    result = train(dict(self.settings), output=self.output, name=self.name, **how)
        finally:
            if folder.is_dir():
                with open_own(folder / LINES, "a") as file:
                    file.write(lines.getvalue())
        write_json(folder / RESULT, {"changes": self.changes} | result)
        return self._result(result)

    def done(self) -> Result | None:
        """Return the result of a run that was finished before; None if it was not."""
        found = read_result(self.folder)
        return None if found is None else self._result(found)

    def _can_resume(self) -> bool:
        """Return whether the folder holds a run that was broken off, or that only lacks its result."""
        if not (self.folder / CONFIG).exists():
            return False
        return not is_done(self.folder) or bool(list_checkpoints(self.folder / CHECKPOINTS))

    def _result(self, result: Any) -> Result:
        figures, tests = result["figures"], {f"test_{name}": value for name, value in (result["test"] or {}).items()}
        return Result(
            self.index,
            _figures(figures) | tests,
            figures["seconds"],
            stopped=result["stopped"],
            run=os.fspath(self.folder),
        )


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures that tell how good a network is."""
    return {name: value for name, value in figures.items() if name not in ("seconds", "learning_rate")}


def read_result(folder: Path) -> dict[str, Any] | None:
    """Return what the ``result.json`` of a run holds; None where it is missing or damaged."""
    try:
        with open_regular(folder / RESULT) as file:
            found = strict_json.parse(file.read().decode())
        return found if {"figures", "test", "stopped", "changes"} <= found.keys() else None
    except (FileNotFoundError, FormatError, ValueError, AttributeError):
        return None


def run_job(job: Fit | Run, common: Any) -> Result:
    """Run a job; an error of its training becomes that of the result."""
    try:
        return job.run(common)
    except Exception as error:
        folder = None if job.folder is None else os.fspath(job.folder)
        return Result(job.index, error=text_of(error), run=folder if folder and os.path.isdir(folder) else None)


def text_of(error: BaseException) -> str:
    """Return an error as one line: its type, and what it says."""
    about = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(f"{type(error).__name__}: {about}".split())


_samples: dict[str, SampleFile] = {}
_loading = threading.Lock()
DATA_SETTINGS = (
    *("data", "data_dir", "target", "sample_weight", "missing", "size", "grey", "dtype", "class_names", "columns"),
    *("drop", "loss", "scale_targets"),
)


def _load(settings: dict[str, Any]) -> SampleFile:
    """Return the data of a run; runs of one process share those that they have in common, which nobody changes."""
    key = json.dumps([settings[name] for name in DATA_SETTINGS])
    with _loading:
        if key not in _samples:
            while len(_samples) > 1:
                del _samples[next(iter(_samples))]
            _samples[key] = load_run_samples(settings)
        return _samples[key]
