"""Only regular files are opened."""

from __future__ import annotations

import os

import pytest

from nnfs.data.regular_file import open_regular
from nnfs.errors import FormatError


def test_opens_a_file_and_nothing_else(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"abc"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with pytest.raises(FormatError, match="not a regular file"):
            open_regular(path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
