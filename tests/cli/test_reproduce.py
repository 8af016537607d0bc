"""The verb ``reproduce``: options, output on stdout and stderr, exit codes."""

from __future__ import annotations

import argparse
import json

import pytest

from nnfs import NumericError
from nnfs.cli import reproduce
from nnfs.reproduce import run as run_module


def run(*words):
    parser = argparse.ArgumentParser()
    reproduce.add_arguments(parser)
    return reproduce.run(parser.parse_args(words))


@pytest.fixture
def quick(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "can_draw", lambda: False)  # pictures take most of the time
    return ["--dataset", "digits", "--no-torch", "--output", str(tmp_path)]


def test_json_alone_is_on_stdout(quick, capsys):
    assert run(*quick, "--json", "--epochs", "1", "--rows", "cnn-2,linear-small", "moons") == 0
    captured = capsys.readouterr()
    results = json.loads(captured.out)
    assert set(results) == {"machine", "interrupted", "rows"}
    assert [row["task"] for row in results["rows"]] == ["linear-small", "moons", "cnn-2"]
    assert "cnn-2" in captured.err
    assert "reproduce-" in captured.err


def test_tables_and_settings_are_on_stdout(quick, capsys):
    assert run(*quick, "--epochs", "1", "--rows", "cnn-2", "linear-small") == 0
    out = capsys.readouterr().out
    for words in ("linear-small", "cnn-2", "0.3942", "84.22%", "not asked for", "Settings", "epochs 1, batch 32"):
        assert words in out, words


def test_a_row_that_misses_the_published_figures_gives_1(quick, capsys, monkeypatch):
    assert run(*quick, "--rows", "linear-small") == 0
    monkeypatch.setattr("nnfs.reproduce.row.Row.compare", lambda row: setattr(row, "beats_published", False))
    assert run(*quick, "--rows", "linear-small") == 1
    assert "not as good as published: linear-small" in capsys.readouterr().err
    # With fewer epochs than the task's own, the published figures need not be reached.
    assert run(*quick, "--rows", "linear-small", "--epochs", "1") == 0


@pytest.mark.parametrize("error", [NumericError("the loss is nan"), KeyboardInterrupt()], ids=["failure", "interrupt"])
def test_finished_rows_are_printed_before_the_error_is_raised(quick, capsys, monkeypatch, error):
    train_row = run_module.train_row

    def failing(task, *positional, **named):
        if task.name == "moons":
            raise error
        return train_row(task, *positional, **named)

    monkeypatch.setattr(run_module, "train_row", failing)
    with pytest.raises(type(error)):
        run(*quick, "--json", "--rows", "linear-small", "moons")
    results = json.loads(capsys.readouterr().out)
    assert results["rows"][0]["loss"] > 0
    assert results["interrupted"] is isinstance(error, KeyboardInterrupt)


def test_of_several_seeds_mean_and_spread_are_printed(quick, capsys):
    assert run(*quick, "--rows", "linear-small", "--seed", "0", "1") == 0
    printed = capsys.readouterr()
    (line,) = [line for line in printed.out.splitlines() if line.startswith("linear-small ")]
    assert line.endswith("2 of 2")
    assert printed.err.splitlines()[-1].count("reproduce-") == 2
    assert run(*quick, "--rows", "linear-small", "--epochs", "1", "--seed", "0", "1", "--json") == 0
    results = json.loads(capsys.readouterr().out)
    assert [found["rows"][0]["settings"]["seed"] for found in results] == [0, 1]


def test_a_seed_that_is_wrong_is_refused_before_the_first_is_trained(quick, capsys, tmp_path):
    with pytest.raises(ValueError, match=r"seed.*-1"):
        run(*quick, "--rows", "linear-small", "--seed", "0", "-1")
    assert not list(tmp_path.iterdir())


def test_unknown_rows_print_nothing(quick, capsys):
    with pytest.raises(ValueError, match="cnn-9"):
        run(*quick, "--rows", "cnn-9")
    assert capsys.readouterr().out == ""
