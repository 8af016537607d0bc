"""Fashion-MNIST: which folders are searched, what is refused and downloaded; and the published files, if present."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import os
from pathlib import Path

import numpy as np
import pytest

from nnfs.data import download_fashion_mnist, find_fashion_mnist
from nnfs.errors import ChecksumError, FormatError

# nnfs.data.fashion_mnist is the function, so the module is imported by its path.
module = importlib.import_module("nnfs.data.fashion_mnist")
fashion_mnist = module.fashion_mnist

REAL_SHARE = "/usr/local/share:/usr/share"
REAL = next((path for base in REAL_SHARE.split(":") if (path := Path(base, "datasets/fashion-mnist")).is_dir()), None)
SHAPES = {
    "train-images-idx3-ubyte": (6, 28, 28),
    "train-labels-idx1-ubyte": (6,),
    "t10k-images-idx3-ubyte": (2, 28, 28),
    "t10k-labels-idx1-ubyte": (2,),
}


@pytest.fixture
def tiny(idx_bytes, monkeypatch):
    """Replace the published data set by one of eight images; return its four files, uncompressed."""
    files = {name: idx_bytes(shape) for name, shape in SHAPES.items()}
    table = {name: (SHAPES[name], hashlib.sha256(data).hexdigest()) for name, data in files.items()}
    monkeypatch.setattr(module, "FILES", table)
    return files


@pytest.fixture
def no_network(monkeypatch):
    def fail(*arguments, **options):
        raise AssertionError("a download was tried")

    monkeypatch.setattr(module, "download_file", fail)


@pytest.fixture
def mirror(server, tiny, monkeypatch):
    """Serve the eight images, and let the module download from this server only."""
    for name, data in tiny.items():
        packed = gzip.compress(data)

        def route(handler, packed=packed):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(packed)))
            handler.end_headers()
            handler.wfile.write(packed)

        server.routes[f"/good/{name}.gz"] = route
    mirrors = (f"{server.address}/absent/", f"{server.address}/good/")
    real = module.download_fashion_mnist
    monkeypatch.setattr(module, "download_fashion_mnist", lambda: real(mirrors, schemes=("http",)))
    return mirrors


def store(folder, files, packed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)
    return folder


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("place", ["argument", "subfolder", "NNFS_DATA_DIR", "XDG_DATA_DIRS", "cache"])
def test_the_files_are_found_in_each_folder_and_loaded(tiny, no_network, tmp_path, monkeypatch, place, packed):
    data_dir = None
    if place in ("argument", "subfolder"):
        data_dir = tmp_path / "mine"
        folder = data_dir / "fashion-mnist" if place == "subfolder" else data_dir
    elif place == "NNFS_DATA_DIR":
        monkeypatch.setenv(place, str(tmp_path / "mine"))
        folder = tmp_path / "mine" / "fashion-mnist"
        folder.parent.mkdir()
    elif place == "XDG_DATA_DIRS":
        monkeypatch.setenv(place, f"{tmp_path}/first:relative:{tmp_path}/second")
        folder = tmp_path / "second" / "datasets" / "fashion-mnist"
    else:
        folder = tmp_path / "cache" / "nnfs" / "fashion-mnist"
    assert find_fashion_mnist(data_dir) is None
    store(folder, tiny, packed)
    assert find_fashion_mnist(data_dir) == folder

    data = fashion_mnist(data_dir)
    assert data.x_train.shape == (6, 1, 28, 28)
    assert data.x_test.shape == (2, 1, 28, 28)
    assert data.x_train.dtype == np.float32
    assert data.y_train.dtype == np.int64
    assert data.y_train.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.y_test.tolist() == [0, 1]
    np.testing.assert_array_equal(data.x_train[0, 0, 0, :3], np.array([0, 1, 2], np.float32) / np.float32(255))
    assert len(data.class_names) == 10
    assert "MIT" in data.licence


def test_folders_are_searched_in_order(tiny, no_network, tmp_path, monkeypatch):
    places = [tmp_path / "mine", tmp_path / "share/datasets/fashion-mnist", tmp_path / "cache/nnfs/fashion-mnist"]
    monkeypatch.setenv("NNFS_DATA_DIR", str(places[0]))
    places[0].mkdir()
    for place in reversed(places):
        store(place, tiny)
        assert find_fashion_mnist() == place


def test_a_variable_that_names_no_folder_is_an_error(tiny, no_network, tmp_path, monkeypatch):
    store(tmp_path / "cache/nnfs/fashion-mnist", tiny)
    for name in ("typo", "file"):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("NNFS_DATA_DIR", str(tmp_path / name))
        for look in (find_fashion_mnist, fashion_mnist):
            with pytest.raises(
                ValueError, match=f"^NNFS_DATA_DIR is '{tmp_path / name}', which is no folder; name one"
            ):
                look()
    assert find_fashion_mnist(tmp_path / "cache/nnfs") == tmp_path / "cache/nnfs/fashion-mnist"


def test_a_folder_with_three_of_the_files_is_skipped(tiny, tmp_path):
    folder = store(tmp_path / "mine", tiny)
    (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    assert find_fashion_mnist(folder) is None


def test_a_given_folder_is_the_only_one_searched(tiny, no_network, tmp_path):
    store(tmp_path / "cache/nnfs/fashion-mnist", tiny)
    with pytest.raises(FileNotFoundError) as error:
        fashion_mnist(tmp_path / "typo")
    assert str(tmp_path / "typo") in str(error.value)
    assert f"to download into it: nnfs data fetch fashion-mnist --data-dir {tmp_path}/typo)" in str(error.value)
    assert "By hand: `apt-get install dataset-fashion-mnist`" in str(error.value)


@pytest.mark.parametrize("name", ["\0", "a\0b", "x" * 5000, "../../../nowhere", "~nobody-of-this-name/x"])
def test_odd_folder_names_are_not_found(no_network, name):
    assert find_fashion_mnist(name) is None
    with pytest.raises(FileNotFoundError, match="not found"):
        fashion_mnist(name)


@pytest.mark.parametrize("offline", ["1", "true", "yes"])
def test_an_error_offline_names_the_folders_and_what_to_do(no_network, tmp_path, monkeypatch, offline):
    monkeypatch.setenv("NNFS_OFFLINE", offline)
    with pytest.raises(FileNotFoundError) as error:
        fashion_mnist()
    for part in (
        f"{tmp_path}/share/datasets/fashion-mnist",
        f"{tmp_path}/cache/nnfs/fashion-mnist",
        f"NNFS_OFFLINE is {offline!r}",
        "apt-get install dataset-fashion-mnist",
        *module.MIRRORS,
        "{train,t10k}-{images-idx3,labels-idx1}-ubyte.gz",
        "NNFS_DATA_DIR",
    ):
        assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_download_false_forbids_the_download(no_network):
    with pytest.raises(FileNotFoundError, match="download=False"):
        fashion_mnist(download=False)


def test_an_empty_variable_counts_as_unset(tiny, mirror, monkeypatch):
    for name in ("NNFS_OFFLINE", "NNFS_DATA_DIR", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(module, "find_fashion_mnist", lambda data_dir: None)
    assert fashion_mnist().x_train.shape == (6, 1, 28, 28)


def test_a_missing_home_folder_is_an_error(tiny, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert find_fashion_mnist() is None
    with pytest.raises(OSError, match="no home folder"):
        fashion_mnist()


def test_the_second_mirror_serves_when_the_first_fails(tiny, mirror, tmp_path, monkeypatch):
    assert fashion_mnist().y_test.tolist() == [0, 1]
    assert find_fashion_mnist() == tmp_path / "cache/nnfs/fashion-mnist"
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    assert fashion_mnist().y_test.tolist() == [0, 1]


def test_only_missing_files_are_downloaded(tiny, mirror, server, tmp_path):
    store(tmp_path / "cache/nnfs/fashion-mnist", tiny)
    (tmp_path / "cache/nnfs/fashion-mnist/t10k-labels-idx1-ubyte.gz").unlink()
    fashion_mnist()
    assert server.requests == ["/absent/t10k-labels-idx1-ubyte.gz", "/good/t10k-labels-idx1-ubyte.gz"]


def test_a_download_into_a_given_folder_replaces_nothing(tiny, mirror, server, tmp_path):
    folder = store(tmp_path / "mine", {"train-labels-idx1-ubyte": b"the user's own"}, packed=False)
    assert download_fashion_mnist(mirror, ("http",), data_dir=folder) == folder
    assert len(list(folder.iterdir())) == 4
    assert (folder / "train-labels-idx1-ubyte").read_bytes() == b"the user's own"
    assert "/good/train-labels-idx1-ubyte.gz" not in server.requests
    (folder / "train-labels-idx1-ubyte").unlink()
    download_fashion_mnist(mirror, ("http",), data_dir=folder)
    assert fashion_mnist(folder).y_train.tolist() == [0, 1, 2, 3, 4, 5]
    assert download_fashion_mnist(mirror, ("http",), data_dir=tmp_path / "new") == tmp_path / "new"
    assert find_fashion_mnist(tmp_path / "new") == tmp_path / "new"
    assert not (tmp_path / "cache").exists()


DAMAGE = {
    "zero length": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "corrupt": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"\xff"),
    "HTML page": lambda path: path.write_bytes(b"<!DOCTYPE html>"),
    "link": lambda path: (path.unlink(), path.symlink_to("/etc/passwd")),
    "directory": lambda path: (path.unlink(), path.with_suffix("").unlink(missing_ok=True), path.mkdir()),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("damage", [name for name in DAMAGE if name != "directory"])
def test_a_damaged_file_of_the_cache_is_replaced(tiny, mirror, tmp_path, damage, packed):
    folder = store(tmp_path / "cache/nnfs/fashion-mnist", tiny, packed)
    DAMAGE[damage](folder / f"train-labels-idx1-ubyte{'.gz' if packed else ''}")
    assert fashion_mnist().y_train.tolist() == [0, 1, 2, 3, 4, 5]
    assert sum(path.name.startswith("train-labels") for path in folder.iterdir()) == 1
    assert fashion_mnist(download=False).y_train.tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name != "directory"])
def test_a_damaged_file_elsewhere_is_never_touched(tiny, no_network, tmp_path, monkeypatch, damage):
    folder = store(tmp_path / "share/datasets/fashion-mnist", tiny)
    path = folder / "t10k-images-idx3-ubyte.gz"
    DAMAGE[damage](path)
    before = path.read_bytes()
    with pytest.raises(FormatError) as error:
        fashion_mnist()
    assert str(error.value).startswith(f"{path}: ")
    assert "This is not the published file: delete it" in str(error.value)
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_a_cached_file_is_an_error(tiny, mirror, tmp_path):
    folder = store(tmp_path / "cache/nnfs/fashion-mnist", tiny)
    DAMAGE["directory"](folder / "train-labels-idx1-ubyte.gz")
    with pytest.raises(OSError, match=r"train-labels-idx1-ubyte.gz.* By hand: "):
        fashion_mnist()


def test_offline_a_damaged_cache_is_an_error(tiny, no_network, tmp_path, monkeypatch):
    folder = store(tmp_path / "cache/nnfs/fashion-mnist", tiny)
    DAMAGE["zero length"](folder / "train-labels-idx1-ubyte.gz")
    monkeypatch.setenv("NNFS_OFFLINE", "1")
    with pytest.raises(FormatError, match="ends at byte 0"):
        fashion_mnist()


@pytest.mark.parametrize(
    ("name", "shape", "kind", "message"),
    [
        ("train-images-idx3-ubyte", (6,), FormatError, r"got an array of shape \(6,\), wanted \(6, 28, 28\)"),
        ("train-images-idx3-ubyte", (6, 28, 27), FormatError, r"shape \(6, 28, 27\), wanted \(6, 28, 28\)"),
        ("train-labels-idx1-ubyte", (5,), FormatError, r"shape \(5,\), wanted \(6,\)"),
        ("t10k-images-idx3-ubyte", (6, 28, 28), FormatError, r"shape \(6, 28, 28\), wanted \(2, 28, 28\)"),
    ],
    ids=["labels given as images", "28 x 27 images", "one label missing", "train images as test images"],
)
def test_files_of_another_shape_or_dtype_are_refused(tiny, no_network, tmp_path, idx_bytes, name, shape, kind, message):
    folder = store(tmp_path / "mine", tiny | {name: idx_bytes(shape)})
    with pytest.raises(kind, match=message):
        fashion_mnist(folder)


def test_a_label_above_nine_is_refused(tiny, no_network, tmp_path, idx_bytes):
    folder = store(tmp_path / "mine", tiny | {"t10k-labels-idx1-ubyte": idx_bytes((2,), b"\x00\x0a")})
    digest = module.FILES["t10k-labels-idx1-ubyte"][1]
    with pytest.raises(ChecksumError, match=rf"t10k-labels-idx1-ubyte.gz: .* wanted {digest}\. .*delete it"):
        fashion_mnist(folder)


def test_an_error_of_the_download_says_what_to_do(tiny, server, tmp_path):
    with pytest.raises(OSError, match=r"no mirror gave the file: .*/a/.*404.*/b/.*404.* By hand: `apt-get"):
        download_fashion_mnist((f"{server.address}/a/", f"{server.address}/b/"), schemes=("http",))
    assert list((tmp_path / "cache/nnfs/fashion-mnist").iterdir()) == []


def test_mirrors_are_two_and_https():
    assert len(module.MIRRORS) == 2
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in module.MIRRORS)


@pytest.mark.skipif(REAL is None, reason="needs the package dataset-fashion-mnist")
def test_the_published_files_are_read(no_network, monkeypatch):
    monkeypatch.setenv("XDG_DATA_DIRS", REAL_SHARE)
    assert find_fashion_mnist() == REAL
    data = fashion_mnist()
    assert data.x_train.shape == (60000, 1, 28, 28)
    assert data.x_test.shape == (10000, 1, 28, 28)
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert np.bincount(data.y_train).tolist() == [6000] * 10
    assert np.bincount(data.y_test).tolist() == [1000] * 10
    assert data.class_names[data.y_train[0]] == "Ankle boot"
