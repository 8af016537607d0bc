"""Mutated data: IDX files, archives of arrays, tables and images."""

from __future__ import annotations

import gzip
import io
import zlib

import numpy as np
import pytest
from fuzzing import mutate_bytes, survive

from nnfs import FormatError, UnsupportedError
from nnfs.data import read, read_idx

IDX = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, *range(24)])
TABLES = (
    "a,b,label\n1,2.5,cat\n-3,4e-2,dog\n5,6,cat\n",
    "0,1,2\n1,2,0\n3,4,1\n5,6,1\n",
    '"a b","c\nd",y\n"1","2",0.5\n 3 ,4,1.5\n',
    "a\tb\ty\n1\t2\t3\n4\t5\t6\n",
    "1;2;x\n3;4;y\n",
)


def test_idx(tmp_path, monkeypatch):
    path = tmp_path / "x.idx"

    def mutate(rng):
        kind = rng.randrange(3)
        if kind == 0:
            return mutate_bytes(rng, gzip.compress(IDX))
        return mutate_bytes(rng, IDX) if kind == 1 else gzip.compress(mutate_bytes(rng, IDX))

    def load(case):
        path.write_bytes(case)
        read_idx(path, max_bytes=2**20).sum()

    survive("idx", mutate, load, FormatError, monkeypatch)


def archive(rng, arrays):
    """Return a .npz file with one mutated array and right checksums."""
    import zipfile

    file, chosen = io.BytesIO(), rng.choice(list(arrays))
    with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as packed:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            data = member.getvalue()
            packed.writestr(f"{name}.npy", mutate_bytes(rng, data) if name == chosen else data)
    return file.getvalue()


def test_npz(tmp_path, monkeypatch):
    path = tmp_path / "x.npz"
    rows, images = np.arange(24.0).reshape(6, 4), np.zeros((2, 4, 4), "u1")
    samples = (
        {"x": rows, "y": np.arange(6)},
        {"x": rows.astype("f2"), "y": np.array(["a", "b"] * 3), "sample_weight": np.ones(6)},
        {"x_train": images, "y_train": rows[:2], "x_test": images[:1], "y_test": rows[:1]},
    )

    def mutate(rng):
        arrays = rng.choice(samples)
        if rng.randrange(2):
            return archive(rng, arrays)
        file = io.BytesIO()
        rng.choice((np.savez, np.savez_compressed))(file, **arrays)
        return mutate_bytes(rng, file.getvalue())

    def load(case):
        path.write_bytes(case)
        read(path)

    survive("npz", mutate, load, (FormatError, UnsupportedError), monkeypatch)


def test_csv(tmp_path, monkeypatch):
    def mutate(rng):
        options = rng.choice(({}, {}, {"target": "label"}, {"target": 0}, {"features": 2}, {"columns": ("a", "b")}))
        return mutate_bytes(rng, rng.choice(TABLES).encode()), options | {"dtype": rng.choice(("float32", "float64"))}

    def load(case):
        path = tmp_path / ("x.tsv" if b"\t" in case[0] else "x.csv")
        path.write_bytes(case[0])
        try:
            read(path, **case[1])
        except ValueError as error:  # the documented error for a missing column
            if not isinstance(error, FormatError) and not str(error).startswith("target is"):
                raise AssertionError(f"ValueError: {error}") from error
            raise FormatError(str(error)) from error

    survive("csv", mutate, load, FormatError, monkeypatch)


def with_right_checksums(png):
    """Return a PNG file with corrected checksums of its chunks, as far as their lengths are valid."""
    data, place = bytearray(png), 8
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(data)


def test_images(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    samples = []
    for suffix, kind in (("png", "PNG"), ("ppm", "PPM"), ("jpg", "JPEG")):
        for mode in ("RGB", "L", "1"):
            file = io.BytesIO()
            image.fromarray(pixels).convert(mode).save(file, kind)
            samples.append((suffix, file.getvalue()))
    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
    image.fromarray(pixels).save(tmp_path / "images" / "a" / "0.png")
    path = tmp_path / "images" / "b" / "1"

    def mutate(rng):
        suffix, data = rng.choice(samples)
        data = mutate_bytes(rng, data)
        return suffix, with_right_checksums(data) if suffix == "png" and rng.randrange(4) else data

    def load(case):
        own = path.with_suffix(f".{case[0]}")
        own.write_bytes(case[1])
        try:
            read(tmp_path / "images")
        finally:
            own.unlink()

    survive("images", mutate, load, (FormatError, UnsupportedError), monkeypatch)
