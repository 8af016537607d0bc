"""The verb ``nnfs info``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

EXAMPLE = "nnfs info --json"
EXTRAS = {
    "report": ("matplotlib", "jinja2"),
    "images": ("pillow",),
    "onnx": ("onnx",),
    "sklearn": ("scikit-learn",),
    "peers": ("torch", "onnxruntime"),
}
"""The optional packages, by the extra that installs them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``nnfs info``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Print what nnfs found on this computer, with warnings on stderr, and return 0."""
    found = info()
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, text in _lines(found):
        print(f"{name:<17}{text}")
    for warning in found["warnings"]:
        print(f"nnfs: warning: {warning}", file=sys.stderr)
    return 0


def info() -> dict[str, Any]:
    """Return a description of this computer, ready for JSON.

    ``machine`` is a dict, see `nnfs.machine`; ``replay`` says whether passes may be replayed, see
    `nnfs.network.replay`; ``data`` says where data sets are; ``extras`` has versions of optional packages; ``warnings``
    is a list of texts.
    """
    from ..data import find_fashion_mnist
    from ..network import replay
    from ..system.machine import machine

    folder = find_fashion_mnist()
    return {
        "machine": machine(),
        "replay": replay.is_enabled(),
        "data": {"digits": "comes with nnfs", "fashion-mnist": str(folder) if folder else None},
        "extras": {extra: {package: _version(package) for package in packages} for extra, packages in EXTRAS.items()},
        "warnings": _warnings(),
    }


def _version(package: str) -> str | None:
    """Return the version of an installed distribution, without importing it; None if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _warnings() -> list[str]:
    other = _version("nnfs")
    if other is None:
        return []
    return [
        f"the distribution nnfs {other}, the helper package of a book, is installed too; both are imported as `nnfs` "
        "and overwrite each other's files: `pip uninstall nnfs nnfs-cython`, then install the one you want"
    ]


def _lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    from ..network import replay

    machine = found["machine"]
    memory = machine["memory_bytes"]
    why_not = replay.why_not()
    available = ", ".join(machine["isa_available"]) or "none"
    return [
        ("nnfs", machine["nnfs"]),
        ("Python", machine["python"]),
        ("NumPy", f"{machine['numpy']}, BLAS {machine['blas'] or 'unknown'}"),
        ("system", machine["system"]),
        ("processor", f"{machine['processor']}, {machine['cores'] or 'unknown number of'} cores"),
        ("memory", f"{memory / 2**30:.1f} GiB" if memory else "unknown"),
        ("backend", f"{machine['backend']} ({machine['backend_reason']})"),
        ("instruction set", f"{machine['isa'] or 'that of NumPy'} (compiled kernels available: {available})"),
        ("Winograd", "where it is faster, in float32" if machine["winograd"] else "no"),
        ("threads", f"{machine['threads']} ({machine['threads_reason']})"),
        ("replay", "where net.summary(plan=True) says yes" if why_not is None else f"no ({why_not})"),
        ("digits", found["data"]["digits"]),
        (
            "Fashion-MNIST",
            found["data"]["fashion-mnist"]
            or "not found: `apt-get install dataset-fashion-mnist`, or nnfs downloads it on first use",
        ),
        *(
            (
                f"extra {extra}",
                ", ".join(f"{package} {version or 'not installed'}" for package, version in packages.items()),
            )
            for extra, packages in found["extras"].items()
        ),
    ]
