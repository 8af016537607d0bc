"""Files are written whole or not at all, whatever step fails."""

from __future__ import annotations

import errno
import io
import os
import resource
import stat
import sys
import time

import pytest
from effort import times

from nnfs.io import write_file
from nnfs.system import atomic

OLD, NEW = b"old", b"new" * 100_000


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(OLD)
    return path


def is_clean(path):
    return os.listdir(path.parent) == [path.name]


def test_writes_a_new_file_with_the_permissions_of_the_umask(tmp_path):
    path = tmp_path / "new.bin"
    before = os.umask(0o027)
    try:
        write_file(path, NEW)
    finally:
        os.umask(before)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert is_clean(path)


def test_replaces_a_file_and_keeps_its_permissions(path):
    path.chmod(0o600)
    write_file(str(path), NEW)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert is_clean(path)


@pytest.mark.parametrize("name", ["with space", "größe-数", "new\nline", "x" * 255, "-", ".hidden"])
def test_writes_any_name(name, tmp_path):
    write_file(tmp_path / name, NEW)
    assert (tmp_path / name).read_bytes() == NEW


def test_a_relative_name_needs_no_folder(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    write_file(path.name, NEW)
    assert path.read_bytes() == NEW


def test_replaces_a_link_and_not_what_it_points_to(path):
    link = path.parent / "link"
    link.symlink_to(path)
    write_file(link, NEW)
    assert not link.is_symlink()
    assert link.read_bytes() == NEW
    assert path.read_bytes() == OLD


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod", "open"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EXDEV])
def test_a_fault_leaves_the_old_file_or_the_new_one(call, code, path, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        write_file(path, NEW)
    monkeypatch.undo()
    assert caught.value.errno == code
    assert caught.value.filename == str(path)
    # The folder is opened last, when the new file is in its place.
    assert path.read_bytes() == (NEW if call == "open" else OLD)
    assert is_clean(path)


class Faulty(io.FileIO):
    """A new file: each write accepts 100,000 bytes at most, and one write, or the close, raises OSError."""

    def __init__(self, path, place, error):
        super().__init__(path, "xb")
        self.place, self.error, self.writes = place, error, 0

    def write(self, data):
        self.writes += 1
        self.fail(self.writes)
        return super().write(memoryview(data)[:100_000])

    def close(self):
        super().close()
        self.fail("close")

    def fail(self, place):
        if place == self.place:
            self.place = None
            raise OSError(self.error, os.strerror(self.error))


@pytest.mark.parametrize("place", [1, 2, 3, "close", "open"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG])
def test_a_fault_of_the_new_file_leaves_the_old_one(place, code, path, monkeypatch):
    def open_faulty(part, mode):
        if place == "open":
            raise OSError(code, os.strerror(code), part)
        return io.BufferedWriter(Faulty(part, place, code))

    monkeypatch.setattr(atomic, "open", open_faulty, raising=False)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        write_file(path, NEW)
    assert (caught.value.errno, caught.value.filename) == (code, str(path))
    assert path.read_bytes() == OLD
    assert is_clean(path)


@pytest.mark.parametrize("place", [None, 1, 2, 3])
def test_short_and_interrupted_writes_go_on(place, path, monkeypatch):
    monkeypatch.setattr(
        atomic, "open", lambda part, mode: io.BufferedWriter(Faulty(part, place, errno.EINTR)), raising=False
    )
    write_file(path, NEW)
    assert path.read_bytes() == NEW
    assert is_clean(path)


def test_a_limit_of_the_size_of_files_leaves_the_old_one(path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write_file(path, NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == OLD
    assert is_clean(path)


def test_a_full_disk_says_how_much_is_needed(path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(OSError, match=r"300,000 bytes needed, [\d,]+ free"):
        write_file(path, NEW)


def test_a_folder_without_fsync_is_no_error(path, monkeypatch):
    fsync = os.fsync

    def fail(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(atomic.os, "fsync", fail)
    write_file(path, NEW)
    assert path.read_bytes() == NEW


# Python leaves a file open when an error interrupts the last step of its `with`; the garbage collector closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interruption_at_any_line_leaves_the_old_file_or_the_new_one(error, path):
    def interrupt_at(wanted):
        seen = 0

        def trace(frame, event, argument):
            nonlocal seen
            if frame.f_code.co_filename != atomic.__file__:
                return None
            if event == "line":
                seen += 1
                if seen == wanted:
                    sys.settrace(None)
                    raise error
            return trace

        return trace

    line = 0
    while True:
        line += 1
        path.write_bytes(OLD)
        before = sys.gettrace()
        sys.settrace(interrupt_at(line))
        try:
            write_file(path, NEW)
            break
        except error:
            assert path.read_bytes() in (OLD, NEW), line
            assert is_clean(path), line
        finally:
            sys.settrace(before)
    assert line > 20
    assert path.read_bytes() == NEW


def test_refuses_what_is_no_plain_file(tmp_path):
    with pytest.raises(IsADirectoryError) as caught:
        write_file(tmp_path, NEW)
    assert caught.value.filename == str(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        write_file(pipe, NEW)
    with pytest.raises(OSError, match="not a regular file"):
        write_file("/dev/null", NEW)
    assert os.listdir(tmp_path) == ["pipe"]


def test_names_a_folder_that_is_missing_or_is_a_file(path):
    with pytest.raises(FileNotFoundError, match="missing/x"):
        write_file(path.parent / "missing" / "x", NEW)
    with pytest.raises(NotADirectoryError, match=r"file\.bin/x"):
        write_file(path / "x", NEW)


def test_removes_what_a_killed_process_left(path):
    stale, fresh = path.parent / ".nnfs-1-00.part", path.parent / ".nnfs-2-00.part"
    stale.write_bytes(b"")
    fresh.write_bytes(b"")
    os.utime(stale, (time.time() - 7200,) * 2)
    write_file(path, NEW)
    assert sorted(os.listdir(path.parent)) == [fresh.name, path.name]


def test_many_writes_leave_one_file_and_no_open_handle(path):
    handles = "/proc/self/fd"
    before = len(os.listdir(handles)) if os.path.isdir(handles) else 0
    for _ in range(times(50)):
        write_file(path, b"x")
    assert is_clean(path)
    assert before in (0, len(os.listdir(handles)))


def test_parts_are_written_one_after_the_other_and_their_sizes_are_added_up(path):
    assert write_file(path, iter([b"ab", b"", b"c"])) == 3
    assert path.read_bytes() == b"abc"
    assert write_file(path, NEW) == len(NEW)


def test_an_error_between_two_parts_leaves_the_old_file(path):
    def parts():
        yield NEW
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_file(path, parts())
    assert path.read_bytes() == OLD
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_full_disk_says_how_much_is_free_where_parts_have_no_size_yet(path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(OSError, match=r"No space left on device \([\d,]+ free\)"):
        write_file(path, iter([NEW]))
