"""What others may see of a run: the names of its files, without the folders that they lie in on this computer."""

from __future__ import annotations

import os
from dataclasses import replace

from ...data import DATASETS
from .record import Record

PATHS = ("data", "data_dir", "validation_data")
"""The settings that are paths."""


def without_folders(record: Record) -> Record:
    """Return a copy of a record in which each file stands by its name alone, and which is not modified otherwise.

    The path of the run stays as it was written where it leads down or up from this folder. Folders vanish from notes
    too, whose messages name files.
    """
    settings, network = record.settings, record.settings["network"]
    paths = [settings[name] for name in PATHS if settings[name] is not None] + [network["name"]]
    folders = {os.path.dirname(os.path.abspath(path)) for path in (*paths, record.path, os.path.join(record.path, "x"))}
    folders |= {os.path.dirname(path) for path in paths if os.path.isabs(path)} | {os.path.expanduser("~"), os.getcwd()}
    prefixes = [folder.rstrip(os.sep) + os.sep for folder in sorted(folders, key=len, reverse=True)]

    def shortened(text: str) -> str:
        for prefix in prefixes:
            text = text.replace(prefix, "") if len(prefix) > 1 else text
        return text

    names = {name: file_name(settings[name]) for name in PATHS if settings[name] is not None}
    return replace(
        record,
        path=_run_name(record.path),
        settings=settings | names | {"network": network | {"name": file_name(network["name"])}},
        notes=[shortened(note) for note in record.notes],
        state=shortened(record.state),
        advice=shortened(record.advice),
    )


def file_name(path: str) -> str:
    """Return the name of a file or folder, written so that it is not taken for a data set or an option."""
    if path in DATASETS:
        return path
    name = os.path.basename(path)
    return f"./{name}" if name in DATASETS or name.startswith("-") else name


def _run_name(path: str) -> str:
    if not os.path.isabs(path):
        return path
    inside = os.path.relpath(path)
    return os.path.basename(os.path.normpath(path)) if inside.startswith(os.pardir) else inside
