"""Strict reading of ``.npz`` files, NumPy's archives of arrays: every size in them is checked before it is used."""

from __future__ import annotations

import math
import os
import re
from typing import IO, TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike

from .._kernels.interface import Array
from ..arguments.arrays import as_float_dtype
from ..arguments.dates import as_days
from ..arguments.labels import is_whole
from ..arguments.pixels import divisor_for
from ..arguments.shapes import is_channels_last
from ..errors import FormatError, UnsupportedError, naming
from ..system.files import open_regular
from ..system.memory import check_unpacked
from .gzip_member import LARGEST_RATIO
from .samples import SCALED, SampleFile, Samples, as_names, describe_numbers, number_classes

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

ONE_PART = {"x": True, "y": False, "sample_weight": False}
TWO_PARTS = {"x_train": True, "y_train": True, "x_test": True, "y_test": True, "sample_weight": False}
"""The names of the arrays, and whether the file must have them."""
LONGEST_HEADER = 10000
LAST_CHARACTER, HALVES = 0x10FFFF, 0xD800 >> 11
"""The largest code of a character, and the leading bits of half surrogate pairs, which are no characters."""
HEADER = re.compile(
    rb"\{ *'descr': *'([<>|=]?[a-zA-Z]\d{0,9}(?:\[\d{0,9}[a-zA-Z]{1,2}\])?)', *'fortran_order': *(True|False), *"
    rb"'shape': *\(((?:\d{1,15}, *)*(?:\d{1,15})?)\),? *\} *\n?"
)
"""The form in which NumPy writes the header of a plain array."""


def read_npz(
    path: str | os.PathLike[str],
    *,
    class_names: tuple[str, ...] = (),
    dtype: DTypeLike = "float32",
    max_bytes: int = 2**34,
) -> SampleFile:
    """Read samples from a ``.npz`` file with the arrays x and y, or x_train, y_train, x_test and y_test.

    The file may also hold ``sample_weight`` (N,), the weights of the samples to train on. With x, the y may be missing.
    An x of uint8 holds pixels and is divided by 255. Images (N, H, W) become (N, 1, H, W). A y of integers holds
    classes, a y of texts names of classes, a y of floats numbers to predict.

    Parameters
    ----------
    path : path
        A regular file.
    class_names : tuple of str
        The names that the classes must have; () takes those that are found.
    dtype : "float32" or "float64"
        The dtype of x, and of numbers to predict.
    max_bytes : int
        The largest number of bytes that one array may have.

    Returns
    -------
    SampleFile
        ``x`` of shape (N, D) or (N, C, H, W); ``changes`` lists in words what was scaled or rounded.

    Raises
    ------
    FormatError
        For a file that is not whole and consistent, holds other arrays, images with channels last, or numbers that
        are not finite.
    UnsupportedError
        For dtypes and compression methods that are not supported; objects are never unpickled.
    OSError
        For a file that cannot be read.
    """
    floats = as_float_dtype(dtype)
    with naming(path):
        arrays = _read_arrays(os.fspath(path), max_bytes)
        wanted = ONE_PART if "x" in arrays else TWO_PARTS
        missing = [name for name, needed in wanted.items() if needed and name not in arrays]
        unknown = [name for name in arrays if name not in wanted]
        if missing or unknown:
            raise FormatError(
                f"got the arrays {', '.join(arrays)[:200] or 'none'}, wanted x and y, or {', '.join(TWO_PARTS)} "
                "(y and sample_weight may be missing)"
            )
        inputs = [arrays[name] for name in wanted if name[0] == "x"]
        is_scaled = inputs[0].dtype == np.uint8
        if any((array.dtype == np.uint8) != is_scaled for array in inputs):
            raise FormatError(
                f"x_train has the type {inputs[0].dtype} and x_test {inputs[1].dtype}: pixels of uint8 are divided by "
                "255, and others are not; save both as the same type"
            )
        unpacked = sum(array.nbytes + array.size * floats.itemsize for array in inputs)
        check_unpacked(unpacked, os.path.getsize(path), "its arrays")
        x = {name: _inputs(arrays[name], name, floats) for name in wanted if name[0] == "x"}
        y, names = _targets({name: arrays[name] for name in arrays if name[0] == "y"}, class_names, floats)
        weights = arrays.get("sample_weight")
        for name, array in {**y, "sample_weight": weights}.items():
            rows = x[name.replace("y", "x") if name in y else next(iter(x))].shape[:1]
            if array is not None and array.shape[:1] != rows:
                raise FormatError(f"{name} has the shape {array.shape}, wanted ({rows[0]}, ...), one for each x")
        if weights is not None:
            weights = _floats(weights, "sample_weight", np.dtype("float64"))
        divided_by = 255 if is_scaled else None
        changes = (SCALED,) * is_scaled + _rounded(arrays, x | y)
        changes += tuple(told for name in x for told in _undivided(arrays[name], name))
        if any(
            arrays[name].dtype.kind != "U" and is_whole(y[name]) and as_names(arrays[name], class_names) is None
            for name in y
        ):
            changes += describe_numbers(class_names)
        if wanted is ONE_PART:
            samples = Samples(x["x"], y.get("y"), weights)
            return SampleFile(samples, None, names, changes=changes, pixels_divided_by=divided_by)
        if x["x_test"].shape[1:] != x["x_train"].shape[1:]:
            raise FormatError(
                f"x_test has the shape {x['x_test'].shape}, and x_train {x['x_train'].shape}: other samples"
            )
        test = Samples(x["x_test"], y["y_test"])
        train = Samples(x["x_train"], y["y_train"], weights)
        return SampleFile(train, test, names, changes=changes, pixels_divided_by=divided_by)


def _read_arrays(path: str, max_bytes: int) -> dict[str, Array]:
    import zipfile
    import zlib

    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                if len(members) != _declared_members(file, size):
                    raise FormatError(f"has {len(members)} members, wanted {_declared_members(file, size)}")
                _check_members(members, size, max_bytes)
                return {member.filename.removesuffix(".npy"): _read_array(archive, member) for member in members}
        except (FormatError, UnsupportedError):
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, TypeError, ValueError, NotImplementedError) as error:
            raise FormatError(f"is no whole .npz file: {error}") from error


def _declared_members(file: BinaryIO, size: int) -> int:
    """Return the number of members that the end of an archive declares; `zipfile` does not check it."""
    file.seek(max(0, size - 22))
    return int.from_bytes(file.read()[10:12], "little")


def _check_members(members: list[ZipInfo], size: int, max_bytes: int) -> None:
    """Raise FormatError or UnsupportedError for an archive with impossible sizes, before memory is allocated."""
    import zipfile

    names = [member.filename for member in members]
    if len(set(names)) < len(names) or not all(name.endswith(".npy") for name in names):
        raise FormatError(f"got the members {', '.join(names)[:200]}, wanted .npy files with a name each")
    if sum(member.compress_size for member in members) > size:
        raise FormatError(f"its members take more than the {size:,} bytes of the file: they overlap")
    for member in members:
        name = member.filename[:50]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & 1:
            raise UnsupportedError(f"{name} is encrypted, or packed in another way than NumPy's")
        if not 0 <= member.header_offset < size:
            raise FormatError(f"{name} says that it begins at byte {member.header_offset}, wanted 0 to {size - 1}")
        packed = LARGEST_RATIO if member.compress_type == zipfile.ZIP_DEFLATED else 1
        if member.file_size > min(max_bytes, packed * member.compress_size):
            raise FormatError(
                f"{name} says that it has {member.file_size:,} bytes, of {member.compress_size:,} packed; wanted at "
                f"most {min(max_bytes, packed * member.compress_size):,}"
            )


def _read_array(archive: ZipFile, member: ZipInfo) -> Array:
    name = member.filename[:50]
    with archive.open(member) as file:
        shape, is_fortran, dtype = _read_header(file, name)
        if dtype.kind not in "biufU":
            raise UnsupportedError(
                f"{name} holds values of type {dtype}, wanted numbers or texts{_fix(name.removesuffix('.npy'), dtype)}"
            )
        wanted, left = math.prod(shape) * dtype.itemsize, member.file_size - file.tell()
        if wanted != left:
            raise FormatError(f"{name} has {left:,} bytes of data, wanted {wanted:,} for the shape {shape}")
        data = file.read()  # zipfile compares the checksum at the end
    if dtype.kind == "U":
        codes = np.frombuffer(data, dtype.byteorder + "u4")
        if ((codes > LAST_CHARACTER) | (codes >> 11 == HALVES)).any():
            raise FormatError(f"{name} holds a text with a number that stands for no character")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
    return array.astype(dtype.newbyteorder("="), order="C", copy=False)


def _read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return the shape of an array, whether its order is Fortran's, and its dtype, from the header of a .npy file.

    NumPy's reader is not used, because it evaluates the header as Python code and fails with errors of many types.
    """
    start = file.read(8)
    length = int.from_bytes(file.read(2 if start[6:7] == b"\1" else 4), "little")
    header = file.read(min(length, LONGEST_HEADER))
    found = HEADER.fullmatch(header)
    if start not in (b"\x93NUMPY\1\0", b"\x93NUMPY\2\0") or found is None:
        raise UnsupportedError(f"{name} has the header {(start + header)[:60]!r}, wanted that of a plain array")
    descr, order, sizes = (group.decode() for group in found.groups())
    return tuple(int(size) for size in sizes.split(",") if size.strip()), order == "True", np.dtype(descr)


def _fix(name: str, dtype: np.dtype[Any]) -> str:
    """Return the hint for an array of another type: what to save in its place; "" if there is none."""
    is_label = name[0] == "y"
    if dtype.kind in "mM":
        days = as_days(name, np.empty(0, dtype), "float32")
        return (
            f"; for classes, save {name}.astype(str); for numbers to predict, {days}" if is_label else f"; save {days}"
        )
    if dtype.kind == "S" or (dtype.kind == "O" and is_label):
        return f"; for names of classes, save {name}.astype(str)" if is_label else f"; save {name}.astype('float32')"
    return f"; save {name}.astype('float32')" if dtype.kind == "O" else ""


def _undivided(array: Array, name: str) -> tuple[str, ...]:
    """Return the sentence for `SampleFile.changes` about whole pixels that are not divided; () for other arrays."""
    if array.ndim < 3 or array.dtype.kind not in "iu" or array.dtype == np.uint8 or array.max(initial=0) <= 100:
        return ()
    told = f"{name} ({array.dtype} up to {array.max()}) is not divided: only pixels of uint8 are read as 0..1"
    divisor = divisor_for(array.max())
    return (f"{told}; for pixels, save np.divide({name}, {divisor}, dtype='float32')" if divisor else told,)


def _inputs(array: Array, name: str, dtype: np.dtype[Any]) -> Array:
    if array.ndim == 3:
        array = array[:, None]
    if array.ndim not in (2, 4) or 0 in array.shape[1:]:
        raise FormatError(f"{name} has the shape {array.shape}, wanted (N, D), (N, H, W) or (N, C, H, W)")
    if is_channels_last(array.shape[1:]):
        raise FormatError(
            f"{name} has the shape {array.shape}, which looks like (N, H, W, C), wanted (N, C, H, W): "
            f"save {name}.transpose(0, 3, 1, 2)"
        )
    if array.dtype == np.uint8:
        return np.divide(array, 255, dtype=dtype)
    return _floats(array, name, dtype)


def _targets(
    arrays: dict[str, Array], class_names: tuple[str, ...], dtype: np.dtype[Any]
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Return each array of targets by name, as classes or numbers to predict, and the names of the classes."""
    kinds = {"i" if array.dtype.kind in "biu" else array.dtype.kind for array in arrays.values()}
    if len(kinds) > 1:
        shown = " and ".join(f"{name} has the type {array.dtype}" for name, array in arrays.items())
        raise FormatError(f"{shown}, wanted labels of one kind: whole numbers, floats or texts in both")
    for name, array in arrays.items():
        if array.dtype.kind == "U" and (not array.ndim or array.shape[1:] not in ((), (1,))):
            raise FormatError(f"{name} holds texts of the shape {array.shape}, wanted (N,), one for each x")
    if kinds == {"i"}:
        arrays = {name: _integers(array, name) for name, array in arrays.items()}
    elif "f" in kinds:
        arrays = {name: _floats(array, name, dtype) for name, array in arrays.items()}
    texts = [
        array.ravel().tolist() if array.dtype.kind == "U" else as_names(array, class_names) for array in arrays.values()
    ]
    if not texts or None in texts:
        return arrays, () if "f" in kinds else class_names
    numbers, names = number_classes([label for part in texts for label in part or ()], class_names)
    ends = np.cumsum([array.size for array in arrays.values()])[:-1]
    parts = np.split(np.array(numbers, np.int64), ends)
    return dict(zip(arrays, parts, strict=True)), names


def _integers(array: Array, name: str) -> Array:
    if array.dtype == np.uint64 and (wrong := array >= 2**63).any():
        place = tuple(np.argwhere(wrong)[0].tolist())
        raise FormatError(f"{name}{list(place)} is {array[place]}, wanted labels below 2**63; save numbers as floats")
    return array.astype(np.int64)


def _rounded(before: dict[str, Array], after: dict[str, Array]) -> tuple[str, ...]:
    """Return sentences for `SampleFile.changes` that name the arrays whose values were rounded; () for none."""
    return tuple(
        f"{name} ({before[name].dtype}) rounded to {array.dtype}"
        for name, array in after.items()
        if before[name].dtype.kind in "iuf"
        and array.dtype.kind == "f"
        and before[name].dtype != np.uint8  # uint8 arrays are pixels, and are scaled
        and not _holds(array, before[name].reshape(array.shape))
    )


def _holds(floats: Array, exact: Array) -> bool:
    """Return whether a float array holds exactly the numbers of another array of any dtype."""
    if exact.dtype.kind == "f" or exact.dtype.itemsize < 8:
        return bool((floats == exact).all())  # compared in float64, which holds both
    # NumPy would round integers of 8 bytes to compare them with floats. Floats from 2**63 on do not fit into int64.
    is_small = np.abs(floats.astype(np.float64)) < 2.0**63
    return bool(is_small.all() and (floats.astype(exact.dtype) == exact).all())


def _floats(array: Array, name: str, dtype: np.dtype[Any]) -> Array:
    if array.dtype.kind == "U":
        raise FormatError(f"{name} holds texts, wanted numbers")
    with np.errstate(all="ignore"):
        floats = np.ascontiguousarray(array, dtype)
    if not np.isfinite(floats).all():
        place = tuple(np.argwhere(~np.isfinite(floats))[0].tolist())
        raise FormatError(f"{name}{list(place)} is {array[place]}, wanted a finite number of type {dtype}")
    return floats
