"""Only regular files are opened, and folders without fsync are no error."""

from __future__ import annotations

import errno
import os

import pytest

from nnfs.errors import FormatError
from nnfs.system import files
from nnfs.system.files import fsync_folder, open_regular


def test_only_a_regular_file_is_opened(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    with open_regular(tmp_path / "file") as file:
        assert file.read() == b"abc"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", "/dev/null"):
        with pytest.raises(FormatError, match="not a regular file"):
            open_regular(path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO])
def test_a_folder_may_have_no_fsync(code, tmp_path, monkeypatch):
    handles = []

    def fail(handle):
        handles.append(handle)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(files.os, "fsync", fail)
    if code == errno.EINVAL:
        fsync_folder(str(tmp_path))
    else:
        with pytest.raises(OSError, match=os.strerror(code)):
            fsync_folder(str(tmp_path))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(*handles)


def test_a_new_folder_is_synced_into_its_parent(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(files, "fsync_folder", synced.append)
    files.make_folders(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert synced == [str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a" / "b")]
    files.make_folders(tmp_path / "a" / "b" / "c")
    assert len(synced) == 3
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        files.make_folders(tmp_path / "file")
