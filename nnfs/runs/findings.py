"""The findings of a run: what was seen to go wrong while it was trained, kept in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from ..errors import FormatError
from ..io import strict_json
from ..system.files import open_regular
from ..training.diagnosis.finding import Finding
from .folder import write_json

FINDINGS = "findings.json"
PARTS = {part.name for part in fields(Finding)}


def read_findings(folder: Path) -> list[Finding]:
    """Return the findings that the folder of a run holds; [] where its file is missing or damaged."""
    try:
        with open_regular(folder / FINDINGS) as file:
            found = strict_json.parse(file.read().decode())
    except (OSError, ValueError, RecursionError, FormatError):
        return []
    entries = found if isinstance(found, list) else []
    return [Finding(**entry) for entry in entries if _is_finding(entry)]


def add_findings(folder: Path, found: Sequence[Finding]) -> None:
    """Add findings to those that the folder of a run holds; one that tells of the same thing is replaced."""
    before = read_findings(folder)
    merged = list(({one.what: one for one in before} | {one.what: one for one in found}).values())
    if merged != before:
        write_json(folder / FINDINGS, [asdict(one) for one in merged])


def _is_finding(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() == PARTS and all(isinstance(text, str) for text in entry.values())
