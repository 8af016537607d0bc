"""No verb prints names from data as control sequences for a terminal or as formulas."""

from __future__ import annotations

import json

import pytest

from nnfs import cli

NAMES = "\x1b[31mred", "=1+1"


@pytest.fixture
def hostile(own_folder, capsys):
    """Train a run on a table with control sequences and formulas as names, and return the name of the table."""
    name = "\x1b]0;t.csv"
    rows = "".join(f"{number},{number % 2},{NAMES[number % 2]}\n" for number in range(8))
    (own_folder / name).write_text(f"a,\x1b[2Jb,\x1b[5mkind\n{rows}")
    assert cli.main(["train", name, "--epochs", "1", "--name", "r", "--batch-size", "4"]) == 0
    return name


def test_the_screen(hostile, capsys):
    for words in (["resume", "runs/r"], ["evaluate", "runs/r", hostile], ["predict", "runs/r", hostile]):
        assert cli.main(words) == 0
    assert cli.main(["predict", "runs/r", hostile, "--proba"]) == 0
    assert cli.main(["train", hostile, "--target", "\x1b[1m", "--name", "s"]) == 2
    assert cli.main(["train", "\x1b[1m.csv"]) == 4
    outside = capsys.readouterr()
    shown = outside.out + outside.err
    assert "\x1b" not in shown
    assert "\\x1b[31mred" in outside.err
    assert "'=1+1" in outside.out
    assert "\n=1+1" not in outside.out


def test_a_csv_file_and_json(hostile, own_folder, capsys):
    capsys.readouterr()
    assert cli.main(["predict", "runs/r", hostile, "--proba", "--json"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert json.loads(out)["columns"] == sorted(NAMES)
    assert "\x1b" not in (own_folder / "runs" / "r" / "history.csv").read_text()
