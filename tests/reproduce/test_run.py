"""A run of all tasks: its rows, its files, and its errors."""

from __future__ import annotations

import json

import pytest

from nnfs import DTypeError, NumericError
from nnfs.reproduce import TASKS, Run
from nnfs.reproduce import run as run_module

KEYS = {
    *("task", "dataset", "loss", "accuracy", "train_loss", "published_loss", "published_accuracy"),
    *("torch_loss", "torch_accuracy", "max_loss_curve_difference", "seconds", "torch_seconds"),
}
FIGURES = ("loss", "train_loss", "seconds")


def small_run(**options):
    return Run(**{"dataset": "digits", "epochs": 1, "with_torch": False} | options)


def test_every_row_runs_on_the_digits(tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "can_draw", lambda: False)
    run = small_run(output=tmp_path)
    rows = run.train()
    assert [row.task for row in rows] == list(TASKS)
    assert run.images is None  # otherwise each seed would keep a copy of Fashion-MNIST in memory
    results = json.loads((run.folder / "results.json").read_text())
    assert results == run.results()
    assert set(results) == {"machine", "interrupted", "rows"}
    assert results["interrupted"] is False
    for row in results["rows"]:
        assert set(row) >= KEYS
        assert row["error"] is None
        assert all(row[name] > 0 for name in FIGURES)
        assert row["torch_loss"] is row["torch_seconds"] is row["max_loss_curve_difference"] is None
        assert (row["beats_published"] is None) == row["task"].startswith("cnn")
        history = json.loads((run.folder / "histories" / f"{row['task']}.json").read_text())
        assert len(history["nnfs"]["epochs"]) == 1
        assert len(history["nnfs"]["step_losses"]) > 1
        assert history["torch"] is None


def test_pytorch_trains_the_same(tmp_path):
    pytest.importorskip("torch")
    run = small_run(rows=["linear-small", "cnn-4"], with_torch=True)
    for row in run.train():
        assert row.torch_loss == pytest.approx(row.loss, rel=1e-3)
        assert row.max_loss_curve_difference < 1e-3
        assert row.torch_seconds > 0
    assert run.machine["torch"]
    assert run.machine["torch_threads"] >= 1
    assert run.folder is None


def test_the_same_seed_gives_the_same_figures(backend):
    first, second = (small_run(rows=["cnn-5", "moons"], seed=5).train() for _ in range(2))
    assert [(row.loss, row.accuracy) for row in first] == [(row.loss, row.accuracy) for row in second]
    other = small_run(rows=["moons"], seed=6).train()
    assert other[0].loss != first[0].loss


@pytest.mark.parametrize("seed", [0, 1, 9])
def test_the_small_rows_beat_the_published_figures(seed):
    rows = Run(rows=["linear-small", "linear-large", "moons"], with_torch=False, seed=seed).train()
    assert all(row.beats_published for row in rows)
    assert rows[2].accuracy == 1


def test_without_pytorch_the_rows_are_trained_all_the_same(monkeypatch, capsys):
    def missing():
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(run_module, "import_torch", missing)
    run = small_run(rows=["linear-small"], with_torch=True, verbose=True)
    assert run.torch_state == "not installed"
    assert 'To compare with it: pip install "torch==2.13.0"' in capsys.readouterr().err
    assert run.train()[0].loss is not None
    assert run.machine["torch"] is None


def test_a_row_that_fails_does_not_lose_the_others(tmp_path, monkeypatch):
    train_row = run_module.train_row

    def failing(task, *positional, **named):
        if task.name == "linear-large":
            raise NumericError("the loss is nan at step 3")
        return train_row(task, *positional, **named)

    monkeypatch.setattr(run_module, "train_row", failing)
    monkeypatch.setattr(run_module, "can_draw", lambda: False)
    run = small_run(rows=["linear-small", "linear-large", "moons"], output=tmp_path)
    run.train()
    assert isinstance(run.failure, NumericError)
    rows = json.loads((run.folder / "results.json").read_text())["rows"]
    assert [row["error"] for row in rows] == [None, "NumericError: the loss is nan at step 3", None]
    assert rows[1]["loss"] is None
    assert rows[2]["loss"] > 0


def test_an_interrupt_keeps_the_finished_rows(tmp_path, monkeypatch):
    train_row = run_module.train_row

    def interrupted(task, *positional, **named):
        if task.name == "moons":
            raise KeyboardInterrupt
        return train_row(task, *positional, **named)

    monkeypatch.setattr(run_module, "train_row", interrupted)
    monkeypatch.setattr(run_module, "can_draw", lambda: False)
    run = small_run(rows=["linear-small", "moons"], output=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run.train()
    results = json.loads((run.folder / "results.json").read_text())
    assert [row["task"] for row in results["rows"]] == ["linear-small"]
    assert results["interrupted"] is True


def test_a_page_is_left_where_matplotlib_is(tmp_path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("jinja2")
    run = small_run(rows=["linear-large"], output=tmp_path)
    run.train()
    assert run.failure is None
    assert sorted(path.name for path in run.folder.iterdir()) == ["histories", "report.html", "results.json"]
    assert "linear-large: linear regression, large range" in (run.folder / "report.html").read_text(encoding="utf-8")


def test_without_matplotlib_one_line_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run_module, "can_draw", lambda: False)
    run = small_run(rows=["linear-small"], output=tmp_path, verbose=True)
    run.train()
    assert capsys.readouterr().err.count('pip install "nnfs-cython[report]"') == 1
    assert run.failure is None
    assert sorted(path.name for path in run.folder.iterdir()) == ["histories", "results.json"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rows": ["cnn-6"]}, "cnn-6.*cnn-5"),
        ({"rows": []}, "no row is named"),
        ({"dataset": "mnist"}, "'mnist'.*fashion-mnist"),
        ({"epochs": 0}, "epochs .* from 1 .* got 0"),
        ({"epochs": True}, "epochs"),
        ({"seed": -1}, "seed.*-1"),
        ({"dataset": "digits", "data_dir": "x"}, "Fashion-MNIST"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_made(tmp_path, options, words):
    with pytest.raises((ValueError, DTypeError), match=words):
        small_run(**{"output": tmp_path / "runs"} | options)
    assert not list(tmp_path.iterdir())


def test_an_output_that_is_no_folder_is_refused_before_training(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(OSError, match="runs"):
        small_run(output=tmp_path / "runs")
    assert (tmp_path / "runs").read_text() == "a file"


@pytest.mark.parametrize("dataset", ["auto", "fashion-mnist"])
def test_a_named_folder_without_the_data_is_an_error(tmp_path, dataset):
    with pytest.raises(FileNotFoundError, match="Fashion-MNIST"):
        small_run(dataset=dataset, data_dir=tmp_path, output=tmp_path / "runs")
    assert not list(tmp_path.iterdir())


def test_auto_takes_the_digits_and_says_how_to_get_fashion_mnist(monkeypatch, capsys):
    monkeypatch.setattr("nnfs.reproduce.datasets.find_fashion_mnist", lambda: None)
    run = small_run(dataset="auto", rows=["cnn-4"], verbose=True)
    assert run.dataset == "digits"
    assert "dataset-fashion-mnist" in capsys.readouterr().err
