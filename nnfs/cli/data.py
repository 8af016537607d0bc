"""The verb ``nnfs data``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

EXAMPLE = "nnfs data fetch fashion-mnist"
ACTIONS = ("list", "fetch", "verify", "status")

DESCRIPTIONS = {
    "linear-small": "800 points near the line y = 2 x + 1, and 200 to test with: numbers to predict.",
    "linear-large": "800 points near the line y = 3 x - 50, in thousands, and 200 to test with: numbers to predict.",
    "moons": "800 points of two half circles that interleave, and 200 to test with: 2 classes.",
    "digits": "1,198 handwritten digits of 8 x 8 pixels, and 599 to test with: 10 classes.",
    "fashion-mnist": "60,000 grey images of clothing of 28 x 28 pixels, and 10,000 to test with: 10 classes.",
    "mnist": "60,000 grey images of handwritten digits of 28 x 28 pixels, and 10,000 to test with: 10 classes.",
    "kmnist": "60,000 grey images of Japanese characters of 28 x 28 pixels, and 10,000 to test with: 10 classes.",
    "cifar-10": "50,000 colour images of animals and vehicles of 32 x 32 pixels, and 10,000 to test with: 10 classes.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs data``."""
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("name", nargs="?", help="of one data set (all; for verify, all that are there)")
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        help="the folder that holds data which do not come with nnfs, and into which fetch puts them",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each data set; return 1 if ``verify`` finds a damaged one, otherwise 0."""
    from ..data import DATASETS

    if arguments.name not in (None, *DATASETS):
        raise ValueError(f"there is no data set {arguments.name!r}; the names are {', '.join(DATASETS)}")
    action = {"list": _describe, "fetch": _fetch, "verify": _verify, "status": _status}[arguments.action]
    names = DATASETS if arguments.name is None else [arguments.name]
    found: dict[str, Any] = {}
    damaged = False
    for name in names:
        text, is_damaged = action(name, arguments.data_dir, arguments.name is not None)
        found[name], damaged = text, damaged or is_damaged
        if not arguments.json:
            print(f"{name:<15}{text}")
    if arguments.json:
        print(json.dumps(found, indent=2))
    return int(damaged)


def _describe(name: str, data_dir: str | None, is_wanted: bool) -> tuple[str, bool]:
    return DESCRIPTIONS[name], False


def _status(name: str, data_dir: str | None, is_wanted: bool) -> tuple[str, bool]:
    from ..data import find_fashion_mnist, find_published
    from ..data.sources import PUBLISHED

    if name in PUBLISHED:
        found = find_published(name, data_dir)
        return f"in {found}" if found else f"not found: nnfs data fetch {name}", False
    if name == "digits":
        return "comes with nnfs", False
    if name != "fashion-mnist":
        return "generated from a seed", False
    folder = find_fashion_mnist(data_dir)
    return f"in {folder}" if folder else f"{_not_found(data_dir)}: nnfs data fetch fashion-mnist", False


def _not_found(data_dir: str | None) -> str:
    from ..data.fashion_mnist import missing_files

    missing = missing_files(data_dir)
    return f"not found ({missing})" if missing else "not found"


def _fetch(name: str, data_dir: str | None, is_wanted: bool) -> tuple[str, bool]:
    from ..data import (
        SOURCES,
        download_fashion_mnist,
        download_published,
        find_fashion_mnist,
        find_published,
        load,
    )
    from ..data.folders import may_download
    from ..data.sources import PUBLISHED

    if name in PUBLISHED and is_wanted:
        if find_published(name, data_dir) is None and may_download():
            size = sum(file.size for file in SOURCES[name].files)
            print(f"{name}: a download of about {size / 1e6:.0f} MB", file=sys.stderr)
            download_published(name, data_dir=data_dir)
        load(name, data_dir=data_dir)
    if name == "fashion-mnist":
        if find_fashion_mnist(data_dir) is None and may_download():
            print("Fashion-MNIST: a download of about 30 MB", file=sys.stderr)
            if data_dir:
                download_fashion_mnist(data_dir=data_dir)
        load(name, data_dir=data_dir)
    return _status(name, data_dir, is_wanted)


def _verify(name: str, data_dir: str | None, is_wanted: bool) -> tuple[str, bool]:
    from ..data import load
    from ..errors import FormatError
    from ..runs.run_samples import NEED_FOLDER

    options: dict[str, Any] = {"data_dir": data_dir, "download": False} if name in NEED_FOLDER else {}
    try:
        data = load(name, **options)
    except FileNotFoundError:
        if is_wanted:
            raise
        return _not_found(data_dir) if name == "fashion-mnist" else "not found", False
    except FormatError as error:
        return f"damaged: {error}", True
    return f"as published: {len(data.x_train):,} samples to train on, {len(data.x_test):,} to test with", False
