"""Cases of the losses, of the search for numbers that are not finite, and of one number for all of a vector."""

from __future__ import annotations

import numpy as np

from .._kernels.interface import Array
from .._kernels.reference import kernels as reference
from .case import RETURNED, Case
from .draw import Draw


def softmax_cross_entropy(draw: Draw) -> Case:
    """Exponentials of the distance to the row's largest logit carry that distance's rounding, times itself."""
    rows, classes = max(draw.images * (8 if draw.form == "deep" else 1), 1), draw.integer(1, 40)
    logits = draw.numbers(rows, classes) * draw.dtype.type(5)
    labels = draw.rng.integers(0, classes, rows)
    case = Case("softmax_cross_entropy", draw, (logits, labels), {"dlogits": draw.unset(rows, classes)})
    case.expect_wide()
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
    """Three roundings for an element's gradient, two for its square."""
    shape = (max(draw.images, 1), *(draw.integer(1, 9) for _ in range(draw.integer(0, 3))))
    y, targets = draw.numbers(*shape), draw.plain(*shape)
    case = Case("mean_squared_error", draw, (y, targets), {"dy": draw.unset(*shape)})
    case.expect_wide()
    info = np.finfo(draw.dtype)
    case.allowed |= {
        "dy": 8 * info.eps * abs(case.exact["dy"]) + info.tiny,
        # The loss is summed in float64, term by term.
        RETURNED: (8 * info.eps + y.size * np.finfo(np.float64).eps) * case.exact[RETURNED] + info.tiny,
    }

    def function(y: Array) -> float:
        return reference.mean_squared_error(y, targets, dy=np.empty_like(y))

    return case.expect_slope("dy", function, y)


def all_finite(draw: Draw) -> Case:
    """Yes or no; half of the vectors have one odd number at most, anywhere."""
    length = draw.integer(0, 40_000 if draw.form == "deep" else 70)
    x = draw.numbers(length) if draw.rng.random() < 0.5 else draw.plain(length)
    if length and draw.rng.random() < 0.5:
        x[draw.integer(0, length - 1)] = draw.rng.choice([np.nan, np.inf, -np.inf])
    return Case("all_finite", draw, (x,), {}).expect_the_same()


def fill(draw: Draw) -> Case:
    """Every element, and none beyond the ends."""
    length = draw.integer(0, 70_000 if draw.form == "deep" else 70)
    return Case("fill", draw, (draw.numbers(1),), {"out": draw.unset(length)}).expect_the_same()
