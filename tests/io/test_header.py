"""Headers of safetensors files: all that the library refuses is refused, and mistakes that it accepts, too."""

from __future__ import annotations

import json
import struct
import sys
import tracemalloc

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from effort import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnfs import FormatError, UnsupportedError
from nnfs.io import load_weights

FLOAT = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
GOOD = struct.pack("<Q", len(FLOAT) + 6) + b'{"a":' + FLOAT.encode() + b"}" + b"\0" * 4


def packed(header, data=b"\0" * 4, length=None):
    header = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def entry(dtype='"F32"', shape="[1]", offsets="[0,4]", more=""):
    return f'{{"a":{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}{more}}}}}'


# Headers that the library refuses.
REFUSED = {
    "empty": b"",
    "seven bytes": b"\0" * 7,
    "length 0": packed("", b""),
    "length 0 with data": packed(""),
    "length beyond the file": packed(entry(), length=10**6),
    "length 100,000,001": packed(entry(), length=100_000_001),
    "length 2**64 - 1": packed(entry(), length=2**64 - 1),
    "one byte more": GOOD + b"\0",
    "one byte less": GOOD[:-1],
    "hole": packed(entry(offsets="[4,8]"), b"\0" * 8),
    "overlap": packed('{"a":' + FLOAT + ',"b":' + FLOAT + "}"),
    "end before begin": packed(entry(offsets="[4,0]")),
    "negative offset": packed(entry(offsets="[-4,0]")),
    "negative zero offset": packed(entry(offsets="[-0,4]")),
    "negative dimension": packed(entry(shape="[-1]")),
    "two negative dimensions": packed(entry(shape="[-1,-1]")),
    "float dimension": packed(entry(shape="[1.0]")),
    "exponent dimension": packed(entry(shape="[1e0]")),
    "bool dimension": packed(entry(shape="[true]")),
    "NaN dimension": packed(entry(shape="[NaN]")),
    "infinite dimension": packed(entry(shape="[1e999]")),
    "text dimension": packed(entry(shape='["1"]')),
    "shape a number": packed(entry(shape="1")),
    "2**63 x 2": packed(entry(shape=f"[{2**63},2]", offsets="[0,0]"), b""),
    "2**32 x 2**32": packed(entry(shape=f"[{2**32},{2**32}]", offsets="[0,0]"), b""),
    "dimension of 5,000 digits": packed(entry(shape="[" + "9" * 5000 + "]")),
    "unknown dtype": packed(entry(dtype='"F31"')),
    "dtype null": packed(entry(dtype="null")),
    "missing dtype": packed('{"a":{"shape":[1],"data_offsets":[0,4]}}'),
    "three offsets": packed(entry(offsets="[0,4,4]")),
    "one offset": packed(entry(offsets="[0]")),
    "offsets beyond the data": packed(entry(shape="[2]", offsets="[0,8]")),
    "size and offsets differ": packed(entry(shape="[2]")),
    "duplicate field": packed(entry(more=',"dtype":"F32"')),
    "duplicate field, escaped": packed(entry(more=',"\\u0064type":"F32"')),
    "duplicate metadata": packed('{"__metadata__":{},"__metadata__":{}}', b""),
    "metadata a list": packed('{"__metadata__":[]}', b""),
    "metadata of numbers": packed('{"__metadata__":{"a":1}}', b""),
    "nested metadata": packed('{"__metadata__":{"a":{}}}', b""),
    "trailing NUL": packed(entry() + "\0"),
    "byte order mark": packed(b"\xef\xbb\xbf" + entry().encode()),
    "UTF-16": packed(entry().encode("utf-16")),
    "array": packed("[]", b""),
    "text": packed('"a"', b""),
    "bad UTF-8": packed(b'{"\xff":' + FLOAT.encode() + b"}"),
    "half a surrogate pair": packed('{"\\ud800":' + FLOAT + "}"),
    "control character": packed('{"\n":' + FLOAT + "}"),
    "nesting 200": packed('{"a":' + "[" * 200 + "]" * 200 + "}"),
    "nesting 100,000": packed('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "nesting 100,000 objects": packed('{"a":' * 100_000 + "1" + "}" * 100_000),
    "entry null": packed('{"a":null}'),
    "two values": packed(entry() + "{}"),
    "cut JSON": packed(entry()[:-1]),
    "single quotes": packed(entry().replace('"', "'")),
    "trailing comma": packed(entry()[:-1] + ",}"),
    "comment": packed(entry() + "//"),
}
# Headers that the library accepts, and nnfs refuses.
STRICTER = {
    "duplicate name": packed('{"a":' + FLOAT + ',"a":' + FLOAT + "}"),
    "duplicate metadata name": packed('{"__metadata__":{"a":"1","a":"2"}}', b""),
    "metadata null": packed('{"__metadata__":null}', b""),
    "leading space": packed(" " + entry()),
    "leading newline": packed("\n" + entry()),
    "unknown field": packed(entry(more=',"stride":[1]')),
    "fields as a list": packed('{"a":["F32",[1],[0,4]]}'),
    "[0, 2**62, 2**62]": packed(entry(shape=f"[0,{2**62},{2**62}]", offsets="[0,0]"), b""),
    "[2**63, 0]": packed(entry(shape=f"[{2**63},0]", offsets="[0,0]"), b""),
    "65 axes": packed(entry(shape=str([1] * 65))),
    "bool 2": packed(entry(dtype='"BOOL"', offsets="[0,1]"), b"\2"),
}
ACCEPTED = {
    "good": GOOD,
    "no arrays": packed("{}", b""),
    "trailing spaces": packed(entry() + "   "),
    "no axes": packed(entry(shape="[]")),
    "64 axes": packed(entry(shape=str([1] * 64))),
    "unordered": packed('{"b":' + FLOAT.replace("[0,4]", "[4,8]") + ',"a":' + FLOAT + "}", b"\0" * 8),
    "empty name": packed(entry().replace('"a"', '""')),
    "name of a path": packed(entry().replace('"a"', '"../../x"')),
    "empty array": packed(entry(shape="[0,3]", offsets="[0,0]"), b""),
    "empty array between": packed(
        '{"a":'
        + FLOAT
        + ',"b":{"dtype":"I8","shape":[0],"data_offsets":[4,4]},"c":'
        + FLOAT.replace("0,4", "4,8")
        + "}",
        b"\0" * 8,
    ),
}


def is_refused_by_the_format(data):
    try:
        safetensors.numpy.load(data)
    except (safetensors.SafetensorError, ValueError):
        return True
    return False


@pytest.mark.parametrize("name", [*REFUSED, *STRICTER])
def test_a_wrong_header_is_refused(name, path):
    data = (REFUSED | STRICTER)[name]
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        load_weights(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 400


@pytest.mark.parametrize("name", REFUSED)
def test_the_safetensors_library_refuses_it_too(name):
    assert is_refused_by_the_format(REFUSED[name])


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_right_header_is_accepted(name, path):
    path.write_bytes(ACCEPTED[name])
    ours, theirs = load_weights(path), safetensors.numpy.load(ACCEPTED[name])
    assert ours.keys() == theirs.keys()
    for key, array in ours.items():
        np.testing.assert_array_equal(array, theirs[key], strict=True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("length beyond the file", "the file is cut short; byte 0: got a header of 1,000,000 bytes, wanted at most 58"),
        ("hole", "array 'a': data_offsets: got begin 4, wanted 0: a hole"),
        ("overlap", "array 'b': data_offsets: got begin 0, wanted 4: an overlap"),
        ("one byte more", "got 5 bytes of data, wanted 4, where the last array ends"),
        ("bool dimension", "array 'a': shape: got [True], wanted a list of whole numbers"),
        ("unknown dtype", "array 'a': dtype: got 'F31', wanted one of BOOL, U8"),
        ("size and offsets differ", "array 'a': data_offsets: got 4 bytes, wanted 8 for F32 of shape (2,)"),
        ("duplicate name", "the name 'a' occurs twice"),
        ("bad UTF-8", "byte 10: got b'\\xff\":{', wanted UTF-8"),
        ("leading space", "is no .safetensors file; byte 8: got b' {\"a', wanted '{'"),
        ("nesting 200", "nested deeper than 32 levels"),
    ],
)
def test_an_error_names_the_place_got_and_wanted(name, words, path):
    path.write_bytes((REFUSED | STRICTER)[name])
    with pytest.raises(FormatError) as caught:
        load_weights(path)
    assert words in str(caught.value)


@pytest.mark.parametrize("dtype", ["C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F6_E2M3"])
def test_an_error_names_a_type_that_numpy_does_not_have(dtype, path):
    path.write_bytes(packed(entry(dtype=f'"{dtype}"')))
    with pytest.raises(UnsupportedError, match=f"array 'a': dtype: got {dtype}"):
        load_weights(path)


def test_a_header_that_declares_terabytes_allocates_nothing(path):
    path.write_bytes(packed(entry(shape=f"[{2**40}]", offsets=f"[0,{2**42}]")))
    tracemalloc.start()
    with pytest.raises(FormatError):
        load_weights(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**21


def calls_to_load(path, count):
    """Return how many functions are called to load ``count`` arrays."""
    arrays = {f"layers.{index}.weight": np.full(2, index, np.float32) for index in range(count)}
    path.write_bytes(safetensors.numpy.save(arrays))
    calls = []
    sys.setprofile(lambda frame, event, argument: calls.append(event))
    try:
        loaded = load_weights(path)
    finally:
        sys.setprofile(None)
    assert len(loaded) == count
    assert loaded[f"layers.{count // 2}.weight"][1] == count // 2
    return len(calls)


def test_the_work_to_load_arrays_grows_with_their_number(path):
    few, many = calls_to_load(path, 200), calls_to_load(path, 2000)
    assert many < 10 * few
    assert many < 2000 * 150


@pytest.fixture(scope="module")
def two():
    arrays = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "bias": np.ones(2)}
    return safetensors.numpy.save(arrays, {"format": "pt"})


def test_every_truncation_is_refused(two, path):
    for length in range(len(two)):
        path.write_bytes(two[:length])
        with pytest.raises(FormatError):
            load_weights(path)


def test_every_flipped_bit_gives_an_error_of_nnfs_or_what_the_library_reads(two, path):
    size = 8 + int.from_bytes(two[:8], "little")
    for bit in range(8 * size):
        flipped = bytearray(two)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            loaded = load_weights(path)
        except (FormatError, UnsupportedError):
            continue
        theirs = safetensors.numpy.load(bytes(flipped))
        assert loaded.keys() == theirs.keys()
        assert all(loaded[name].tobytes() == theirs[name].tobytes() for name in loaded)


values = st.recursive(
    st.one_of(
        st.sampled_from(["F32", "BOOL", "U8", "dtype", "a", "BF16"]),
        st.integers(-1, 9),
        st.integers(2**62, 2**65),
        st.floats(),
        st.booleans(),
        st.none(),
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
fields = st.fixed_dictionaries(
    {
        "dtype": st.one_of(st.sampled_from(["F32", "U8", "I64", "BOOL"]), values),
        "shape": st.one_of(st.lists(st.integers(0, 4), max_size=3), values),
        "data_offsets": st.one_of(st.tuples(st.integers(0, 8), st.integers(0, 16)).map(sorted), values),
    }
)


@settings(max_examples=times(300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.dictionaries(st.sampled_from(["a", "b", "__metadata__"]), st.one_of(fields, values)),
    data=st.binary(max_size=16),
)
def test_nnfs_accepts_nothing_that_the_library_refuses(header, data, path):
    whole = packed(json.dumps(header), data)
    path.write_bytes(whole)
    try:
        loaded = load_weights(path)
    except (FormatError, UnsupportedError):
        return
    theirs = safetensors.numpy.load(whole)
    assert {name: array.tobytes() for name, array in loaded.items()} == {
        name: array.tobytes() for name, array in theirs.items()
    }
