"""The results of ``nnfs reproduce`` as two text tables, with notes and settings below them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from ..io.torch.curves import describe_agreement
from ..printable import four_digits
from ..system.busy import caveats
from .aligned import MISSING, Column, aligned, percent
from .row import Row
from .tasks import TASKS

WIDTH = 110
TRAINING = (
    "epochs {epochs}, batch {batch_size}, seed {seed}; SGD: momentum {momentum:g}, weight decay {weight_decay:g},",
    "learning rate up to {learning_rate:g} over the first epoch, then down to 0 along a cosine",
)


def tables(rows: Sequence[Row], dataset: str, torch_state: str) -> str:
    """Return both tables, the notes and the settings as text that does not end in a newline.

    Parameters
    ----------
    rows : list of Row
        The rows of the finished tasks. A table without rows is left out.
    dataset : str
        The data set of the convolutional networks.
    torch_state : str
        The text in place of PyTorch's figures if there are none: "not installed" or "not asked for".
    """
    parts = []
    for part in parts_of(rows, dataset, torch_state):
        parts += [part.title, aligned(part.rows, part.columns)]
    if rows:
        lines = [line for note in notes(rows, dataset) for line in note.split("\n")]
        parts += ["\n".join(textwrap.fill(line, WIDTH) for line in lines), settings_text(rows)]
    return "\n\n".join(parts)


class Part(NamedTuple):
    """Hold one of the two tables: its title, its rows, and its columns."""

    title: str
    rows: list[Row]
    columns: list[Column[Row]]


def parts_of(rows: Sequence[Row], dataset: str, torch_state: str) -> list[Part]:
    """Return both tables, without one that has no rows; the arguments are those of `tables`."""
    small = [row for row in rows if not TASKS[row.task].takes_images]
    convolutional = [row for row in rows if TASKS[row.task].takes_images]
    published_torch: Column[Row] = ("published", "PyTorch", lambda row: _loss(row.published_torch_loss))
    published_accuracy: Column[Row] = ("published", "accuracy", lambda row: percent(row.published_accuracy))
    of_images = f"Convolutional networks: cross-entropy and accuracy on the test images of {dataset}"
    parts = [
        ("Regression and moons: mean squared error on the test points", small, published_torch),
        (of_images, convolutional, published_accuracy),
    ]
    return [Part(title, some, _columns(some, column, torch_state)) for title, some, column in parts if some]


def _columns(rows: Sequence[Row], published: Column[Row], torch_state: str) -> list[Column[Row]]:
    torch_missing = MISSING if torch_state == "used" else torch_state
    columns: list[Column[Row]] = [
        ("", "task", lambda row: row.task),
        ("published", "loss", lambda row: _loss(row.published_loss)),
        published,
        ("data", "noise", lambda row: _loss(row.noise_floor)),
        ("nnfs", "loss", lambda row: _loss(row.loss)),
        ("nnfs", "accuracy", lambda row: percent(row.accuracy)),
        ("nnfs", "train loss", lambda row: _loss(row.train_loss)),
        ("nnfs", "better", lambda row: {True: "yes", False: "NO", None: MISSING}[row.beats_published]),
        ("PyTorch here", "loss", lambda row: _loss(row.torch_loss, torch_missing)),
        ("PyTorch here", "accuracy", lambda row: percent(row.torch_accuracy)),
        ("seconds", "nnfs", lambda row: _seconds(row.seconds)),
        ("seconds", "PyTorch", lambda row: _seconds(row.torch_seconds)),
        ("seconds", "ratio", lambda row: _ratio(row.torch_seconds, row.seconds)),
    ]
    if all(row.accuracy is None and row.torch_accuracy is None for row in rows):
        columns = [column for column in columns if column[1] != "accuracy"]
    if all(row.noise_floor is None for row in rows):
        columns = [column for column in columns if column[1] != "noise"]
    return columns


def notes(rows: Sequence[Row], dataset: str) -> list[str]:
    """Return what must be known to read the tables, a text for each subject; the arguments are those of `tables`."""
    lines = [
        "published: the figures of the original project; better: at most its loss and at least its accuracy.",
        "train loss: on the whole training part after the last step, without dropout.",
        "PyTorch here: same first weights, same batches, same dropped units. ratio: PyTorch's seconds / nnfs's.",
    ]
    if dataset == "digits" and any(TASKS[row.task].takes_images for row in rows):
        lines.append(
            "cnn-1 ... cnn-5: the published figures are of Fashion-MNIST; rows on digits cannot be compared with them."
        )
    if any(row.noise_floor is not None for row in rows):
        lines.append(
            "noise: the expected loss of the true function on the points of these rows, which nnfs draws itself.\n"
            "No network can be expected to get below it. The points of the original project are not published."
        )
    if any(row.task == "linear-large" for row in rows):
        lines.append("linear-large: x and y are standardized by the training part, and the loss is in those units.")
    if agreements := [
        f"{row.task} {text}" for row in rows if (text := describe_agreement(row.agreeing_steps, row.steps))
    ]:
        lines.append("The losses of nnfs and PyTorch differ by at most 1% in each step: " + "; ".join(agreements) + ".")
    shares = [row.processor_share for row in rows if row.processor_share is not None]
    lines += caveats(shares, [row.torch_spread for row in rows if row.torch_spread is not None])
    lines += [f"{row.task} is not complete: {row.error}" for row in rows if row.error]
    return lines


def settings_text(rows: Sequence[Row]) -> str:
    """Return a text that lists how the network of each row was built and trained."""
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
    return missing if value is None else four_digits(value)


def _seconds(value: float | None) -> str:
    return MISSING if value is None else _three_digits(value)


def _ratio(above: float | None, below: float | None) -> str:
    return MISSING if not above or not below else _three_digits(above / below)


def _three_digits(value: float) -> str:
    return f"{value:#.3g}" if value < 99.95 else f"{value:.0f}"
