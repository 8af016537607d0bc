"""What is checked before a network is written in the format of other programs."""

from __future__ import annotations

import os
from typing import Any

from ..errors import DTypeError
from ..sequential import Sequential
from .endings import check_ending


def check_export(network: Any, path: str | os.PathLike[str], own: str) -> None:
    """Raise DTypeError for anything but a `Sequential`, and ValueError for a path with another ending than ``own``.

    A path without an ending is accepted.
    """
    if not isinstance(network, Sequential):
        is_estimator = hasattr(network, "fit") and hasattr(network, "get_params")
        fix = ". Try: its network, estimator.network_, of a pipeline pipeline[-1].network_" * is_estimator
        raise DTypeError(f"save: network must be a Sequential, got {type(network).__name__}{fix}")
    check_ending(path, own)
    stem, ending = os.path.splitext(os.fsdecode(os.fspath(path)))
    if ending.lower() not in ("", own):
        raise ValueError(f"{stem}{ending}: what is written is in the format of {own} files; write {stem + own!r}")
