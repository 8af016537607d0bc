"""The plot of images that a network classified wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arguments.hyperparameters import as_count
from ..errors import ShapeError
from ..system.floating_point import quietly
from .figure import GREEN, RED, as_classes, as_names, new_figure

IMAGES_IN_A_LINE = 8


@quietly
def plot_wrong_images(
    images: Any,
    labels: Any,
    predicted: Any,
    *,
    class_names: Sequence[str],
    title: str = "Wrongly classified",
    most: int = 24,
) -> Any:
    """Draw the first images whose predicted class is wrong, each with its right class and its predicted class.

    All images share one scale of grey: from 0 to 1 if all drawn numbers are within, else from the smallest to the
    largest.

    Parameters
    ----------
    images : array (N, C, H, W)
        Only the first channel is drawn; not modified.
    labels, predicted : array (N,)
        The right class and the predicted class of each image.
    class_names : list of str
        A name for each class.
    title : str
        The title of the plot.
    most : int
        The largest number of images to draw.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError, ValueError
        For arrays whose shapes do not fit each other, and for classes without a name.
    """
    images, most = np.asarray(images), as_count(most, "plot_wrong_images: most")
    if images.ndim != 4:
        raise ShapeError(f"plot_wrong_images: images must be (N, C, H, W), got {images.shape}")
    names = as_names(class_names, len(class_names))
    labels = as_classes(labels, len(images), len(names), "labels")
    predicted = as_classes(predicted, len(images), len(names), "predicted")
    wrong = np.flatnonzero(labels != predicted)
    shown = wrong[:most]
    pictures = images[shown, 0]
    low, high = (float(pictures.min()), float(pictures.max())) if len(shown) else (0.0, 1.0)
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    lines = max(1, -(-len(shown) // IMAGES_IN_A_LINE))
    figure = new_figure(1.4 * IMAGES_IN_A_LINE, 1.85 * lines + 0.5)
    first = f", the first {most}" if len(wrong) > most else ""
    figure.suptitle(f"{title}: {len(wrong):,} of {len(labels):,}{first}")
    for place, (index, picture) in enumerate(zip(shown, pictures, strict=True)):
        axes = figure.add_subplot(lines, IMAGES_IN_A_LINE, place + 1, xticks=[], yticks=[])
        axes.imshow(picture, cmap="gray_r", vmin=low, vmax=high)
        axes.set_title(f"is {names[labels[index]]}", fontsize="small", color=GREEN)
        axes.set_xlabel(f"predicted {names[predicted[index]]}", fontsize="small", color=RED)
    return figure
