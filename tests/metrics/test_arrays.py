import functools
import re

import numpy as np
import pytest

from nnfs import DTypeError, ShapeError, metrics

SCORES = np.array([[3.0, 1, 0], [0, 2, 1], [1, 0, 5], [4, 3, 2]])
LABELS = np.array([0, 1, 2, 1])


@pytest.mark.parametrize(
    "metric",
    [metrics.accuracy, metrics.top_k_accuracy, metrics.macro_precision, metrics.macro_recall, metrics.macro_f1],
)
def test_labels_and_scores_are_told_apart_in_either_order(metric):
    metric = functools.partial(metric, k=2) if metric is metrics.top_k_accuracy else metric
    assert metric(SCORES, LABELS) == metric(LABELS, SCORES) == metric(outputs=SCORES, labels=LABELS)


@pytest.mark.parametrize(
    ("metric", "line"),
    [
        (metrics.binary_accuracy, "binary_accuracy(targets=..., outputs=..., threshold=...)"),
        (metrics.r2_score, "r2_score(targets=..., outputs=...)"),
        (metrics.confusion_matrix, "confusion_matrix(targets=..., predictions=..., classes=...)"),
    ],
)
def test_arrays_that_look_alike_are_taken_by_name_alone(metric, line):
    for arrays in ((LABELS, LABELS), (LABELS, LABELS, 3), (LABELS,)):
        with pytest.raises(DTypeError, match=rf"got {len(arrays)} without a name; write {re.escape(line)}$"):
            metric(*arrays)


@pytest.mark.parametrize("labels", [LABELS[:3], LABELS[:, None], np.eye(3)[LABELS], np.int64(1)])
def test_labels_that_would_only_broadcast_are_refused(labels):
    with pytest.raises(ShapeError, match=r"accuracy: outputs must be scores \(N, K\) and labels \(N,\), got"):
        metrics.accuracy(SCORES, labels)


@pytest.mark.parametrize(
    "metric",
    [metrics.accuracy, metrics.top_k_accuracy, metrics.macro_precision, metrics.macro_recall, metrics.macro_f1],
)
def test_labels_that_are_no_classes_name_the_row(metric):
    for label in (3, -1):
        with pytest.raises(
            ValueError, match=rf"^{metric.__name__}: labels\[1\] is {label}, wanted a class from 0 to 2$"
        ):
            metric([0, label], SCORES[:2])
    for labels, kind in (([0.0, 1.0], "float64"), (["ape", "cat"], "<U3")):
        with pytest.raises(DTypeError, match=f"^{metric.__name__}: labels must hold integers, got {kind}$"):
            metric(labels, SCORES[:2])
    line = rf"; these are classes: write {metric.__name__}\(labels, net.predict\(x\)\)$"
    with pytest.raises(ShapeError, match=line):
        metric(LABELS, SCORES.argmax(axis=1))


@pytest.mark.parametrize(
    "metric", [metrics.mean_absolute_error, metrics.root_mean_squared_error, metrics.r2_score, metrics.binary_accuracy]
)
@pytest.mark.parametrize("shapes", [((3, 1), (2,)), ((3,), (3, 1)), ((3, 2), (3,)), ((2, 3), (3, 2)), ((), ())])
def test_shapes_that_differ_are_refused(metric, shapes):
    outputs, targets = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ShapeError, match=f"{metric.__name__}: outputs and targets must have one shape, got"):
        metric(targets=targets, outputs=outputs)
