"""The folder of a run is always new, and its JSON files are whole or absent."""

from __future__ import annotations

import json

import pytest

from nnfs.runs import folder as folder_module
from nnfs.runs.folder import create_run_folder, write_json


def test_runs_in_one_second_get_a_folder_each(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module.time, "strftime", lambda form: "20260102-030405")
    names = [create_run_folder(tmp_path / "runs", "reproduce").name for _ in range(3)]
    assert names == [f"reproduce-20260102-030405{suffix}" for suffix in ("", "-2", "-3")]


def test_a_name_is_used_once(tmp_path):
    folder = create_run_folder(tmp_path / "runs", "mlp", "first")
    assert folder == tmp_path / "runs" / "first"
    with pytest.raises(FileExistsError, match=r"first exists already and stays as it is\. Try: another --name"):
        create_run_folder(tmp_path / "runs", "mlp", "first")
    for name in ("", ".", "..", "a/b", "/a"):
        with pytest.raises(ValueError, match="must be the name of a folder, not a path"):
            create_run_folder(tmp_path / "runs", "mlp", name)


def test_json_replaces_what_was_there(tmp_path):
    for content in ({"rows": []}, {"rows": [1, None]}):
        write_json(tmp_path / "results.json", content)
        assert json.loads((tmp_path / "results.json").read_text()) == content
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    write_json(tmp_path / "results.json", "old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"results\.json"):
        write_json(tmp_path / "results.json", "new")
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "results.json", float("nan"))
    assert json.loads((tmp_path / "results.json").read_text()) == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_the_folder_is_synced_into_its_parent(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(folder_module, "fsync_folder", synced.append)
    create_run_folder(tmp_path, "mlp", "first")
    assert synced == [str(tmp_path)]
