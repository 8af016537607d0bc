"""Which classes a network takes for which: the confusion matrix, and the figures of each class."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...metrics.confusion import confusion_matrix, f1_score, precision, recall
from .measured import Measured

MOST_CLASSES = 20
"""Of more classes, the matrix would not be read, and the page lists the most frequent mistakes alone."""
MOST_PAIRS = 10


def confusion_facts(measured: Measured) -> dict[str, Any] | None:
    """Return the confusion matrix of a classification, for the page; None for other networks.

    Returns
    -------
    dict
        ``names``; ``matrix``, a list of rows, or None for more than 20 classes; ``shades``, each entry as a share of
        its row; ``classes``, a row of name, count, precision, recall and F1 score for each class; ``pairs``, the most
        frequent mistakes as (count, name of the right class, name of the predicted class); ``wrong`` and ``count``.
    """
    if measured.labels is None or measured.probabilities is None:
        return None
    names = measured.class_names
    matrix = confusion_matrix(
        targets=measured.labels, predictions=measured.probabilities.argmax(axis=1), classes=len(names)
    )
    of_class = matrix.sum(axis=1)
    mistakes = matrix - np.diag(np.diagonal(matrix))
    places = [divmod(int(place), len(names)) for place in np.argsort(-mistakes, axis=None, kind="stable")[:MOST_PAIRS]]
    is_shown = len(names) <= MOST_CLASSES
    shades = matrix / np.maximum(1, of_class)[:, None]
    scores = zip(precision(matrix), recall(matrix), f1_score(matrix), strict=True)
    return {
        "names": names,
        "matrix": matrix.tolist() if is_shown else None,
        "shades": shades.tolist(),
        "classes": [
            (name, int(count), *map(float, row)) for name, count, row in zip(names, of_class, scores, strict=True)
        ],
        "pairs": [(int(mistakes[t, p]), names[t], names[p]) for t, p in places if mistakes[t, p]],
        "wrong": int(mistakes.sum()),
        "count": int(matrix.sum()),
    }


def answer_facts(measured: Measured) -> list[dict[str, Any]] | None:
    """Return for each of K yes-or-no answers how often it was right and wrong; None for other networks."""
    if not measured.answers:
        return None
    yes, said = measured.targets > 0.5, measured.outputs > 0.5
    return [
        {
            "name": name,
            "yes_right": int((yes[:, k] & said[:, k]).sum()),
            "yes_missed": int((yes[:, k] & ~said[:, k]).sum()),
            "no_right": int((~yes[:, k] & ~said[:, k]).sum()),
            "no_wrong": int((~yes[:, k] & said[:, k]).sum()),
        }
        for k, name in enumerate(measured.output_names)
    ]
