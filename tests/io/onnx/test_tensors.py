"""Tensors: every type in both forms, and every contradiction between sizes and bytes."""

from __future__ import annotations

import resource

import numpy as np
import pytest

from nnfs import FormatError, UnsupportedError
from nnfs.io.onnx.tensors import DTYPES, FOREIGN, read_tensor


def tensor(**fields):
    from onnx import TensorProto

    return TensorProto(**fields)


@pytest.mark.parametrize(("code", "field"), [(code, field) for code, (_, field) in DTYPES.items()])
def test_every_type_is_read_in_both_forms(code, field):
    from onnx import helper, numpy_helper

    dtype = DTYPES[code][0]
    array = np.array([[0, 1, 1], [1, 0, 1]]) if dtype.kind == "b" else np.array([[0, 1, 2], [100, 3, 120]])
    array = array.astype(dtype)
    if dtype.kind in "if":
        array[0, 2] = -7
    for proto in (
        numpy_helper.from_array(array),
        helper.make_tensor("", code, array.shape, array.reshape(-1)),
    ):
        got = read_tensor(proto)
        assert (got.dtype, got.shape, got.tobytes()) == (dtype, (2, 3), array.tobytes())
        assert got.flags.c_contiguous
    assert proto.HasField("raw_data") is False
    assert len(getattr(proto, field)) == 6


def test_scalars_and_empty_arrays_are_read():
    assert read_tensor(tensor(data_type=1, raw_data=b"\0\0\x80?")).shape == ()
    assert read_tensor(tensor(data_type=1, dims=[0, 3])).shape == (0, 3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"dims": [-1], "raw_data": b"1234"}, "dims: got (-1,)"),
        ({"dims": [2**62] * 4}, "sizes that can be addressed"),
        ({"dims": [0, 2**62, 2**62]}, "sizes that can be addressed"),
        ({"dims": [1] * 65, "raw_data": b"1234"}, "dims: got 65 axes"),
        ({"dims": [2**31 - 1], "raw_data": b"1234"}, "raw_data: got 4 bytes, wanted 8589934588"),
        ({"dims": [2**31 - 1], "float_data": [1]}, "float_data: got 1 numbers"),
        ({"dims": [2**31 - 1]}, "float_data: got 0 numbers"),
        ({"dims": [2], "raw_data": b"1234"}, "raw_data: got 4 bytes, wanted 8"),
        ({"dims": [2], "raw_data": b"123456789"}, "raw_data: got 9 bytes, wanted 8"),
        ({"dims": [1], "raw_data": b"123"}, "raw_data: got 3 bytes, wanted 4"),
        ({"dims": [1], "raw_data": b"1234", "float_data": [1]}, "float_data: got numbers there and in raw_data"),
        ({"dims": [1], "double_data": [1]}, "double_data: got numbers there, wanted float32 in raw_data or float_data"),
        ({"dims": [1], "raw_data": b"1234", "data_type": 0}, "data_type: got 0"),
        ({"dims": [1], "raw_data": b"1234", "data_type": 99}, "data_type: got 99"),
        ({"dims": [1], "raw_data": b"\2", "data_type": 9}, "raw_data: got a byte of 2"),
        ({"dims": [1], "int32_data": [2], "data_type": 9}, "int32_data: got a number that is no bool"),
        ({"dims": [1], "int32_data": [256], "data_type": 2}, "int32_data: got a number that is no uint8"),
        ({"dims": [1], "int32_data": [-129], "data_type": 3}, "int32_data: got a number that is no int8"),
        ({"dims": [1], "int32_data": [-1], "data_type": 10}, "int32_data: got a number that is no uint16"),
        ({"dims": [1], "uint64_data": [2**32], "data_type": 12}, "uint64_data: got a number that is no uint32"),
    ],
)
def test_tensors_that_break_the_format_are_refused(fields, message):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FormatError) as error:
        read_tensor(tensor(**{"data_type": 1} | fields))
    assert message.replace("uint16", "float16" if fields.get("data_type") == 10 else "uint16") in str(error.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


def test_types_have_the_names_of_onnx():
    onnx = pytest.importorskip("onnx")
    named = {
        code: name.lower() for name, code in onnx.TensorProto.DataType.items() if code in (8, 14, 15, *range(17, 29))
    }
    assert FOREIGN | named == FOREIGN


@pytest.mark.parametrize("field", ["raw_data", "int32_data"])
def test_bfloat16_is_read_as_float32(field):
    wanted = np.array([1.5, -2.25, 0, np.inf, 2.0**-130], np.float32)
    bits = wanted.view(np.uint32) >> 16
    data = bits.astype("<u2").tobytes() if field == "raw_data" else bits.astype(np.int64).tolist()
    got = read_tensor(tensor(data_type=16, dims=[5], **{field: data}))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("code", FOREIGN)
def test_types_that_numpy_does_not_have_are_refused(code):
    with pytest.raises(UnsupportedError, match=f"got {FOREIGN[code]},"):
        read_tensor(tensor(data_type=code, dims=[1], raw_data=b"12345678"))


def test_tensors_in_segments_are_refused():
    proto = tensor(data_type=1, dims=[1], raw_data=b"1234")
    proto.segment.begin = 0
    with pytest.raises(UnsupportedError, match="segment"):
        read_tensor(proto)


EXTERNAL = (
    *("../secret", "/etc/passwd", "a/../../secret", "link", "linked/secret", "hard", "pipe", "folder", "/dev/zero"),
    *("secret", "secret", "secret"),
)
RANGES = ("", "", "", "", "", "", "", "", "", "-4,4", "0,1000000000000000", "100000,4")


@pytest.mark.parametrize(("location", "span"), [*zip(EXTERNAL, RANGES, strict=True)])
def test_data_in_other_files_are_never_opened(location, span, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("opened a file")

    proto = tensor(data_type=1, dims=[1], data_location=1)
    proto.external_data.add(key="location", value=location)
    for key, value in zip(("offset", "length"), span.split(",") if span else (), strict=False):
        proto.external_data.add(key=key, value=value)
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(UnsupportedError, match="another file"):
        read_tensor(proto)
    proto.data_location = 0  # the list external_data is enough
    with pytest.raises(UnsupportedError, match="another file"):
        read_tensor(proto)
