"""The verb ``info``: complete, right about the backend, and equal as text and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nnfs import cli
from nnfs.cli import info
from nnfs.network import replay


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("NNFS_DATA_DIR", raising=False)


@pytest.fixture
def only(monkeypatch):
    """Return a function that makes only the named distributions seem installed."""

    def install(**versions):
        monkeypatch.setattr(info, "_version", lambda package: versions.get(package))

    return install


def test_json_is_one_object(backend, only, capsys):
    only(torch="2.13.0")
    assert cli.main(["info", "--json"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert list(found) == ["machine", "replay", "data", "extras", "warnings"]
    assert found["machine"]["backend"] == backend
    assert found["extras"]["peers"] == {"torch": "2.13.0", "onnxruntime": None}
    assert found["extras"]["onnx"] == {"onnx": None}
    assert found["data"] == {"digits": "comes with nnfs", "fashion-mnist": None}
    assert found["warnings"] == []
    assert printed.err == ""


def test_text_names_everything(backend, only, capsys):
    only(torch="2.13.0")
    assert cli.main(["info"]) == 0
    printed = capsys.readouterr()
    assert f"\nbackend          {backend} (" in printed.out
    assert "torch 2.13.0, onnxruntime not installed" in printed.out
    assert "not found: `apt-get install dataset-fashion-mnist`" in printed.out
    assert all(len(line.split(None, 1)) == 2 for line in printed.out.splitlines())
    assert printed.err == ""


@pytest.mark.parametrize(
    ("environment", "compiled", "text"),
    [
        ("", True, "where net.summary(plan=True) says yes"),
        ("0", True, "no (NNFS_REPLAY=0)"),
        ("", None, "no (nothing was compiled)"),
    ],
)
def test_it_says_whether_passes_may_be_replayed(environment, compiled, text, monkeypatch, capsys):
    monkeypatch.setenv("NNFS_REPLAY", environment)
    monkeypatch.setattr(replay, "compiled", lambda: compiled)
    assert cli.main(["info"]) == 0
    assert f"\nreplay           {text}\n" in capsys.readouterr().out


def test_an_environment_that_says_neither_yes_nor_no_is_an_error_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("NNFS_REPLAY", "yes")
    assert cli.main(["info"]) == 2
    assert capsys.readouterr() == ("", "nnfs: error: NNFS_REPLAY is 'yes'; it must be '0' or '1'\n")


def test_names_the_folder_of_fashion_mnist(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "share" / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (folder / f"{part}-{kind}-ubyte.gz").touch()
    assert cli.main(["info"]) == 0
    assert f"Fashion-MNIST    {folder}\n" in capsys.readouterr().out


def test_warns_of_the_other_distribution_of_this_name(only, capsys):
    only(nnfs="0.5.1")
    assert cli.main(["info"]) == 0
    printed = capsys.readouterr()
    assert printed.err.startswith("nnfs: warning: the distribution nnfs 0.5.1, the helper package of a book")
    assert printed.err.count("\n") == 1
    assert cli.main(["info", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["warnings"]) == 1


def test_imports_no_extra():
    script = "import sys; from nnfs.cli import main; main(['info']); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = set(ran.stdout.splitlines()[-1].split())
    assert not {"matplotlib", "onnx", "onnxruntime", "sklearn", "torch"} & modules
