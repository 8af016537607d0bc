"""What the tests of runs share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Let every test work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
