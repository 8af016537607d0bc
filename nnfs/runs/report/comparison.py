"""Several runs side by side: the settings in which they differ, and their results."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ...metrics import r2_score, root_mean_squared_error
from ...printable import cut, four_digits
from ..named_networks import NAMED_NETWORKS
from ..parts import complete_part, write_pairs
from .calibration import calibration_of_measured
from .measured import Measured
from .record import Record

HIDDEN = ("layers", "columns")
"""Settings that are long lists: the network and the target of a run stand for them."""
LONGEST = 200
"""How many characters of a setting are shown; the file of settings on the page has all of them."""


def letters_of(count: int) -> list[str]:
    """Return a short name for each of several runs: A, B, ..., Z, A2, B2, ..."""
    return [chr(ord("A") + index % 26) + (str(index // 26 + 1) if index >= 26 else "") for index in range(count)]


def names_of(records: Sequence[Record]) -> list[str]:
    """Return what each of several runs is called: the name of its folder, its path, or this with its letter."""
    letters, paths = letters_of(len(records)), [record.path for record in records]
    names = [os.path.basename(os.path.normpath(path)) for path in paths]
    found = [path if names.count(name) > 1 else name for name, path in zip(names, paths, strict=True)]
    return [
        f"{name} ({letter})" if found.count(name) > 1 else name for name, letter in zip(found, letters, strict=True)
    ]


def best_of(records: Sequence[Record], names: Sequence[str]) -> str:
    """Return which of several runs on one data has the lowest validation loss; "" where they cannot be compared."""
    losses = [record.figures.get("val_loss") for record in records]
    known = [loss for loss in losses if loss is not None]
    if len(known) < 2 or len({record.loss_name for record in records}) > 1:
        return ""
    best = [name for name, loss in zip(names, losses, strict=True) if loss == min(known)]
    return f"best validation loss: {', '.join(best)} ({four_digits(min(known))})"


def data_groups(records: Sequence[Record]) -> list[list[int]]:
    """Return the numbers of the runs that were trained on the same data, in a list for each of the data.

    Data are the same where they have the same path and target, or training samples of the same digest.
    """
    groups: list[list[int]] = []
    for index, record in enumerate(records):
        found = next((group for group in groups if _has_data_of(record, records[group[0]])), None)
        if found is None:
            groups.append([index])
        else:
            found.append(index)
    return groups


def _has_data_of(record: Record, other: Record) -> bool:
    if record.data_digest is not None and record.data_digest == other.data_digest:
        return True
    return all(record.settings[name] == other.settings[name] for name in ("data", "target", "columns"))


def settings_texts(record: Record) -> dict[str, str]:
    """Return each setting of a run as a short text, by name."""
    return {name: cut(_text(value), LONGEST) for name, value in record.settings.items() if name not in HIDDEN}


def differing_settings(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """Return the name of each setting in which runs differ, and its text in each of them.

    Of a part that all runs have, such as one optimizer, these are the arguments in which they differ.
    """
    texts = [_arguments_apart(record, records) for record in records]
    names = list(dict.fromkeys(name for one in texts for name in one))
    rows = [(name, [one.get(name, "") for one in texts]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def _arguments_apart(record: Record, records: Sequence[Record]) -> dict[str, str]:
    """Return the settings of a run as texts, with one for each argument of the parts that all runs have."""
    texts: dict[str, str] = {}
    for name, text in settings_texts(record).items():
        others = [one.settings.get(name) for one in records]
        parts = [part for part in others if isinstance(part, dict)]
        if len(parts) == len(others) and len({part.get("name") for part in parts}) == 1:
            part = record.settings[name]
            given = (
                complete_part(part, NAMED_NETWORKS) if name == "network" and part["name"] in NAMED_NETWORKS else part
            )
            texts |= {f"{name}: {key}": _text(value)[:LONGEST] for key, value in given.items() if key != "name"}
        else:
            texts[name] = text
    return texts


def results(records: Sequence[Record]) -> list[tuple[str, list[str]]]:
    """Return the results of runs: a row for each figure, with a text for each run; "" where a run has no such figure.

    The figures are those of the epoch whose weights the network has.
    """
    columns = [_results(record) for record in records]
    names = list(dict.fromkeys(name for column in columns for name in column))
    names.sort(key=_rank)
    return [(name, [column.get(name, "") for column in columns]) for name in names]


def _results(record: Record) -> dict[str, str]:
    wanted = "" if record.is_finished else f" of {record.settings['epochs']}"
    found = {"state": record.state, "epochs": f"{len(record.epochs)}{wanted}"}
    if record.network is not None:
        found["parameters"] = f"{sum(one.value.size for one in record.network.parameters.values()):,}"
    for name, value in record.figures.items():
        if name not in ("seconds", "learning_rate"):
            found[_titled(name, record.loss_name)] = four_digits(value)
    for name, value in (record.test or {}).items():
        found[_titled(f"test_{name}", record.loss_name)] = four_digits(value)
    found |= {name: four_digits(value) for name, value in measured_figures(record.measured).items()}
    seconds = [epoch["seconds"] for epoch in record.epochs if epoch.get("seconds") is not None]
    if seconds:
        found["seconds in all"] = four_digits(float(sum(seconds)))
    return found


def measured_figures(measured: Measured | None) -> dict[str, float]:
    """Return what the page measures itself: RMSE and r2 of a regression, else the expected calibration error."""
    if measured is None:
        return {}
    part = measured.about.partition(" ")[2].partition(",")[0]  # such as "test samples", without their number
    if calibration := calibration_of_measured(measured):
        return {f"expected calibration error, {part}": calibration.error}
    both = {"targets": measured.targets, "outputs": measured.outputs}
    return {f"RMSE, {part}": root_mean_squared_error(**both), f"r2, {part}": r2_score(**both)}


def _titled(name: str, loss: str) -> str:
    """Return the title of a figure, with the loss's name, since losses of different kinds cannot be compared."""
    for prefix, part in (("val_", "validation"), ("test_", "test"), ("", "training")):
        if name.startswith(prefix):
            figure = name.removeprefix(prefix)
            return f"{part} {f'loss ({loss})' if figure == 'loss' else figure.replace('_', ' ')}"
    raise AssertionError("unreachable")


def _rank(name: str) -> int:
    order = ("state", "epochs", "parameters", "training", "validation", "test", "expected", "RMSE", "r2", "seconds")
    return next(rank for rank, word in enumerate(order) if name.startswith(word))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        words = write_pairs({key: item for key, item in value.items() if key != "name"})
        return " ".join([str(value["name"]), *words]) if "name" in value else " ".join(words)
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "none"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
