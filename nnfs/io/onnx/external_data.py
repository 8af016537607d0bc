"""Numbers of a model that lie in other files of its folder, read only if the user asks for it.

A model names these files, and may come from a stranger. A name is a relative path within the folder, without ``..``,
no part of it is a symbolic link, and the file has no second name. The numbers lie within the file, and together are no
more than its bytes.
"""

from __future__ import annotations

import os
from typing import Any

from ...errors import FormatError, UnsupportedError
from ...system.files import open_regular
from ..strict_json import short

MOST_LETTERS = 4096
"""The longest name of a file, and more than the longest number."""


class ExternalData:
    """Read the numbers of tensors from files of a folder, which errors name."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = os.fspath(folder) or os.curdir
        self._read: dict[str, int] = {}

    def read(self, tensor: Any, wanted: int) -> bytes:
        """Return the ``wanted`` bytes of a ``TensorProto``.

        Raises FormatError for a place outside of the folder or the file, and OSError for a file that cannot be read.
        """
        fields: dict[str, str] = {}
        for entry in tensor.external_data[:8]:
            if entry.key in fields or not isinstance(entry.value, str) or len(entry.value) > MOST_LETTERS:
                raise FormatError(f"external_data: {short(entry.key)}: got it twice, or no short text")
            fields[entry.key] = entry.value
        place = self._place(fields.get("location", ""))
        offset = _number(fields, "offset", 0)
        if _number(fields, "length", wanted) != wanted:
            raise FormatError(f"external_data: length: got {fields['length']}, wanted {wanted} for this type and shape")
        name = short(fields["location"])
        with open_regular(place) as file:
            status = os.fstat(file.fileno())
            size = status.st_size
            if status.st_nlink > 1:
                raise FormatError(f"external_data: location: {name} has a second name, a hard link; copy it")
            if offset + wanted > size:
                raise FormatError(
                    f"external_data: bytes {offset} to {offset + wanted} of {name}, which has only {size}"
                )
            self._read[place] = self._read.get(place, 0) + wanted
            if self._read[place] > size:
                raise FormatError(f"external_data: the tensors together want more bytes of {name} than its {size}")
            file.seek(offset)
            data = file.read(wanted)
        if len(data) != wanted:
            raise FormatError(f"external_data: {name} became shorter while it was read")
        return data

    def _place(self, location: str) -> str:
        """Return the path of the file that a model names; raise FormatError unless it lies within the folder."""
        parts = location.split("/")
        if any(part in ("", ".", "..") or not part.isprintable() or "\\" in part or ":" in part for part in parts):
            raise FormatError(
                f"external_data: location: got {short(location)}, wanted a path within the model's folder"
            )
        place = self._folder
        for part in parts:
            place = os.path.join(place, part)
            if os.path.islink(place):
                raise FormatError(f"external_data: location: {short(location)} goes through a symbolic link")
        return place


def check_inline(tensor: Any) -> None:
    """Raise UnsupportedError for a tensor whose numbers lie in another file."""
    if tensor.data_location or tensor.external_data:
        raise UnsupportedError(
            "data_location: the numbers are in another file, and nnfs reads one file alone; to read both: "
            "nnfs.io.onnx.load(path, external_data=True); to write one: "
            "torch.onnx.export(..., external_data=False), or onnx.save(onnx.load(path), path, "
            "save_as_external_data=False)"
        )


def _number(fields: dict[str, str], name: str, default: int) -> int:
    text = fields.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise FormatError(f"external_data: {name}: got {short(text)}, wanted a number of bytes")
    return int(text)
