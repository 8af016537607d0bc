"""A run is opened by its folder, and an error for anything else shows what to write."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

import nnfs
from nnfs import Dense, Facts, FormatError, Sequential, UnsupportedError
from nnfs.io.run_folder import check_is_run


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Make the folder of a run with those files of `nnfs.runs.train` that are read here."""
    monkeypatch.chdir(tmp_path)
    network = Sequential([Dense(2)], 2)
    network.facts = Facts(class_names=["cat", "dog"])
    for name in ("runs/a/weights.safetensors", "runs/a/checkpoints/checkpoint-000000000004.safetensors"):
        Path(name).parent.mkdir(parents=True)
        nnfs.save(network, name)
    Path("runs/a/config.json").write_text("{}")
    return network


@pytest.mark.parametrize("path", ["runs/a", Path("runs/a"), b"runs/a", "runs/a/", "runs/a/weights.safetensors"])
def test_a_run_is_opened_by_its_folder(path, run):
    network = nnfs.load(path)
    assert network.facts.class_names == ("cat", "dog")
    np.testing.assert_array_equal(network.predict(np.eye(2, dtype="f4")), run.predict(np.eye(2, dtype="f4")))


def test_an_error_for_an_unfinished_run_shows_what_to_write(run):
    Path("runs/a/weights.safetensors").unlink()
    with pytest.raises(
        FormatError, match=r"^runs/a: this run is not done; to go on with it: nnfs resume runs/a; "
    ) as e:
        nnfs.load("runs/a")
    assert str(e.value).endswith("nnfs.load('runs/a/checkpoints/checkpoint-000000000004.safetensors')")
    assert nnfs.load("runs/a/checkpoints/checkpoint-000000000004.safetensors").facts == run.facts


@pytest.mark.parametrize(
    ("folder", "words"),
    [
        ("runs", r"did you mean runs/a\?"),
        (".", r"did you mean runs/a\?"),
        ("runs/a/checkpoints", r"did you mean runs/a/checkpoints/checkpoint-000000000004\.safetensors\?"),
        ("empty", "nothing was begun there, and the folder may be removed"),
    ],
)
def test_a_folder_that_is_no_run_is_refused(folder, words, run):
    Path("empty").mkdir()
    with pytest.raises(FormatError, match=rf"^{folder}: is no run: there is no config\.json in it; {words}$"):
        nnfs.load(folder)


def test_a_file_of_a_run_in_its_place_is_refused(run):
    with pytest.raises(
        FormatError, match=r"^runs/a/config.json: is a file, and a run is a folder; did you mean runs/a\?$"
    ):
        check_is_run("runs/a/config.json")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.onnx", "net = nnfs.io.onnx.load('a.onnx').to_network(); nnfs.save(net, 'a.safetensors')"),
        ("a.npz", "nnfs.data.read('a.npz')"),
        ("a.CSV", "nnfs.data.read('a.CSV')"),
        ("a.tsv", "nnfs.data.read('a.tsv')"),
        ("a.pt", "nnfs.io.torch.to_network(module, input_shape)"),
    ],
)
def test_a_file_of_another_kind_is_answered_by_the_line_for_it(name, line, run):
    with pytest.raises(FileNotFoundError):
        nnfs.load(name)
    Path(name).write_bytes(b"anything")
    with pytest.raises(UnsupportedError) as error:
        nnfs.load(name)
    assert line in str(error.value)
    assert "wanted the folder of a run or a .safetensors file of nnfs. Try: " in str(error.value)


@pytest.mark.parametrize("name", ["onnx", "torch"])
def test_other_formats_need_no_import_of_their_own(name):
    assert nnfs.io.__getattr__(name) is importlib.import_module(f"nnfs.io.{name}")
    with pytest.raises(AttributeError, match=r"module 'nnfs\.io' has no attribute 'other'"):
        nnfs.io.other  # noqa: B018


def test_the_folder_of_a_reproduction_has_a_page_of_its_own(tmp_path):
    for name in ("results.json", "report.html"):
        (tmp_path / name).write_text("")
    with pytest.raises(FormatError, match=r"a page of its own: .*report\.html"):
        nnfs.load(tmp_path)


def test_a_run_that_is_not_there_is_answered_by_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("w1", "w9", "other"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.json").write_text("{}")
    for name in ("runs/w99", "w99"):
        for call in (nnfs.load, check_is_run):
            with pytest.raises(FileNotFoundError, match=r"; the nearest runs: runs/w9(: |$)") as caught:
                call(name)
            assert caught.value.filename == name
    with pytest.raises(FileNotFoundError, match="the nearest runs: runs/"):
        check_is_run("zzzz")
    with pytest.raises(FileNotFoundError) as caught:
        check_is_run("elsewhere/zzzz")
    assert "runs" not in str(caught.value)
