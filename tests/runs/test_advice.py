"""The commands that a run advises at its end work."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from trainings import interrupted_at

from nnfs import NumericError, cli
from nnfs.runs import open_network, resume, train
from nnfs.runs.advice import _slower, ending, has_begun

FAR = {"name": "sgd", "learning_rate": 1e30, "momentum": 0.5, "nesterov": True}


def test_ctrl_c_says_how_to_go_on():
    with interrupted_at(5):
        with pytest.raises(KeyboardInterrupt, match=r"^to go on with it: nnfs resume 'runs/a b'$"):
            train({"data": "moons", "epochs": 1}, name="a b", verbose=0)
        with pytest.raises(KeyboardInterrupt, match=r"^to go on with it: nnfs resume 'runs/a b'$"):
            resume("runs/a b", verbose=0)
    with pytest.raises(ValueError, match=r"this run is not done; to go on with it: nnfs resume 'runs/a b'$"):
        open_network("runs/a b")
    assert resume("runs/a b", verbose=0)["epochs"] == 1


def test_ctrl_c_before_the_first_step_leaves_nothing_to_go_on_with(monkeypatch):
    def failing(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnfs.runs.run._fit", failing)
    monkeypatch.setattr("nnfs.runs.run.describe_samples", failing)
    with pytest.raises(KeyboardInterrupt) as interrupt:
        train({"data": "moons", "epochs": 1}, name="a", verbose=2)
    assert interrupt.value.args == ()
    assert not Path("runs/a").exists()


def test_numbers_that_became_non_finite_are_not_gone_on_with(backend, capsys):
    for start in (lambda: train({"data": "moons", "optimizer": FAR}, name="a", verbose=0), lambda: resume("runs/a")):
        with pytest.raises(NumericError) as error:
            start()
        assert "; runs/a keeps settings and figures; with the usual learning rate: " in str(error.value)
    with pytest.raises(ValueError, match="this run is not done; its numbers became non-finite, and would") as refusal:
        open_network("runs/a")
    for text in (str(error.value), str(refusal.value)):
        command = text.rpartition(": nnfs ")[2]
        assert " --optimizer sgd momentum=0.5 nesterov=true --name NAME" in command
    capsys.readouterr()
    assert cli.main([*shlex.split(command.replace("NAME", "b")), "--verbose", "0", "--epochs", "1"]) == 0
    wanted = json.loads(Path("runs/a/config.json").read_text())
    wanted["optimizer"]["learning_rate"] = 0.01
    assert json.loads(Path("runs/b/config.json").read_text()) == wanted | {"epochs": 1}


@pytest.mark.parametrize(("rate", "advised"), [(0.5, "a tenth"), (1.0, "a tenth"), (1000.0, "the usual")])
def test_a_tenth_of_the_rate_is_advised_where_it_may_help(rate, advised):
    settings = {"data": "moons", "optimizer": {"name": "sgd", "learning_rate": rate, "momentum": 0.9}}
    smaller = _slower(Path("a"), settings)
    assert smaller.startswith(f"with {advised}")
    assert ("learning_rate=" in smaller) == (advised == "a tenth")  # the usual one is the default
    assert "momentum=0.9" in smaller


def test_a_history_that_says_nothing():
    assert ending(Path("none")) == {}
    for text in ("", "[]", "{}", "3"):
        Path("history.json").write_text(text)
        assert ending(Path()) == {}


def test_a_run_without_checkpoints_says_that_it_begins_anew():
    line = r"nnfs resume runs/a \(from its beginning, since it has no checkpoint\)$"
    with interrupted_at(30), pytest.raises(KeyboardInterrupt, match=line):  # in the second epoch
        train({"data": "moons", "epochs": 2, "checkpoint_epochs": 0}, name="a", verbose=0)


def test_a_damaged_history_counts_as_a_run_that_has_begun():
    assert not has_begun(Path())
    for text in ("", "[]", "{}", "3"):
        Path("history.json").write_text(text)
        assert has_begun(Path())
