"""The folder of a run may come from anybody: links in it are not followed, and pipes in it are not waited for."""

from __future__ import annotations

import os
import shutil

import pytest

from nnfs import FormatError
from nnfs.runs import resume, train

SETTINGS = {"data": "moons", "epochs": 1, "batch_size": 400}


@pytest.fixture
def run(tmp_path):
    train(SETTINGS, output=tmp_path, name="r", verbose=0)
    return tmp_path / "r"


@pytest.fixture
def precious(tmp_path):
    path = tmp_path / "precious"
    path.write_text("precious")
    return path


def go_on(run):
    resume(run, epochs=2, verbose=0)


def test_a_log_is_not_written_through_a_link(run, precious):
    os.remove(run / "history.csv")
    os.symlink(precious, run / "history.csv")
    with pytest.raises(OSError, match=r"not a regular file.*history\.csv"):
        go_on(run)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("name", ["config.json", "environment.json", "history.json", "weights.safetensors"])
def test_a_file_takes_the_place_of_a_link(run, precious, name):
    content = (run / name).read_bytes()
    precious.write_bytes(content)
    os.remove(run / name)
    os.symlink(precious, run / name)
    go_on(run)
    assert precious.read_bytes() == content
    assert not (run / name).is_symlink()


def test_checkpoints_are_not_saved_through_a_link(run, tmp_path):
    outside = tmp_path / "outside"
    shutil.copytree(run / "checkpoints", outside)
    before = sorted(os.listdir(outside))
    shutil.rmtree(run / "checkpoints")
    os.symlink(outside, run / "checkpoints")
    with pytest.raises(FormatError, match="checkpoints: must be a folder, got a symbolic link"):
        go_on(run)
    assert sorted(os.listdir(outside)) == before


def test_a_link_in_the_place_of_a_checkpoint_is_replaced(run, precious):
    (last,) = (run / "checkpoints").iterdir()
    os.replace(last, precious)
    os.symlink(precious, last)
    content = precious.read_bytes()
    go_on(run)
    assert precious.read_bytes() == content


@pytest.mark.parametrize("name", ["config.json", "history.json", "history.csv"])
def test_a_pipe_is_not_waited_for(run, name):
    os.remove(run / name)
    os.mkfifo(run / name)
    with pytest.raises((FormatError, OSError), match="not a regular file"):
        go_on(run)
    assert run.exists()


def test_a_history_that_stands_deep_within_itself_is_damaged(run):
    (run / "history.json").write_text("[" * 100_000)
    go_on(run)
    assert (run / "history.json").read_text().startswith('{\n  "epochs"')
