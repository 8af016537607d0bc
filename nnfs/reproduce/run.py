"""The whole run: one task after the other, each saved as soon as it is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..arguments.hyperparameters import as_count
from ..arguments.seeds import as_seed
from ..data import Dataset, find_fashion_mnist
from ..data import load as load_dataset
from ..runs.folder import create_run_folder, write_json
from ..system.files import make_folders
from ..system.machine import machine
from .datasets import HOW_TO_GET, choose_dataset, load
from .pictures import HOW_TO_DRAW, can_draw, draw_pictures
from .row import Row, TrainedRow, train_row
from .tasks import Task, select_tasks
from .torch_twin import import_torch


class Run:
    """Train the networks of the original project, and leave a folder with results, histories and pictures.

    Making a run checks every argument, loads the data and makes the folder, so that nothing of that can fail
    after an hour of training; `train` does the rest.

    Parameters
    ----------
    dataset : "auto", "fashion-mnist" or "digits"
        Images for the convolutional rows; auto is Fashion-MNIST where it is found on this machine, else digits.
    rows : list of str or None
        Names of the tasks to train; None for all.
    epochs : int or None
        Instead of each task's own number.
    seed : int
        Where all random numbers come from: the generated points, first weights, shuffling, dropout.
    with_torch : bool
        Whether PyTorch trains the same networks, where it is installed.
    data_dir : path or None
        The only folder to look for Fashion-MNIST in.
    output : path or None
        The folder in which the run makes its own; None to leave nothing behind.
    verbose : bool
        Whether to tell on stderr how it goes.

    Attributes
    ----------
    tasks : list of Task
    dataset : str
        The images that were chosen.
    torch_state : "used", "not asked for" or "not installed"
    machine : dict
        See `nnfs.machine`; and ``torch`` and ``torch_threads``, both None where PyTorch is not used.
    folder : Path or None
    rows : list of Row
        Those that are done.
    interrupted : bool
        Whether training was broken off, by Ctrl-C or by SIGTERM.
    failure : Exception or None
        The first that kept a row from being complete; the other rows are trained all the same.

    Raises
    ------
    ValueError
        For unknown names, fewer than one epoch, a seed out of range.
    OSError, FormatError
        Where the data or the output folder cannot be had.
    """

    def __init__(
        self,
        *,
        dataset: str = "auto",
        rows: Sequence[str] | None = None,
        epochs: int | None = None,
        seed: int = 0,
        with_torch: bool = True,
        data_dir: str | os.PathLike[str] | None = None,
        output: str | os.PathLike[str] | None = None,
        verbose: bool = False,
    ) -> None:
        self.tasks = select_tasks(rows)
        self.epochs = None if epochs is None else as_count(epochs, "epochs")
        self.seed = as_seed(seed)
        self.verbose = verbose
        self.dataset = choose_dataset(dataset, data_dir)
        self.images = self._load_images(dataset, data_dir)
        self.torch_state = self._find_torch(with_torch)
        self.machine = machine() | self._torch_versions()
        self.rows: list[Row] = []
        self.interrupted = False
        self.failure: Exception | None = None
        self.folder: Path | None = None
        self.draws = False
        if output is not None:
            self._prepare_folder(output)

    def train(self) -> list[Row]:
        """Train every task, and return the rows; after each, the folder holds all that is known so far."""
        try:
            self._train()
        except (KeyboardInterrupt, SystemExit):
            self.interrupted = True
            self._save_results()
            raise
        return self.rows

    def _train(self) -> None:
        for task in self.tasks:
            settings = task.settings[self.dataset if task.takes_images else task.name]
            if self.epochs is not None:
                settings = replace(settings, epochs=self.epochs)
            row = Row(task.name, self.dataset if task.takes_images else task.name, task)
            self._tell(f"{task.name}: {task.what}" + (f", on {row.dataset}" if task.takes_images else ""))
            try:
                trained = train_row(
                    task,
                    settings,
                    load(task, self.images, self.seed),
                    row,
                    seed=self.seed,
                    with_torch=self.torch_state == "used",
                    verbose="auto" if self.verbose and row.dataset == "fashion-mnist" else 0,
                    tell=self._tell,
                )
                self._leave(task, trained)
            except Exception as error:
                row.error = f"{type(error).__name__}: {error}"
                self.failure = self.failure or error
                self._tell(f"{task.name}: {row.error}")
            self.rows.append(row)
            self._save_results()
        self.images = None  # a fifth of a gigabyte, which many seeds would hold at once

    def results(self) -> dict[str, Any]:
        """Return machine, rows and whether some are missing because of an interrupt, ready for JSON."""
        rows = [row.as_dict() for row in self.rows]
        return {"machine": self.machine, "interrupted": self.interrupted, "rows": rows}

    def _load_images(self, wanted: str, data_dir: str | os.PathLike[str] | None) -> Dataset | None:
        if not any(task.takes_images for task in self.tasks):
            return None
        if self.dataset == "digits":
            if wanted == "auto":
                self._tell(f"Fashion-MNIST is not found, so the digits take its place. To get it: {HOW_TO_GET}")
            return load_dataset("digits")
        folder = find_fashion_mnist(data_dir)
        if folder:
            self._tell(f"Fashion-MNIST is in {folder}")
        elif data_dir is None:
            self._tell("Fashion-MNIST is not found on this machine; a download is tried")
        return load_dataset("fashion-mnist", data_dir=data_dir)

    def _find_torch(self, wanted: bool) -> str:
        if not wanted:
            return "not asked for"
        try:
            import_torch()
        except (ImportError, OSError) as error:
            self._tell(f'PyTorch is left out: {error}. To compare with it: pip install "torch==2.13.0"')
            return "not installed"
        return "used"

    def _torch_versions(self) -> dict[str, Any]:
        if self.torch_state != "used":
            return {"torch": None, "torch_threads": None}
        torch = import_torch()
        return {"torch": str(torch.__version__), "torch_threads": torch.get_num_threads()}

    def _prepare_folder(self, output: str | os.PathLike[str]) -> None:
        self.folder = create_run_folder(output, "reproduce")
        self._save_results()
        self.draws = can_draw()
        if not self.draws:
            self._tell(f"no pictures are drawn: {HOW_TO_DRAW}")

    def _leave(self, task: Task, trained: TrainedRow) -> None:
        """Write the histories and the pictures of one task."""
        if self.folder is None:
            return
        histories = self.folder / "histories"
        make_folders(histories)
        write_json(histories / f"{task.name}.json", trained.histories())
        if self.draws:
            pictures = self.folder / "pictures"
            make_folders(pictures)
            draw_pictures(task, trained, pictures)

    def _save_results(self) -> None:
        if self.folder is not None:
            write_json(self.folder / "results.json", self.results())

    def _tell(self, text: str) -> None:
        if self.verbose:
            print(text, file=sys.stderr, flush=True)
