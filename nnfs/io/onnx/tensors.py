"""Reading tensors of a model as arrays; each declared size is compared with the data before memory is allocated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..._kernels.interface import Array
from ...errors import FormatError, UnsupportedError
from ..bfloat16 import widen
from ..header import LARGEST_RANK, MOST_BYTES
from ..strict_json import short
from .external_data import ExternalData, check_inline

# For each supported code of TensorProto.DataType: the dtype, and the field that may replace raw_data.
DTYPES: dict[int, tuple[np.dtype[Any], str]] = {
    1: (np.dtype(np.float32), "float_data"),
    2: (np.dtype(np.uint8), "int32_data"),
    3: (np.dtype(np.int8), "int32_data"),
    4: (np.dtype(np.uint16), "int32_data"),
    5: (np.dtype(np.int16), "int32_data"),
    6: (np.dtype(np.int32), "int32_data"),
    7: (np.dtype(np.int64), "int64_data"),
    9: (np.dtype(np.bool_), "int32_data"),
    10: (np.dtype(np.float16), "int32_data"),
    11: (np.dtype(np.float64), "double_data"),
    12: (np.dtype(np.uint32), "uint64_data"),
    13: (np.dtype(np.uint64), "uint64_data"),
    16: (np.dtype(np.float32), "int32_data"),
}
BFLOAT16 = 16
"""The code of bfloat16, whose numbers are the upper 16 bits of float32; they are read as float32."""
FOREIGN = {
    8: "string",
    14: "complex64",
    15: "complex128",
    17: "float8e4m3fn",
    18: "float8e4m3fnuz",
    19: "float8e5m2",
    20: "float8e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4e2m1",
    24: "float8e8m0",
    25: "uint2",
    26: "int2",
    27: "float6e2m3",
    28: "float6e3m2",
}
EXTERNAL = 1
"""The value of data_location for numbers in another file."""
DATA = ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "string_data")
# The name of each dtype in ONNX's schemas of operators.
TYPE_NAMES = {
    dtype: f"tensor({ {'float32': 'float', 'float64': 'double'}.get(dtype.name, dtype.name) })"
    for code, (dtype, _) in DTYPES.items()
    if code != BFLOAT16
}


def read_dtype(code: int, where: str = "data_type") -> tuple[np.dtype[Any], str]:
    """Return the dtype for a code of TensorProto.DataType, and the field of TensorProto that may hold its numbers.

    That of bfloat16 is float32. Raises UnsupportedError for a type that NumPy does not have, and FormatError for an
    unknown code; the messages begin with ``where``.
    """
    if code in FOREIGN:
        known = ", ".join(["bfloat16", *(dtype.name for code, (dtype, _) in DTYPES.items() if code != BFLOAT16)])
        fix = "; export the module in float32: torch.onnx.export(module.float(), ...)" * ("float" in FOREIGN[code])
        raise UnsupportedError(f"{where}: got {FOREIGN[code]}, which nnfs does not read; it reads {known}{fix}")
    if code not in DTYPES:
        raise FormatError(f"{where}: got {code}, which the format does not have")
    return DTYPES[code]


def read_tensor(tensor: Any, files: ExternalData | None = None) -> Array:
    """Return the numbers of a ``TensorProto`` as a new C-contiguous array, which belongs to the caller.

    Numbers that lie in another file are read from ``files``, and refused without it.

    Raises
    ------
    FormatError
        When type, sizes and data do not agree; the message names field, got and wanted.
    UnsupportedError
        For data in another file without ``files``, and for types that NumPy does not have.
    """
    is_outside = files is not None and tensor.data_location == EXTERNAL
    if not is_outside:
        check_inline(tensor)
    if tensor.HasField("segment"):
        raise UnsupportedError("segment: nnfs reads tensors in one piece")
    dtype, field = read_dtype(tensor.data_type)
    stored = np.dtype(np.uint16) if tensor.data_type == BFLOAT16 else dtype
    shape = _shape(tuple(tensor.dims), dtype)
    given = [name for name in DATA if len(getattr(tensor, name))]
    if is_outside and given:
        raise FormatError(f"{given[0]}: got numbers there and in another file, wanted one of them")
    if len(given) > 1:
        raise FormatError(f"{given[1]}: got numbers there and in {given[0]}, wanted one of them")
    count = math.prod(shape)
    if given == ["raw_data"] or is_outside:
        data = files.read(tensor, count * stored.itemsize) if files is not None and is_outside else tensor.raw_data
        array = _from_bytes(data, stored, shape, count)
        return widen(array) if tensor.data_type == BFLOAT16 else array
    if given and given != [field]:
        raise FormatError(f"{given[0]}: got numbers there, wanted {dtype.name} in raw_data or {field}")
    values = getattr(tensor, field)
    if len(values) != count:
        raise FormatError(f"{field}: got {len(values)} numbers, wanted {count} for shape {shape}")
    array = _from_numbers(values, field, stored, count).reshape(shape)
    return widen(array) if tensor.data_type == BFLOAT16 else array


def _shape(dims: tuple[int, ...], dtype: np.dtype[Any]) -> tuple[int, ...]:
    if len(dims) > LARGEST_RANK:
        raise FormatError(f"dims: got {len(dims)} axes, wanted at most {LARGEST_RANK}")
    if any(size < 0 for size in dims):
        raise FormatError(f"dims: got {short(dims)}, wanted sizes from 0 on")
    if math.prod(size for size in dims if size) * dtype.itemsize > MOST_BYTES:
        raise FormatError(f"dims: got {short(dims)}, wanted sizes that can be addressed")
    return dims


def _from_bytes(data: bytes, dtype: np.dtype[Any], shape: tuple[int, ...], count: int) -> Array:
    if len(data) != count * dtype.itemsize:
        raise FormatError(
            f"raw_data: got {len(data)} bytes, wanted {count * dtype.itemsize} for {dtype.name} of shape {shape}"
        )
    if dtype == np.bool_ and max(data, default=0) > 1:
        raise FormatError(f"raw_data: got a byte of {max(data)}, wanted 0 or 1 for bool")
    return np.frombuffer(data, dtype.newbyteorder("<")).reshape(shape).astype(dtype)


def _from_numbers(values: Any, field: str, dtype: np.dtype[Any], count: int) -> Array:
    if dtype.kind == "f" and field != "int32_data":
        return np.fromiter(values, dtype, count)
    numbers = np.fromiter(values, np.uint64 if field == "uint64_data" else np.int64, count)
    # int32_data holds the 16 bits of a float16 as an integer.
    kept = np.dtype(np.uint16) if dtype == np.float16 else dtype
    largest = 1 if dtype == np.bool_ else np.iinfo(kept).max
    smallest = 0 if dtype == np.bool_ else np.iinfo(kept).min
    if count and not smallest <= int(numbers.min()) <= int(numbers.max()) <= largest:
        raise FormatError(f"{field}: got a number that is no {dtype.name}")
    array = numbers.astype(kept)
    return array.view(dtype) if dtype == np.float16 else array
