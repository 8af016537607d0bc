"""The verb ``nnfs export``."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from ..errors import UnsupportedError
from .evaluate import add_network_argument

if TYPE_CHECKING:
    from ..sequential import Sequential

EXAMPLE = "nnfs export runs/first first.onnx"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs export``."""
    add_network_argument(parser)
    parser.add_argument("out", metavar="OUT", help="the file to make or to replace: .onnx or .safetensors")


def run(arguments: argparse.Namespace) -> int:
    """Write a trained network to a file, and return 0. The file's suffix chooses the format."""
    from ..io import save
    from ..runs import open_network

    suffix = os.path.splitext(arguments.out)[1].lower()
    if suffix not in (".onnx", ".safetensors"):
        raise ValueError(f"{arguments.out}: got {suffix or 'no suffix'}, wanted .onnx or .safetensors")
    network, _ = open_network(arguments.network)
    if suffix == ".safetensors":
        save(network, arguments.out)
    else:
        _save_onnx(network, arguments.out)
    return 0


def _save_onnx(network: Sequential, path: str) -> None:
    from ..io import onnx

    try:
        onnx.save(network, path)
    except ImportError as error:
        raise UnsupportedError(error).in_file(path) from error
