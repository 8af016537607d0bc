"""The page of a reproduction: the published figures, a section for each network, and its numbers."""

from __future__ import annotations

import pytest

from nnfs.reproduce import Run
from nnfs.reproduce import run as run_module
from nnfs.reproduce.report import REPORT, can_draw

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a run of four rows, of which one fails."""
    output = tmp_path_factory.mktemp("runs")
    run = Run(
        dataset="digits",
        rows=["linear-small", "linear-large", "moons", "cnn-1"],
        epochs=1,
        with_torch=False,
        output=output,
    )
    train_row = run_module.train_row

    def failing(task, *positional, **named):
        if task.name == "linear-large":
            raise ValueError("<b>broken</b>")
        return train_row(task, *positional, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(run_module, "train_row", failing)
        run.train()
    return run.folder


@pytest.fixture(scope="module")
def text(folder):
    """Return the page."""
    return (folder / REPORT).read_text(encoding="utf-8")


def test_published_figures_stand_beside_those_of_nnfs(show, text, folder):
    import json

    rows = json.loads((folder / "results.json").read_text())["rows"]
    driver = show(text)
    tables = driver.find_elements("css selector", "#together table")
    assert len(tables) == 2
    for row in rows:
        line = next(
            element
            for table in tables
            for element in table.find_elements("tag name", "tr")
            if element.text.startswith(row["task"])
        )
        assert f"{row['published_loss']:.4g}" in line.text
        assert ("-" if row["loss"] is None else f"{row['loss']:.4g}") in line.text
    assert "<b>broken</b>" in driver.find_element("css selector", "#together").text
    driver.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    size = {"width": 375, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 375
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_network_that_was_trained_has_a_section(text):
    for words in ("The fitted line", "The decision boundary", "Kernels of layer 0", "Confusion matrix", "Calibration"):
        assert words in text, words
    assert 'id="run-linear-small"' in text
    assert 'id="run-linear-large"' not in text
    assert "nnfs reproduce --rows cnn-1 --seed 0 --dataset digits --epochs 1" in text
    assert len(text) < 1_000_000


def test_both_libraries_are_needed(monkeypatch):
    assert can_draw()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "jinja2" else object())
    assert not can_draw()
