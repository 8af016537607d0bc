"""The page of a run of ``nnfs reproduce``: its tables, and a section with pictures for each network."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .._kernels.interface import Array
from ..data import Samples
from ..io.torch.curves import describe_agreement
from ..plots import plot_losses
from ..plots.svg import Picture, page_style
from ..printable import four_digits
from ..runs.report.histograms import MOST_ROWS, gradients_of
from ..runs.report.measured import Measured, measure
from ..runs.report.page import SECTIONS, network_facts, render
from ..runs.report.plane import as_picture
from ..runs.report.reproducing import VERSIONS
from ..runs.same_data import digest_now
from ..system.atomic import write_file
from .row import Row, TrainedRow
from .tables import notes, parts_of
from .tasks import TASKS

REPORT = "report.html"
HOW_TO_DRAW = 'pip install "nnfs-cython[report]"'


def can_draw() -> bool:
    """Return whether matplotlib and jinja2 are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("matplotlib", "jinja2"))


def write_report(
    path: Path, rows: Sequence[Row], sections: Sequence[dict[str, Any]], dataset: str, torch_state: str
) -> None:
    """Write the page of the rows that are finished; ``sections`` are those of `section_of`, of rows without an error.

    ``dataset`` and ``torch_state`` are those of `nnfs.reproduce.tables`.
    """
    tables = [
        {
            "caption": part.title,
            "heads": [f"{group} {heading}".strip() for group, heading, _ in part.columns],
            "rows": [(row.task, [show(row) for _, _, show in part.columns[1:]]) for row in part.rows],
        }
        for part in parts_of(rows, dataset, torch_state)
    ]
    page = render(
        verb="reproduce",
        title="The eight networks of the original project, trained again by nnfs",
        together="Beside the published figures",
        tables=tables,
        notes=notes(rows, dataset) if rows else [],
        runs=sections,
    )
    write_file(path, page.encode(errors="backslashreplace"))


def section_of(trained: TrainedRow, machine: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows of one network; ``machine`` is what it was trained on."""
    row, network, data = trained.row, trained.network, trained.data
    task = TASKS[row.task]
    rows = slice(MOST_ROWS)
    gradients = gradients_of(network, data.x_train[rows].astype(network.dtype), data.y_train[rows])
    with page_style():
        facts = network_facts(network, _measured(trained), gradients, row.task)
        facts["pictures"] = [_losses(trained), *facts["pictures"]]
    seed = row.settings["seed"]
    return (
        SECTIONS
        | {
            "letter": row.task,
            "path": f"{row.task}: {task.what}",
            "about": [
                ("data", f"{row.dataset}, {len(data.x_train):,} samples, and {len(data.x_test):,} to test with"),
                *((name, _text(value)) for name, value in row.settings.items()),
            ],
            "pictures_title": "Losses and predictions" if facts["pictures"][1:] else "Losses",
            "gradient_rows": min(MOST_ROWS, len(data.x_train)),
            "reproducing": {
                "from_file": None,
                "file": None,
                "command": f"nnfs reproduce --rows {row.task} --seed {seed}"
                + (f" --dataset {row.dataset}" if task.takes_images else "")
                + f" --epochs {row.settings['epochs']}",
                "seed": seed,
                "weights": network.digest(),
                "weights_of": "the trained network",
                "data": digest_now(network, Samples(data.x_train.astype(network.dtype, copy=False), data.y_train)),
                "versions": {name: machine.get(name) for name in (*VERSIONS, "torch")},
            },
        }
        | facts
    )


def _measured(trained: TrainedRow) -> Measured:
    """Return what a network gives for the test part of its data."""
    network, data = trained.network, trained.data
    x = data.x_test.astype(network.dtype, copy=False)
    about = f"{len(x):,} test samples"
    if trained.row.task != "moons":
        found = measure(network, Samples(x, data.y_test), about)
        found.class_names = list(data.class_names)
        if found.labels is None:
            units = " (standardized)" if trained.row.task == "linear-large" else ""
            found.columns, found.output_names = [f"x{units}"], [f"y{units}"]
        return found
    # The network of the moons ends in a sigmoid: its output is the probability of class 1.
    yes = network.predict(x).astype(np.float64)
    labels: Array = data.y_test.reshape(-1).astype(np.int64)
    both = np.concatenate([1 - yes, yes], axis=1)
    targets = labels.reshape(-1, 1).astype(np.float64)
    return Measured(x, about, targets, yes, labels, both, class_names=list(data.class_names), numbers=np.arange(len(x)))


def _losses(trained: TrainedRow) -> Picture:
    """Draw the loss of each step, beside PyTorch's, with the published loss and that of the test part."""
    row = trained.row
    curves = {"nnfs": trained.history.step_losses}
    if trained.torch_history is not None:
        curves["PyTorch"] = trained.torch_history.step_losses
    levels = {"test loss": row.loss, "published": row.published_loss if row.dataset != "digits" else None}
    known = {name: level for name, level in levels.items() if level is not None}
    caption = f"Losses of {row.steps or 0:,} steps; " + "; ".join(f"{name} {_shown(v)}" for name, v in known.items())
    if agreement := describe_agreement(row.agreeing_steps, row.steps):
        caption += f". Same weights, same batches as PyTorch: the losses differ by at most 1% {agreement}"
    figure = plot_losses(curves, levels=known, title="")
    return as_picture(figure, (4.8, 3.8), f"{row.task}-losses", f"{caption}.")


def _shown(value: float | None) -> str:
    return "-" if value is None else four_digits(value)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
