"""The colours of classes, in pages and in plots."""

from __future__ import annotations

import colorsys

BLUE, RED = "#1f5fa8", "#b3202c"
TEN = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"]


def class_colours(classes: int) -> list[str]:
    """Return a colour for each class, as ``#rrggbb``: blue and red for two, the wheel of colours for many."""
    if classes <= len(TEN):
        return [BLUE, RED] if classes <= 2 else TEN[:classes]
    parts = (colorsys.hsv_to_rgb(k / classes, 0.75, 0.85) for k in range(classes))
    return ["#" + "".join(f"{round(255 * part):02x}" for part in rgb) for rgb in parts]
