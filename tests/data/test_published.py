"""Published data sets: found, downloaded from a server with faults, checked at each load, and what to do by hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile

import numpy as np
import pytest

from nnfs.data import SOURCES, download_published, find_published, load, published
from nnfs.data.published import SourceFile
from nnfs.errors import ChecksumError, FormatError

SHAPES = ((6, 28, 28), (6,), (2, 28, 28), (2,))


def _tiny_idx(idx_bytes):
    return [gzip.compress(idx_bytes(shape), mtime=0) for shape in SHAPES]


def _tiny_cifar(_):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for number, name in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]):
            record = bytes([number]) + bytes([255]) * 1024 + bytes(2048)
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin")
            member.size = 2 * len(record)
            archive.addfile(member, io.BytesIO(2 * record))
    return [packed.getvalue()]


@pytest.fixture(params=["mnist", "kmnist", "cifar-10"])
def tiny(request, idx_bytes, monkeypatch):
    """Replace a data set by one of a few images; return its name and its files."""
    source = SOURCES[request.param]
    contents = (_tiny_cifar if request.param == "cifar-10" else _tiny_idx)(idx_bytes)
    files = dict(zip((file.name for file in source.files), contents, strict=True))
    facts = tuple(SourceFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items())
    monkeypatch.setitem(published.SOURCES, request.param, source._replace(files=facts))
    return request.param, files


def _send(data, length=None):
    def route(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length or len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return route


@pytest.fixture
def address(tiny, server):
    for name, data in tiny[1].items():
        server.routes[f"/good/{name}"] = _send(data)
        server.routes[f"/short/{name}"] = _send(data[:-1], len(data))
        server.routes[f"/wrong/{name}"] = _send(data[:-1] + bytes([data[-1] ^ 1]))
        server.routes[f"/long/{name}"] = _send(data + b"x")
        server.routes[f"/hang/{name}"] = lambda handler: server.stopping.wait(10)
    return server.address


def test_a_data_set_is_downloaded_once_and_then_found(tiny, address, tmp_path, monkeypatch):
    name, files = tiny
    assert find_published(name) is None
    mirrors = tuple(f"{address}/{kind}/" for kind in ("absent", "short", "wrong", "long", "good"))
    folder = download_published(name, mirrors, ("http",))
    assert (folder, find_published(name)) == (tmp_path / "cache/nnfs" / name, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    data = load(name)
    assert len(data.class_names) == 10
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int64)
    if name == "cifar-10":
        assert (data.x_train.shape, data.x_test.shape) == ((10, 3, 32, 32), (2, 3, 32, 32))
        assert data.x_train[0].mean(axis=(1, 2)).tolist() == [1, 0, 0]
        assert (data.y_train.tolist(), data.y_test.tolist()) == ([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [5, 5])
    else:
        assert (data.x_train.shape, data.x_test.shape) == ((6, 1, 28, 28), (2, 1, 28, 28))
        assert data.y_train.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("absent", OSError, "404"),
        ("short", OSError, ""),
        ("wrong", ChecksumError, "got the SHA-256"),
        ("long", OSError, "got more than"),
        ("hang", OSError, "timed out"),
    ],
)
def test_a_failed_download_leaves_nothing_and_says_what_to_do(tiny, address, tmp_path, kind, error, words):
    name, _ = tiny
    with pytest.raises(
        (error, FormatError), match=rf"no mirror gave the file: .*{words}.* By hand: download .* into"
    ) as caught:
        download_published(name, (f"{address}/{kind}/",), ("http",), timeout=0.2)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache/nnfs" / name).iterdir()) == []


def test_a_damaged_file_is_told_and_never_touched(tiny, tmp_path, monkeypatch):
    name, files = tiny
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    first = tmp_path / next(iter(files))
    assert load(name, data_dir=tmp_path).name == name
    first.write_bytes(first.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"got [0-9,]+ bytes, wanted .*not the published file: delete it. By hand"):
        load(name, data_dir=tmp_path)
    first.write_bytes(bytes(len(files[first.name])))
    with pytest.raises(ChecksumError, match="got the SHA-256"):
        load(name, data_dir=tmp_path)
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    with pytest.raises(FileNotFoundError, match=f"{name} was not found in .*, and not downloaded. By hand: download"):
        load(name)


def test_the_table_of_sources_is_whole():
    for source in SOURCES.values():
        assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in source.mirrors)
        assert all(len(file.sha256) == 64 and file.size > 0 for file in source.files)
        assert source.source
        assert source.licence
