"""The verb ``resume``: continues a run, and refuses what is not a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from trainings import interrupted_at

from nnfs import cli
from nnfs.printable import four_digits
from nnfs.runs.lock import locked

pytestmark = pytest.mark.usefixtures("own_folder")


def test_a_run_goes_on_where_it_was_broken_off(backend, capsys, own_folder):
    words = ["train", "moons", "--epochs", "3", "--verbose", "0", "--json", "--name"]
    assert cli.main([*words, "whole"]) == 0
    whole = json.loads(capsys.readouterr().out)
    with interrupted_at(60):
        assert cli.main([*words, "broken"]) == 130
    assert capsys.readouterr().err == "nnfs: error: interrupted; to go on with it: nnfs resume runs/broken\n"
    assert cli.main(["resume", "runs/broken", "--json", "--verbose", "0"]) == 0
    assert json.loads(capsys.readouterr().out)["test"] == whole["test"]
    assert Path("runs/broken/weights.safetensors").read_bytes() == Path("runs/whole/weights.safetensors").read_bytes()
    assert cli.main(["resume", "runs/broken", "--verbose", "0"]) == 0  # the run is finished
    assert f"test loss            {four_digits(whole['test']['loss'])}\n" in capsys.readouterr().out


def test_a_run_that_another_process_trains_takes_one_line(capsys):
    pytest.importorskip("fcntl")
    assert cli.main(["train", "moons", "--epochs", "1", "--verbose", "0", "--name", "a"]) == 0
    capsys.readouterr()
    with locked(Path("runs/a")):
        assert cli.main(["resume", "runs/a"]) == 4
    line = "nnfs: error: runs/a: another process is training this run; wait until it ends\n"
    assert capsys.readouterr() == ("", line)


def test_a_run_that_is_finished_says_so_and_can_be_trained_longer(capsys):
    train = ["train", "moons", "--network", "mlp", "hidden_units=8", "--verbose", "0", "--name"]
    assert cli.main([*train, "a", "--epochs", "2"]) == 0
    capsys.readouterr()
    assert cli.main(["resume", "runs/a"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "runs/a is finished; to train it longer: nnfs resume runs/a --epochs 4"
    assert cli.main(lines[-1].partition("nnfs ")[2].split()) == 0
    assert "is finished" not in capsys.readouterr().err
    assert cli.main([*train, "b", "--epochs", "4"]) == 0
    for name in ("weights.safetensors", "config.json"):
        assert Path("runs/a", name).read_bytes() == Path("runs/b", name).read_bytes()


def test_a_run_whose_learning_rate_fell_to_the_end_says_so(capsys):
    words = "train moons --schedule cosine --epochs 2 --verbose 0 --name a"
    assert cli.main(words.split()) == 0
    assert cli.main(["resume", "runs/a"]) == 0
    advice = "need a new training: nnfs train --config runs/a/config.json --epochs 4 --name NAME\n"
    assert capsys.readouterr().err.endswith(advice)
    before = Path("runs/a/config.json").read_bytes()
    assert cli.main(["resume", "runs/a", "--epochs", "4"]) == 2
    assert capsys.readouterr().err.endswith(advice)
    assert Path("runs/a/config.json").read_bytes() == before
    assert cli.main([*advice.partition("nnfs ")[2].replace("NAME", "b").split(), "--verbose", "0"]) == 0


def test_a_damaged_checkpoint_takes_one_line():
    assert cli.main(["train", "moons", "--epochs", "2", "--verbose", "0", "--name", "a"]) == 0
    newest = sorted(Path("runs/a/checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    command = [sys.executable, "-m", "nnfs", "resume", "runs/a", "--verbose", "0"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1)
    assert ran.stderr.startswith(f"nnfs: warning: a damaged checkpoint was skipped: {newest}: ")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ([], 2, "the following arguments are required: RUN"),
        (["done", "--epochs", "many"], 2, "argument --epochs: invalid int value: 'many'"),
        (["done", "--epochs", "0"], 2, "epochs is 0; it must be an integer from 1"),
        (["done", "--epochs", "1"], 2, "epochs must be at least 2, which done is set to, got 1"),
        (["none"], 4, "none: No such file or directory"),
        (["."], 3, ".: is no run: there is no config.json in it"),
        (["bad"], 3, "config.json: there is no setting 'epoch'"),
    ],
)
def test_a_mistake_takes_one_line(words, code, line, capsys):
    Path("done").mkdir()
    Path("done/config.json").write_text('{"data": "moons", "epochs": 2}')
    Path("bad").mkdir()
    Path("bad/config.json").write_text('{"data": "moons", "epoch": 3}')
    assert cli.main(["resume", *words]) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert line in printed.err
