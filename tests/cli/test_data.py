"""The verb ``data``: lists data sets, finds them, and verifies them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nnfs import cli
from nnfs.cli.data import DESCRIPTIONS
from nnfs.data import DATASETS, SOURCES
from nnfs.errors import ChecksumError

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def damaged(monkeypatch):
    """Make nnfs find a damaged copy of Fashion-MNIST."""

    def load(**options):
        raise ChecksumError("another digest")

    monkeypatch.setitem(DATASETS, "fashion-mnist", load)


@pytest.mark.parametrize("action", ["list", "status", "verify"])
def test_a_line_for_each(action, capsys):
    assert cli.main(["data", action]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(DATASETS)
    assert cli.main(["data", action, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [f"{name:<15}{text}" for name, text in found.items()] == lines


def test_what_they_say(capsys, own_folder):
    for words, line in [
        (["list", "moons"], "800 points of two half circles that interleave, and 200 to test with: 2 classes."),
        (["status", "moons"], "generated from a seed"),
        (["status", "digits"], "comes with nnfs"),
        (["status", "fashion-mnist"], "not found: nnfs data fetch fashion-mnist"),
        (["verify", "digits"], "as published: 1,198 samples to train on, 599 to test with"),
        (["fetch", "digits"], "comes with nnfs"),
    ]:
        assert cli.main(["data", *words]) == 0
        assert capsys.readouterr().out.split(None, 1)[1] == line + "\n"


def test_a_file_that_is_missing_is_named(capsys, own_folder):
    folder = own_folder / "cache" / "nnfs" / "fashion-mnist"
    folder.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3"):
        (folder / f"{name}-ubyte.gz").touch()
    for action in ("status", "verify"):
        assert cli.main(["data", action]) == 0
        assert f"not found ({folder} has no t10k-labels-idx1-ubyte)" in capsys.readouterr().out
    assert cli.main(["data", "verify", "fashion-mnist"]) == 3
    assert "has no t10k-labels-idx1-ubyte)" in capsys.readouterr().err


def test_the_list_says_how_many_there_are():
    assert list(DESCRIPTIONS) == list(DATASETS)
    for name in set(DATASETS) - {"fashion-mnist", *SOURCES}:
        found = DATASETS[name]()
        train, test, classes = (f"{len(part):,}" for part in (found.x_train, found.x_test, found.class_names))
        assert DESCRIPTIONS[name].startswith(f"{train} ")
        assert f", and {test} to test with: " in DESCRIPTIONS[name]
        assert DESCRIPTIONS[name].endswith(f" {classes} classes." if found.class_names else "numbers to predict.")


def test_damage_is_a_check_that_failed(damaged, capsys):
    assert cli.main(["data", "verify"]) == 1
    assert "fashion-mnist  damaged: another digest\n" in capsys.readouterr().out
    assert cli.main(["data", "verify", "digits"]) == 0


def test_fetching_downloads_what_is_not_found(monkeypatch, capsys):
    fetched = []
    monkeypatch.setitem(DATASETS, "fashion-mnist", lambda **options: fetched.append(options))
    assert cli.main(["data", "fetch", "fashion-mnist"]) == 0
    assert fetched == [{"data_dir": None}]
    assert capsys.readouterr().err == "Fashion-MNIST: a download of about 30 MB\n"


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        ([], 2, "the following arguments are required: action"),
        (["find"], 2, "invalid choice: 'find'"),
        (["status", "emnist"], 2, "there is no data set 'emnist'; the names are linear-small"),
        (["verify", "fashion-mnist"], 3, "Fashion-MNIST was not found in"),
        (["fetch", "fashion-mnist"], 3, "Fashion-MNIST was not found in"),
    ],
)
def test_a_mistake_takes_one_line(words, code, line, capsys, monkeypatch):
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    assert cli.main(["data", *words]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert line in printed.err.splitlines()[-1]


@pytest.mark.parametrize(
    "words", [["fashion-mnist", "--data-dir", "my own"], ["--data-dir", "my own", "fashion-mnist"]]
)
def test_fetching_puts_it_into_the_folder_that_is_named(words, monkeypatch, capsys):
    done = []
    monkeypatch.setattr("nnfs.data.download_fashion_mnist", lambda **options: done.append(("downloaded", options)))
    monkeypatch.setitem(DATASETS, "fashion-mnist", lambda **options: done.append(("loaded", options)))
    assert cli.main(["data", "fetch", *words]) == 0
    assert done == [("downloaded", {"data_dir": "my own"}), ("loaded", {"data_dir": "my own"})]
    assert capsys.readouterr().err == "Fashion-MNIST: a download of about 30 MB\n"
    monkeypatch.setattr("nnfs.data.find_fashion_mnist", lambda data_dir: data_dir)
    assert cli.main(["data", "fetch", *words]) == 0
    assert done[2:] == [("loaded", {"data_dir": "my own"})]


def test_other_verbs_download_into_no_folder_that_is_named(capsys, monkeypatch):
    for verb in (["data", "verify", "fashion-mnist"], ["train", "fashion-mnist"]):
        assert cli.main([*verb, "--data-dir", "my own"]) == 3
        (line,) = capsys.readouterr().err.splitlines()
        assert "to download into it: nnfs data fetch fashion-mnist --data-dir 'my own')" in line
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    assert cli.main(["data", "fetch", "fashion-mnist", "--data-dir", "my own"]) == 3
    assert "not downloaded (NNFS_OFFLINE is '1')" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["data", "status"], ["data", "verify"], ["train", "fashion-mnist"], ["info"]])
def test_a_variable_that_names_no_folder(words, capsys, monkeypatch):
    monkeypatch.setenv("NNFS_DATA_DIR", "/none")
    assert cli.main(words) == 2
    line = "nnfs: error: NNFS_DATA_DIR is '/none', which is no folder; name one that is there, or unset it\n"
    assert capsys.readouterr().err == line


def test_a_process():
    ran = subprocess.run(
        [sys.executable, "-m", "nnfs", "data", "verify", "digits"], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("digits         as published")
