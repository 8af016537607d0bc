"""A log of JSON objects, one a line."""

from __future__ import annotations

import json
import math

from .log import Log


class JSONLinesLog(Log):
    """Write the figures of each epoch as one JSON object a line; a figure that is not finite is null.

    Parameters
    ----------
    path : path
        The file, which is replaced.
    """

    def _line(self, epoch: int, figures: dict[str, float]) -> str:
        finite = {name: value if math.isfinite(value) else None for name, value in figures.items()}
        return json.dumps({"epoch": epoch + 1} | finite, allow_nan=False) + "\n"
