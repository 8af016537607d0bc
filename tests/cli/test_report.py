"""The verb ``report``: one page of one run or of several."""

from __future__ import annotations

import sys

import pytest

from nnfs import cli

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")


def test_a_page_of_a_run(backend, pets, capsys):
    assert cli.main(["report", "runs/pets", "--output", "page.html"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "page.html\n"
    assert "bytes; open it in a browser" in printed.err
    text = pets.with_name("page.html").read_text(encoding="utf-8")
    for words in ("ape", "cat", "0-1 Dense(8) + ReLU()", "runs/pets"):
        assert words in text, words


def test_several_runs_have_one_page_in_this_folder(pets, capsys):
    assert cli.main(["report", "runs/pets", "runs/pets/", "--no-profile"]) == 0
    text = pets.with_name("report.html").read_text(encoding="utf-8")
    assert "All settings are equal." in text
    assert "A training step by layer" not in text


def test_another_file_is_not_replaced_and_an_older_page_is(pets, capsys):
    words = ["report", "runs/pets", "--no-profile", "--output"]
    assert cli.main([*words, "pets.csv"]) == 4
    assert "pets.csv is there already and no page of `nnfs report`; it stays." in capsys.readouterr().err
    assert cli.main([*words, "page.html"]) == cli.main([*words, "page.html"]) == 0
    assert "bytes, in place of an older page; open it in a browser" in capsys.readouterr().err


def test_data_that_are_gone_are_told_on_stderr(pets, capsys):
    pets.unlink()
    assert cli.main(["report", "runs/pets", "--no-profile"]) == 0
    assert capsys.readouterr().err.startswith("runs/pets: the data ")


def test_a_folder_among_runs_that_is_no_run_is_told_and_left_out(pets, capsys):
    pets.with_name("runs").joinpath("other").mkdir()
    assert cli.main(["report", "runs/other", "runs/pets", "--no-profile"]) == 0
    assert capsys.readouterr().err.startswith("runs/other: is no run: ")
    assert "<title>Report: runs/pets</title>" in pets.with_name("report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["nowhere"], 4),
        (["runs/pets", "runs/typo"], 4),
        (["runs"], 3),
        (["pets.csv"], 3),
        ([], 2),
        (["runs/pets", "--output", "no/page.html"], 4),
    ],
)
def test_errors_stand_in_one_line(pets, capsys, words, code):
    assert cli.main(["report", "--no-profile", *words]) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_without_matplotlib_one_line_says_how_to_get_it(pets, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert cli.main(["report", "runs/pets"]) == 3
    error = capsys.readouterr().err
    assert 'pip install "nnfs-cython[report]"' in error
    assert error.count("\n") == 1
