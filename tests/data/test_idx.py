"""The IDX reader: every legal file is read exactly, and errors for others name path, offset, got and wanted."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from effort import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnfs.data import read_idx
from nnfs.errors import ChecksumError, FormatError

TYPES = [(0x08, "u1"), (0x09, "i1"), (0x0B, "i2"), (0x0C, "i4"), (0x0D, "f4"), (0x0E, "f8")]


@pytest.fixture
def write(tmp_path):
    def write(data, name="file.idx"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture(scope="module")
def good(idx_bytes):
    return idx_bytes((6, 4, 5))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4), (2, 1, 3, 2), (1,) * 64])
@pytest.mark.parametrize(("code", "dtype"), TYPES)
def test_every_type_is_read_in_native_byte_order(write, idx_bytes, code, dtype, shape, packed):
    values = np.random.default_rng(code).integers(-100, 100, shape)
    values = values.astype(dtype) if dtype != "u1" else np.abs(values).astype(dtype)
    data = idx_bytes(shape, values.astype(np.dtype(dtype).newbyteorder(">")).tobytes(), code)
    array = read_idx(write(gzip.compress(data) if packed else data))
    assert array.dtype == np.dtype(dtype)
    assert array.dtype.isnative
    assert array.flags.c_contiguous
    assert array.flags.writeable
    np.testing.assert_array_equal(array, values)


def test_values_of_several_bytes_are_big_endian(write, idx_bytes):
    data = idx_bytes((2,), b"\x00\x00\x01\x02\xff\xff\xff\xfe", 0x0C)
    assert read_idx(write(data)).tolist() == [258, -2]


def header(*dimensions, code=0x08, rank=None):
    rank = len(dimensions) if rank is None else rank
    return bytes([0, 0, code, rank]) + struct.pack(f">{len(dimensions)}I", *dimensions)


BROKEN = {
    "empty": (b"", "ends at byte 0, wanted a header of 4"),
    "1 byte": (b"\0", "ends at byte 1"),
    "2 bytes": (b"\0\0", "ends at byte 2"),
    "3 bytes": (b"\0\0\x08", "ends at byte 3"),
    "first byte": (b"\x01\0\x08\x01\0\0\0\x01\0", "byte 0: got b'\\x01\\x00"),
    "second byte": (b"\0\x01\x08\x01\0\0\0\x01\0", "byte 0: got b'\\x00\\x01"),
    "HTML page": (b"<!DOCTYPE html><html>not found</html>", "byte 0: got b'<!DO', wanted two zero bytes"),
    "rank 0": (header() + b"\0", "byte 3: got 0 dimensions"),
    "rank 65": (header(*[1] * 65) + b"\0", "byte 3: got 65 dimensions, wanted 1 to 64"),
    "rank 255": (header(*[1] * 255) + b"\0", "byte 3: got 255 dimensions"),
    "header cut": (header(5, rank=3), "ends at byte 8, wanted a header of 16"),
    "dimension 0": (header(2, 0, 3), "byte 8: got dimension 1 of size 0"),
    "dimension 2^32-1": (header(2**32 - 1) + b"\0" * 9, "got a file of 17 bytes, wanted the 4,294,967,303"),
    "product > 2^63": (header(*[2**32 - 1] * 4) + b"\0", "wanted the 340,282,366,"),
    "product > file": (header(100, 100) + b"\0" * 99, "got a file of 111 bytes, wanted the 10,012"),
    "doubles as bytes": (header(4, code=0x0E) + b"\0" * 4, "got a file of 12 bytes, wanted the 40"),
} | {
    f"type 0x{code:02X}": (header(4, code=code) + b"\0" * 4, f"byte 2: got the type 0x{code:02X}, wanted one of 0x08")
    for code in (0x00, 0x01, 0x07, 0x0A, 0x0F, 0x10, 0x18, 0x7F, 0x80, 0xFF)
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused(write, case, packed):
    data, message = BROKEN[case]
    path = write(gzip.compress(data) if packed else data)
    with pytest.raises(FormatError) as error:
        read_idx(path)
    assert str(error.value).startswith(f"{path}: ")
    if not packed:
        assert message in str(error.value)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("change", [-1, 1])
def test_one_byte_too_few_or_too_many_is_refused(write, good, change, packed):
    data = good[:-1] if change < 0 else good + b"\0"
    path = write(gzip.compress(data) if packed else data)
    with pytest.raises(FormatError, match=r"wanted the .*132|byte 136: got more bytes|wanted the 136"):
        read_idx(path)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"shape": (6, 4, 6)}, r"byte 4: got an array of shape \(6, 4, 5\), wanted \(6, 4, 6\)"),
        ({"shape": (6,)}, r"wanted \(6,\)"),
        ({"dtype": "f4"}, "byte 2: got values of type uint8, wanted float32"),
        ({"max_bytes": 135}, "declares 136 bytes, wanted at most 135"),
    ],
)
def test_another_shape_or_dtype_than_expected_is_refused(write, good, wanted, message):
    path = write(gzip.compress(good))
    with pytest.raises(FormatError, match=message):
        read_idx(path, **wanted)


def test_the_digest_of_the_uncompressed_bytes_is_checked(write, good):
    digest = hashlib.sha256(good).hexdigest()
    for path in (write(good, "plain"), write(gzip.compress(good, 1), "fast"), write(gzip.compress(good, 9), "best")):
        assert read_idx(path, shape=(6, 4, 5), dtype="u1", sha256=digest).shape == (6, 4, 5)
    changed = write(good[:-1] + b"\xff", "changed")
    with pytest.raises(ChecksumError, match=f"SHA-256 [0-9a-f]{{64}}, wanted {digest}"):
        read_idx(changed, sha256=digest)


@pytest.mark.parametrize("sixteenth", range(16))
def test_a_truncated_gzip_file_is_refused(write, idx_bytes, sixteenth):
    packed = gzip.compress(idx_bytes((4000,), os.urandom(4000)))
    with pytest.raises(FormatError):
        read_idx(write(packed[: len(packed) * sixteenth // 16]))


def named(data, name):
    """Return a gzip file with a name in its header, as ``gzip`` itself writes."""
    packed = gzip.compress(data)
    return packed[:3] + b"\x08" + packed[4:10] + name + b"\0" + packed[10:]


def flipped(data, position):
    data = bytearray(data)
    data[position] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda good: flipped(gzip.compress(good), -5), "incorrect data check"),
        (lambda good: flipped(gzip.compress(good), -1), "incorrect length check"),
        (lambda good: flipped(gzip.compress(good), 2), "unknown compression method"),
        (lambda good: gzip.compress(good)[:-1], "break off at byte"),
        (lambda good: gzip.compress(good)[:-8], "break off at byte"),
        (lambda good: gzip.compress(good) * 2, "wanted the end of the file: more follows"),
        (lambda good: gzip.compress(good) + b"\0", "wanted the end of the file: more follows"),
        (lambda good: gzip.compress(good) + b"junk", r"byte \d+: got b'junk'"),
        (lambda good: gzip.compress(good[:50]) + gzip.compress(good[50:]), "ends at byte 50, wanted the 136"),
        (lambda good: gzip.compress(gzip.compress(good)), "this is not an IDX file"),
        (lambda good: b"\x1f\x8b", "break off at byte 2"),
    ],
)
def test_a_damaged_gzip_file_is_refused(write, good, damage, message):
    path = write(damage(good))
    with pytest.raises(FormatError, match=message):
        read_idx(path)


def test_the_name_in_a_gzip_header_is_ignored(write, good, tmp_path):
    assert read_idx(write(named(good, b"../../outside"))).shape == (6, 4, 5)
    assert [path.name for path in tmp_path.iterdir()] == ["file.idx"]


def bomb(start, zeros):
    """Return ``start`` and then ``zeros`` zero bytes, compressed as much as gzip can."""
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    packed = packer.compress(start)
    return packed + b"".join(packer.compress(block) for _ in range(zeros >> 20)) + packer.flush()


MEASURE = """
import resource, sys
import numpy, hashlib
from nnfs.data import read_idx
for path in sys.argv[1:]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        read_idx(path)
    except ValueError as error:
        print(type(error).__name__, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_file_that_decompresses_to_gigabytes_takes_no_memory(write):
    starts = {
        "no header": b"",
        "small header": header(1000, 28, 28),
        "honest header past the limit": header(2**30),
        "header past 2^31": header(2**31 - 1),
        "header past 2^63": header(2**32 - 1, 2**32 - 1),
    }
    paths = [write(bomb(start, 1 << 25), name) for name, start in starts.items()]
    result = subprocess.run([sys.executable, "-c", MEASURE, *paths], capture_output=True, text=True, check=True)
    outcomes = [line.split() for line in result.stdout.splitlines()]
    assert [kind for kind, _ in outcomes] == ["FormatError"] * len(starts)
    assert max(int(kibibytes) for _, kibibytes in outcomes) < 16 * 1024


def test_a_header_may_not_declare_more_than_gzip_can_hold(write):
    path = write(gzip.compress(header(1 << 29) + bytes(100)))
    with pytest.raises(FormatError, match=r"declares 536,870,920 bytes, wanted at most .* bytes of gzip hold no more"):
        read_idx(path)


def test_a_file_with_the_best_compression_is_read(write):
    size = 1 << 24
    path = write(bomb(header(size), size))
    assert not read_idx(path).any()


def test_a_path_that_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "zero"):
        with pytest.raises(FormatError, match="not a regular file"):
            read_idx(path)
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")


@settings(max_examples=times(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_only_format_errors_escape_from_damaged_bytes(tmp_path, good, data):
    original = data.draw(st.sampled_from([good, gzip.compress(good, mtime=0)]))
    damaged = bytearray(original[: data.draw(st.integers(0, len(original)))])
    for position in data.draw(st.lists(st.integers(0, len(original)), max_size=4)):
        if position < len(damaged):
            damaged[position] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(bytes(damaged))
    with contextlib.suppress(FormatError):
        assert read_idx(path).nbytes <= 1032 * len(damaged)
