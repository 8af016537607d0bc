"""The verb ``verify``: the table, exit codes, and the command that repeats a failure."""

from __future__ import annotations

import json

import pytest

from nnfs import cli
from nnfs.verify import run


@pytest.fixture
def broken(monkeypatch):
    """Make one kernel of one build wrong for images that are wider than high."""
    builds = run.runnable_builds()
    build = list(builds)[-1]
    kernel = builds[build]["conv2d_forward"]

    def sloppy(x, weight, bias, window, *, y):
        kernel(x, weight, bias, window, y=y)
        if y.shape[3] > y.shape[2]:
            y[:, :, 0, -1] *= 1.5

    builds[build]["conv2d_forward"] = sloppy
    monkeypatch.setattr(run, "runnable_builds", lambda: builds)
    return build


def test_a_table(capsys):
    assert cli.main(["verify", "--cases", "2", "--kernel", "dense_forward"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split() == ["kernel", "build", "type", "cases", "worst", "seed"]
    assert lines[1].split()[:4] == ["dense_forward", "numpy", "float32", "2"]
    assert lines[-1].startswith(f"all {4 * len(run.runnable_builds())} cases are right")
    assert printed.err == ""


def test_json(capsys):
    assert cli.main(["verify", "--cases", "1", "--seed", "7", "--json", "--kernel", "predict"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["dtype"] for row in rows] == ["float32", "float64"]
    assert rows[0].items() >= {"check": "predict", "cases": 1, "seed": 7, "worst": 0.0, "failures": []}.items()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_broken_kernel_is_exit_1_and_can_be_shown_again(broken, as_json, capsys):
    words = ["verify", "--kernel", "conv2d_forward", "--cases", "20", *(["--json"] if as_json else [])]
    assert cli.main(words) == 1
    printed = capsys.readouterr()
    failures = [line for line in printed.err.splitlines() if f"conv2d_forward of {broken}" in line]
    assert [("float32" in line, "float64" in line) for line in failures] == [(True, False), (False, True)]
    if as_json:
        assert any(row["failures"] for row in json.loads(printed.out))
    again = failures[0].partition("again: nnfs ")[2].split()
    assert cli.main(again) == 1
    assert f"conv2d_forward of {broken}" in capsys.readouterr().err


def test_other_builds_stay_right_beside_a_broken_one(broken, capsys):
    assert cli.main(["verify", "--kernel", "conv2d_forward", "--cases", "20"]) == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("conv2d_forward")]
    assert {line.split()[1] for line in rows if "WRONG" in line} == {broken}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kernel", "conv3d"], "it must be one of pad2d_forward"),
        (["--cases", "0"], "--cases"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_arguments_are_checked(words, said, capsys):
    assert cli.main(["verify", *words]) == 2
    assert said in capsys.readouterr().err
