"""Loading compiled extension modules, after a check that each is there, is whole, and is of this version of nnfs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType

REPAIR = "install nnfs again: pip install --force-reinstall --no-deps ."


def load(name: str) -> ModuleType:
    """Return the extension module ``name`` of this package, for example ``machine.team``.

    Raises ImportError if its file is missing or cut short, or if it was built for another version.
    """
    from ._built import STAMP

    spec = importlib.util.find_spec(f".{name}", __package__)
    if spec is None or spec.origin is None:
        raise ImportError(f"the compiled part {name!r} is missing; {REPAIR}")
    _check_whole(spec.origin)
    try:
        module = importlib.import_module(f".{name}", __package__)
        found = getattr(module, "STAMP", "none")
    except TypeError as error:  # its C functions have other types than the importing extension expects
        found = str(error)
    if found != STAMP:
        raise ImportError(f"{spec.origin} holds kernels of another version ({found}, wanted {STAMP}); {REPAIR}")
    return module


def _check_whole(path: str) -> None:
    """Raise ImportError if the ELF file at ``path`` was cut short: loading it would end the process by SIGBUS."""
    with open(path, "rb") as file:
        header = file.read(64)
        size = os.fstat(file.fileno()).st_size
    if len(header) < 64 or header[:5] != b"\x7fELF\x02":
        return  # the loader finds such an error itself, or the system is no 64-bit Linux
    place, entry, count = (int.from_bytes(header[i:j], sys.byteorder) for i, j in ((40, 48), (58, 60), (60, 62)))
    wanted = place + entry * count  # the table of sections ends the file
    if size < wanted:
        raise ImportError(f"{path} is cut short, it has {size:,} bytes of {wanted:,}; {REPAIR}")
