"""Cases of the kernels of losses, of ``all_finite`` and of ``fill``.

A function with the name of a kernel draws one case: a call with random arguments, and the expected outputs.
"""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .case import RETURNED, Case
from .draw import Draw


def softmax_cross_entropy(draw: Draw) -> Case:
    # The relative error of exp(-distance to the largest logit) is that of rounding the distance, times the distance.
    rows, classes = max(draw.images * (8 if draw.form == "deep" else 1), 1), draw.integer(1, 40)
    logits = draw.numbers(rows, classes) * draw.dtype.type(5)
    labels = draw.rng.integers(0, classes, rows)
    case = Case("softmax_cross_entropy", draw, (logits, labels), {"dlogits": draw.unset(rows, classes)})
    case.expect_float64()
    info = np.finfo(draw.dtype)
    is_label = np.arange(classes) == labels[:, None]
    with np.errstate(all="ignore"):
        wide = logits.astype(np.float64)
        largest = wide.max(axis=1, keepdims=True)
        distance = (largest - np.where(np.isneginf(wide), largest, wide)).max(axis=1, keepdims=True)
        probabilities = case.exact["dlogits"] * rows + is_label
        eps = 4 * (classes + 8 + distance) * info.eps
        case.allowed["dlogits"] = (eps * probabilities + 4 * info.eps * is_label) / rows + info.tiny
        case.allowed[RETURNED] = float((eps + 4 * info.eps * (distance + rows)).mean())

    def function(logits: Array) -> float:
        return reference.softmax_cross_entropy(logits, labels, dlogits=np.empty_like(logits))

    return case.expect_slope("dlogits", function, logits, step=1e-5, tolerance=1e-9)


def mean_squared_error(draw: Draw) -> Case:
    shape = (max(draw.images, 1), *(draw.integer(1, 9) for _ in range(draw.integer(0, 3))))
    y, targets = draw.numbers(*shape), draw.plain(*shape)
    case = Case("mean_squared_error", draw, (y, targets), {"dy": draw.unset(*shape)})
    case.expect_float64()
    info = np.finfo(draw.dtype)
    case.allowed |= {
        "dy": 8 * info.eps * abs(case.exact["dy"]) + info.tiny,
        # Two roundings for each square; the sum of the squares is in float64, term by term.
        RETURNED: (8 * info.eps + y.size * np.finfo(np.float64).eps) * case.exact[RETURNED] + info.tiny,
    }

    def function(y: Array) -> float:
        return reference.mean_squared_error(y, targets, dy=np.empty_like(y))

    return case.expect_slope("dy", function, y)


def all_finite(draw: Draw) -> Case:
    # Half of the vectors have one NaN or infinity, at a random index.
    length = draw.integer(0, 40_000 if draw.form == "deep" else 70)
    x = draw.numbers(length) if draw.rng.random() < 0.5 else draw.plain(length)
    if length and draw.rng.random() < 0.5:
        x[draw.integer(0, length - 1)] = draw.rng.choice([np.nan, np.inf, -np.inf])
    return Case("all_finite", draw, (x,), {}).expect_equal()


def fill(draw: Draw) -> Case:
    length = draw.integer(0, 70_000 if draw.form == "deep" else 70)
    return Case("fill", draw, (draw.numbers(1),), {"out": draw.unset(length)}).expect_equal()
