"""Where a warning belongs: the line of the user that called nnfs."""

from __future__ import annotations

import sys


def calls_within() -> int:
    """Return how many calls up the line stands that called nnfs, as `warnings.warn` counts for the caller of this."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "nnfs":
        frame, level = frame.f_back, level + 1
    return level
