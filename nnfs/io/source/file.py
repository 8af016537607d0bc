"""Writing a network as a file of source code, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from ...sequential import Sequential
from ...system.atomic import write_file
from ..export import check_export
from .layer_steps import to_program
from .program import Program, Sample, check


def write_source(
    network: Sequential, path: str | os.PathLike[str], ending: str, lines: Callable[[Program, Sample], Iterator[str]]
) -> int:
    """Write the lines of a program that computes what the network predicts, and return the number of bytes.

    Parameters
    ----------
    network : Sequential
        Not modified.
    path : path
        The file to make or to replace.
    ending : str
        The ending that the path must have, such as ``.c``.
    lines : function
        Returns the lines of the file, for the steps of the network and a sample that they were run on.

    Raises
    ------
    DTypeError, ValueError, UnsupportedError, NumericError
        Before anything is written, see `check_export`, `to_program` and `check`.
    """
    check_export(network, path, ending)
    program = to_program(network)
    found = lines(program, check(program))
    return write_file(path, (line.encode("ascii") + b"\n" for line in found))
