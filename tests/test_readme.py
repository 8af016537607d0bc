"""The Python code in README.md runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SETTINGS = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", BLOCKS, ids=range(len(BLOCKS)))
def test_readme_code_runs(code, tmp_path, monkeypatch, capsys):
    for name, module in (
        ("plots", "matplotlib"),
        ("sklearn import", "sklearn"),
        ("onnx", "onnx"),
        ("from torch", "torch"),
    ):
        if name in code:
            pytest.importorskip(module)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert "Traceback" not in capsys.readouterr().err


def test_readme_has_code():
    assert BLOCKS
    assert SETTINGS


@pytest.mark.parametrize("text", SETTINGS, ids=range(len(SETTINGS)))
def test_readme_settings_are_right(text, tmp_path):
    from nnfs.runs import load_settings

    (tmp_path / "a.toml").write_text(text)
    assert load_settings(tmp_path / "a.toml")
