"""The two tables, and the settings below them, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TypeAlias

from .row import Row
from .tasks import TASKS

WIDTH = 110
MISSING = "-"
TRAINING = (
    "epochs {epochs}, batch {batch_size}, seed {seed}; SGD: momentum {momentum:g}, weight decay {weight_decay:g},",
    "learning rate up to {learning_rate:g} over the first epoch, then down to 0 along a cosine",
)

Column: TypeAlias = tuple[str, str, Callable[[Row], str]]
"""Group, heading, and what a row has there."""


def tables(rows: Sequence[Row], dataset: str, torch_state: str) -> str:
    """Return both tables, notes and settings for reading, without a line end at the end.

    Parameters
    ----------
    rows : list of Row
        Those that are done; a table without a row is left out.
    dataset : str
        The images of the convolutional rows.
    torch_state : str
        What stands where PyTorch has no figure: "not installed", "not asked for".
    """
    small = [row for row in rows if not TASKS[row.task].takes_images]
    convolutional = [row for row in rows if TASKS[row.task].takes_images]
    parts = []
    if small:
        published_torch: Column = ("published", "PyTorch", lambda row: _loss(row.published_torch_loss))
        parts.append("Regression and moons: mean squared error on the test points")
        parts.append(_table(small, published_torch, torch_state))
    if convolutional:
        published_accuracy: Column = ("published", "accuracy", lambda row: _percent(row.published_accuracy))
        parts.append(f"Convolutional networks: cross-entropy and accuracy on the test images of {dataset}")
        parts.append(_table(convolutional, published_accuracy, torch_state))
    if rows:
        parts += [_notes(rows, bool(convolutional) and dataset == "digits"), _settings(rows)]
    return "\n\n".join(parts)


def _table(rows: Sequence[Row], published: Column, torch_state: str) -> str:
    torch_missing = MISSING if torch_state == "used" else torch_state
    columns: list[Column] = [
        ("", "task", lambda row: row.task),
        ("published", "loss", lambda row: _loss(row.published_loss)),
        published,
        ("nnfs", "loss", lambda row: _loss(row.loss)),
        ("nnfs", "accuracy", lambda row: _percent(row.accuracy)),
        ("nnfs", "train loss", lambda row: _loss(row.train_loss)),
        ("nnfs", "better", lambda row: {True: "yes", False: "NO", None: MISSING}[row.beats_published]),
        ("PyTorch here", "loss", lambda row: _loss(row.torch_loss, torch_missing)),
        ("PyTorch here", "accuracy", lambda row: _percent(row.torch_accuracy)),
        ("seconds", "nnfs", lambda row: _seconds(row.seconds)),
        ("seconds", "PyTorch", lambda row: _seconds(row.torch_seconds)),
        ("seconds", "ratio", lambda row: _ratio(row.torch_seconds, row.seconds)),
    ]
    if all(row.accuracy is None and row.torch_accuracy is None for row in rows):
        columns = [column for column in columns if column[1] != "accuracy"]
    cells = [[heading, *(show(row) for row in rows)] for _, heading, show in columns]
    widths = [max(map(len, column)) for column in cells]
    groups = [group for group, _, _ in columns]
    # A bar stands before each group of columns.
    gaps = ["" if index == 0 else "  " if group == groups[index - 1] else " | " for index, group in enumerate(groups)]
    lines = [_group_line(groups, widths, gaps)]
    for number in range(len(rows) + 1):
        line = cells[0][number].ljust(widths[0])
        for gap, column, width in zip(gaps[1:], cells[1:], widths[1:], strict=True):
            line += gap + column[number].rjust(width)
        lines.append(line)
    lines.insert(2, "".join("+" if character == "|" else "-" for character in lines[1]))
    return "\n".join(lines)


def _group_line(groups: list[str], widths: list[int], gaps: list[str]) -> str:
    """Return the line above the headings: each group's name over the middle of its columns."""
    line = ""
    for index, group in enumerate(groups):
        if index and group == groups[index - 1]:
            continue
        members = [number for number, other in enumerate(groups) if other == group]
        span = sum(widths[number] + len(gaps[number]) for number in members) - len(gaps[index])
        line += gaps[index] + group.center(span)
    return line.rstrip()


def _notes(rows: Sequence[Row], digits: bool) -> str:
    notes = [
        "published: the figures of the original project; better: at most its loss and at least its accuracy.",
        "train loss: on the whole training part after the last step, without dropout.",
        "PyTorch here: same first weights, same batches, same dropped units. ratio: PyTorch's seconds / nnfs's.",
    ]
    if digits:
        notes.append(
            "cnn-1 ... cnn-5: the published figures are of Fashion-MNIST; rows on digits cannot be compared with them."
        )
    if any(row.task == "linear-large" for row in rows):
        notes.append("linear-large: x and y are standardized by the training part, and the loss is in those units.")
    notes += [f"{row.task} is not complete: {row.error}" for row in rows if row.error]
    return "\n".join(notes)


def _settings(rows: Sequence[Row]) -> str:
    lines = ["Settings"]
    for row in rows:
        lines.append(f"{row.task}: {TASKS[row.task].what}")
        if row.settings:
            # A non-breaking space keeps each layer in one piece.
            network = " > ".join(layer.replace(" ", "\xa0") for layer in row.settings["network"])
            lines += [f"    {line}".replace("\xa0", " ") for line in textwrap.wrap(network, WIDTH)]
            lines += [f"    {line.format(**row.settings)}" for line in TRAINING]
    return "\n".join(lines)


def _loss(value: float | None, missing: str = MISSING) -> str:
    return missing if value is None else f"{value:.4f}" if value >= 0.0001 else f"{value:.0e}"


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.2f}%"


def _seconds(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _ratio(above: float | None, below: float | None) -> str:
    return MISSING if not above or not below else f"{above / below:.2f}"
