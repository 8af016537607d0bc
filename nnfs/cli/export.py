"""The verb ``nnfs export``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from ..errors import UnsupportedError
from .evaluate import add_network_argument

if TYPE_CHECKING:
    from ..sequential import Sequential

EXAMPLE = "nnfs export runs/first first.onnx"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs export``."""
    add_network_argument(parser)
    parser.add_argument("out", metavar="OUT", help="the file to make: .onnx, .safetensors, .c or .py")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it exists")


def run(arguments: argparse.Namespace) -> int:
    """Write a trained network to a file, and return 0. The file's suffix chooses the format."""
    from ..runs import open_network

    suffix = os.path.splitext(arguments.out)[1].lower()
    if suffix not in WRITERS:
        raise ValueError(f"{arguments.out}: got {suffix or 'no suffix'}, wanted {', '.join(WRITERS)}")
    if os.path.lexists(arguments.out) and not arguments.overwrite:
        raise FileExistsError(f"{arguments.out} exists already and stays as it is. Try: another name, or --overwrite")
    network, _ = open_network(arguments.network)
    WRITERS[suffix](network, arguments.out)
    preprocessing = network.facts.preprocessing
    if preprocessing is not None and suffix == ".onnx":  # its operators know nothing of texts
        print(
            f"{arguments.out}: takes {len(preprocessing.features):,} numbers, made of the table as "
            "nnfs.load(...).facts.preprocessing says: " + ", ".join(preprocessing.features)[:500],
            file=sys.stderr,
        )
    return 0


def _save_c(network: Sequential, path: str) -> None:
    from ..io import c

    c.save(network, path)


def _save_network(network: Sequential, path: str) -> None:
    from ..io import save

    save(network, path)


def _save_onnx(network: Sequential, path: str) -> None:
    from ..io import onnx

    try:
        onnx.save(network, path)
    except ImportError as error:
        raise UnsupportedError(error).in_file(path) from error


def _save_python(network: Sequential, path: str) -> None:
    from ..io import python

    python.save(network, path)


WRITERS = {".onnx": _save_onnx, ".safetensors": _save_network, ".c": _save_c, ".py": _save_python}
"""The function that writes a network to a file, for each suffix of the file's name."""
