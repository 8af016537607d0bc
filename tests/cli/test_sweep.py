"""The verb ``nnfs sweep``: the list of runs, the best of them, what mattered, and how to go on."""

from __future__ import annotations

import json

import pytest

from nnfs import cli

FILE = """
data = "moons"
epochs = 1
[sweep.values]
seed = [0, 1]
optimizer.learning_rate = [0.1, 0.001]
"""


@pytest.fixture
def file(own_folder):
    (own_folder / "two.toml").write_text(FILE)
    return "two.toml"


def test_the_best_runs_and_what_mattered_are_printed(file, capsys):
    assert cli.main(["sweep", file]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("the best of 4 runs by val_loss:\n")
    assert "%  optimizer.learning_rate" in out
    assert out.endswith("report: nnfs report runs/two\n")
    assert len(err.splitlines()) == 4
    assert cli.main(["sweep", file, "--json", "--verbose", "0"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (len(found["runs"]), found["failed"], err) == (4, [], "")
    losses = [run["figures"]["val_loss"] for run in found["runs"]]
    assert losses == sorted(losses)


def test_a_dry_run_lists_the_runs_and_makes_nothing(file, own_folder, capsys):
    assert cli.main(["sweep", file, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "1 seed=0 optimizer.learning_rate=0.001"
    assert not (own_folder / "runs").exists()


def test_ctrl_c_tells_how_to_go_on(file, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnfs.many.run_sweep.run_sweep", interrupted)
    assert cli.main(["sweep", file, "--workers", "2", "--name", "my rates"]) == 130
    expected = f"nnfs: error: interrupted; to go on with it: nnfs sweep {file} --name 'my rates' --workers 2\n"
    assert capsys.readouterr().err == expected


def test_the_exit_code_is_1_where_every_run_failed(own_folder, capsys):
    text = FILE.replace("[0.1, 0.001]", "[1e30]") + "loss = [{name = 'cross_entropy'}]\n"
    (own_folder / "bad.toml").write_text(text.replace("epochs = 1", "epochs = 1\noptimizer = {name = 'sgd'}"))
    assert cli.main(["sweep", "bad.toml"]) == 1
    assert "2 failed, the first of them by NumericError" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ([], 2, "a file of settings is missing"),
        (["no.toml"], 4, "no.toml"),
        (["two.toml", "--name", "a/b"], 2, "--name must be the name of a folder"),
        (["two.toml", "--workers", "0"], 2, "workers"),
    ],
)
def test_wrong_words_are_told_in_one_line(file, words, code, text, capsys):
    assert cli.main(["sweep", *words]) == code
    err = capsys.readouterr().err
    assert text in err
    assert err.count("\n") == 1


def test_the_schema_is_printed(capsys):
    assert cli.main(["sweep", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "settings of nnfs sweep"
