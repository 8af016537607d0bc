"""Fixtures for tests of verbs that write files: a folder of their own, and a small run."""

from __future__ import annotations

import pytest

from nnfs import cli

WORDS = """--target kind --name pets --network mlp hidden_units=8 --epochs 20 --checkpoint-epochs 1 --batch-size 8
    --verbose 0"""
RATE = ["--optimizer", "adam", "learning_rate=0.05"]


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """Run the test in an empty folder, without the user's data, and return the folder."""
    for name in ("NNFS_DATA_DIR", "NNFS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pets(own_folder, capsys):
    """Train a network on a table with two named classes, as the run ``pets``, and return the path of the table."""
    path = own_folder / "pets.csv"
    path.write_text("kind,a,b\n" + "".join(f"{'cat' if n % 2 else 'ape'},{n % 2},{n % 5}\n" for n in range(40)))
    assert cli.main(["train", "pets.csv", *WORDS.split(), *RATE]) == 0
    capsys.readouterr()
    return path
