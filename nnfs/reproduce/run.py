"""Training all tasks, one after the other, each saved as soon as it is finished."""

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
from ..io.torch.twin import import_torch
from ..runs.folder import create_run_folder, write_json
from ..system.files import make_folders
from ..system.machine import machine
from .datasets import HOW_TO_GET, choose_dataset, load
from .report import HOW_TO_DRAW, REPORT, can_draw, section_of, write_report
from .row import Row, TrainedRow, train_row
from .tasks import Task, select_tasks


class Run:
    """Train the networks of the original project and write a folder with results, histories and a page.

    The constructor checks every argument, loads the data and creates the folder, so that none of these can fail after
    an hour of training. The method `train` trains.

    Parameters
    ----------
    dataset : "auto", "fashion-mnist" or "digits"
        Images for the convolutional networks; "auto" is Fashion-MNIST if it is found on this computer, else digits.
    rows : list of str or None
        Names of the tasks to train; None for all.
    epochs : int or None
        The number of epochs of every task; None for each task's own number.
    seed : int
        The seed of all random numbers: generated points, initial weights, shuffling, dropout.
    with_torch : bool
        Whether PyTorch trains equal networks, if it is installed.
    data_dir : path or None
        The only folder in which to look for Fashion-MNIST; None for the usual places.
    output : path or None
        The folder in which the folder of the run is created; None to write no files.
    verbose : bool
        Whether to print progress on stderr.

    Attributes
    ----------
    tasks : list of Task
    dataset : str
        The data set of images that was chosen.
    torch_state : "used", "not asked for" or "not installed"
    machine : dict
        See `nnfs.machine`; also ``torch``, its version, and ``torch_threads``, both None if PyTorch is not used.
    folder : Path or None
        The folder of the run.
    rows : list of Row
        The rows of the finished tasks.
    interrupted : bool
        Whether Ctrl-C or SIGTERM ended the training.
    failure : Exception or None
        The first error of a task. The other tasks are trained nevertheless.

    Raises
    ------
    ValueError
        For unknown names, fewer than one epoch, or a seed out of range.
    OSError, FormatError
        If the data cannot be loaded or the folder cannot be created.
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
        self._sections: list[dict[str, Any]] = []
        if output is not None:
            self._prepare_folder(output)

    def train(self) -> list[Row]:
        """Train every task and return the rows. After each task, all results so far are written into the folder."""
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
            self._print_progress(f"{task.name}: {task.what}" + (f", on {row.dataset}" if task.takes_images else ""))
            try:
                trained = train_row(
                    task,
                    settings,
                    load(task, self.images, self.seed),
                    row,
                    seed=self.seed,
                    with_torch=self.torch_state == "used",
                    verbose="auto" if self.verbose and row.dataset == "fashion-mnist" else 0,
                    print_line=self._print_progress,
                )
                self._save_task(task, trained)
            except Exception as error:
                row.error = f"{type(error).__name__}: {error}"
                self.failure = self.failure or error
                self._print_progress(f"{task.name}: {row.error}")
            self.rows.append(row)
            self._save_results()
        self.images = None  # they take a fifth of a gigabyte for each seed

    def results(self) -> dict[str, Any]:
        """Return a dict for JSON with ``machine``, ``rows`` and ``interrupted``, True if Ctrl-C ended the training."""
        rows = [row.as_dict() for row in self.rows]
        return {"machine": self.machine, "interrupted": self.interrupted, "rows": rows}

    def _load_images(self, wanted: str, data_dir: str | os.PathLike[str] | None) -> Dataset | None:
        if not any(task.takes_images for task in self.tasks):
            return None
        if self.dataset == "digits":
            if wanted == "auto":
                self._print_progress(f"Fashion-MNIST is not found; the digits take its place. To get it: {HOW_TO_GET}")
            return load_dataset("digits")
        folder = find_fashion_mnist(data_dir)
        if folder:
            self._print_progress(f"Fashion-MNIST is in {folder}")
        elif data_dir is None:
            self._print_progress("Fashion-MNIST is not found on this computer; nnfs tries to download it")
        return load_dataset("fashion-mnist", data_dir=data_dir)

    def _find_torch(self, wanted: bool) -> str:
        if not wanted:
            return "not asked for"
        try:
            import_torch()
        except (ImportError, OSError) as error:
            self._print_progress(f'PyTorch is left out: {error}. To compare with it: pip install "torch==2.13.0"')
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
            self._print_progress(f"no page is written: {HOW_TO_DRAW}")

    def _save_task(self, task: Task, trained: TrainedRow) -> None:
        """Write the histories of one task, and draw its section of the page."""
        if self.folder is None:
            return
        histories = self.folder / "histories"
        make_folders(histories)
        write_json(histories / f"{task.name}.json", trained.histories())
        if self.draws:
            self._sections.append(section_of(trained, self.machine))

    def _save_results(self) -> None:
        if self.folder is not None:
            write_json(self.folder / "results.json", self.results())
        if self.folder is not None and self.draws:
            write_report(self.folder / REPORT, self.rows, self._sections, self.dataset, self.torch_state)

    def _print_progress(self, text: str) -> None:
        if self.verbose:
            print(text, file=sys.stderr, flush=True)
