"""Small images as PNG files within the page."""

from __future__ import annotations

import base64
import importlib
import io

import numpy as np

from ..._kernels.interface import Array


def range_of(images: Array) -> tuple[float, float]:
    """Return the numbers that are drawn black and white: 0 and 1 if all are within, else the smallest and largest."""
    low, high = float(images.min(initial=0)), float(images.max(initial=0))
    return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)


def as_png(image: Array, low: float, high: float, colours: str = "gray") -> str:
    """Return an image (rows, columns), or (3, rows, columns) in red, green and blue, as the address of a PNG file."""
    written = io.BytesIO()
    if image.ndim == 3:
        image = np.clip((np.moveaxis(image, 0, -1) - low) / ((high - low) or 1.0), 0, 1)
    importlib.import_module("matplotlib.image").imsave(
        written, image.astype(np.float64), vmin=low, vmax=high, cmap=colours, format="png", metadata={"Software": None}
    )
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"


def first_channels(image: Array) -> Array:
    """Return an image (C, rows, columns) as it is drawn: in colour if it has three channels, else its first one."""
    return image if len(image) == 3 else image[0]
