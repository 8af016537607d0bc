"""The page of many trainings: the best run first, texts that cannot be HTML, and pages of runs that all failed."""

from __future__ import annotations

import re

import pytest

from nnfs import cli
from nnfs.many.page import page_of_many
from nnfs.many.recorded import Recorded
from nnfs.many.result import Result

pytest.importorskip("jinja2")
pytest.importorskip("matplotlib")


def page(results, settings, best="val_loss"):
    return page_of_many(Recorded("runs/s", results, dict(enumerate(settings)), best))


def test_the_best_run_is_the_first_row():
    results = [Result(n, {"loss": 1.0, "val_accuracy": n / 4}, run=f"runs/s/run{n}") for n in range(4)]
    text = page(results, [{"seed": n % 2, "rate": 0.1 * n} for n in range(4)], "val_accuracy")
    assert "of which more is better" in text
    assert re.findall(r"<code>(run\d)</code>", text) == ["run3", "run2", "run1", "run0"]
    assert text.count("<polyline points") == 4
    assert "val_accuracy by seed" in text


def test_texts_are_escaped():
    results = [Result(n, {"loss": float(n)}, error=None, run="<b>") for n in range(2)]
    results.append(Result(2, error="<script>"))
    text = page(results, [{"<i>": "<u>"}, {"<i>": "<s>"}, {"<i>": "<u>"}])
    assert not re.search("<(script|b|i|u|s)>", text)
    assert "&lt;script&gt;" in text


def test_a_page_of_failures_and_one_of_nothing_finite():
    text = page([Result(0, error="ValueError: no")], [{"seed": 1}])
    assert "of which 1 failed" in text
    assert "<svg" not in text
    assert "1 ended without a finite val_loss" in page([Result(0, {"val_loss": None})], [{"seed": 1}])


def test_the_verb_writes_the_page_of_a_sweep_and_leaves_it_out_among_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.toml").write_text('data = "moons"\nepochs = 1\n[sweep.values]\nseed = [0, 1]\n')
    assert cli.main(["sweep", "two.toml", "--verbose", "0"]) == 0
    assert cli.main(["report", "runs/two"]) == 0
    assert "Sweep: runs/two" in (tmp_path / "report.html").read_text()
    capsys.readouterr()
    assert cli.main(["report", "runs/two", "runs/two"]) == 3
    assert "is no run" in capsys.readouterr().err
