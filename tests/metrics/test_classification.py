import math

import numpy as np
import pytest

from nnfs import ShapeError, metrics
from nnfs.training.running_metrics import running

SCORES = np.array([[3.0, 1, 0], [0, 2, 1], [1, 0, 5], [4, 3, 2]])
LABELS = np.array([0, 1, 2, 1])


def test_accuracy_is_the_share_of_largest_scores_that_are_right():
    assert metrics.accuracy(LABELS, SCORES) == 0.75
    assert metrics.accuracy(LABELS.tolist(), SCORES.tolist()) == 0.75
    assert type(metrics.accuracy(LABELS, SCORES)) is float
    assert math.isnan(metrics.accuracy(LABELS[:0], SCORES[:0]))


def test_top_k_accuracy_counts_labels_among_the_largest_scores():
    assert metrics.top_k_accuracy(LABELS, SCORES, k=1) == metrics.accuracy(LABELS, SCORES)
    assert metrics.top_k_accuracy([1, 0, 1, 2], SCORES, k=2) == 0.25
    assert metrics.top_k_accuracy([2, 2, 2, 2], SCORES, k=3) == 1
    assert metrics.top_k_accuracy([0, 3], np.zeros((2, 4)), k=1) == 1  # equal scores do not count against a label
    assert metrics.top_k_accuracy([0, 3], np.full((2, 4), np.nan), k=4) == 0
    assert math.isnan(metrics.top_k_accuracy(LABELS[:0], SCORES[:0], k=2))
    with pytest.raises(ShapeError, match="top_k_accuracy: outputs must be scores"):
        metrics.top_k_accuracy(LABELS[:2], SCORES)
    with pytest.raises(ValueError, match="top_k_accuracy: k"):
        metrics.top_k_accuracy(LABELS, SCORES, k=0)
    with pytest.raises(ValueError, match=r"k must be at most the 3 classes, got 5, which finds every label; .*partial"):
        metrics.top_k_accuracy(LABELS, SCORES)


def test_binary_accuracy_counts_the_right_side_of_a_threshold():
    outputs, targets = np.array([[0.2], [-0.1], [0.7], [-2]]), np.array([[1.0], [0], [0], [0]])
    assert metrics.binary_accuracy(targets=targets, outputs=outputs) == 0.75
    assert metrics.binary_accuracy(targets=targets.ravel(), outputs=outputs) == 0.75
    assert metrics.binary_accuracy(targets=targets, outputs=outputs, threshold=0.5) == 0.5
    assert math.isnan(metrics.binary_accuracy(targets=targets[:0], outputs=outputs[:0]))


def test_macro_metrics_are_means_over_classes():
    matrix = metrics.confusion_matrix(targets=LABELS, predictions=SCORES.argmax(axis=1))
    assert metrics.macro_precision(LABELS, SCORES) == metrics.precision(matrix).mean()
    assert metrics.macro_recall(LABELS, SCORES) == metrics.recall(matrix).mean()
    assert metrics.macro_f1(LABELS, SCORES) == metrics.f1_score(matrix).mean()
    with pytest.raises(ShapeError, match="macro_f1: outputs must be scores"):
        metrics.macro_f1(LABELS, SCORES[0])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("macro_precision", "precision_score"), ("macro_recall", "recall_score"), ("macro_f1", "f1_score")],
)
def test_a_class_that_does_not_occur_counts_in_no_mean(ours, theirs):
    sklearn = pytest.importorskip("sklearn.metrics")
    labels, predicted = np.array([0, 1, 1, 2, 0]), np.array([0, 1, 4, 2, 2])  # of six classes, 3 and 5 never occur
    scores = np.eye(6)[predicted]
    wanted = getattr(sklearn, theirs)(labels, predicted, average="macro", zero_division=0)
    assert getattr(metrics, ours)(labels, scores) == pytest.approx(wanted)
    one_by_one = running(ours, metrics.METRICS[ours])
    for label, score in zip(labels, scores, strict=True):
        one_by_one.add(score[None], np.array([label]))
    assert one_by_one.figure() == pytest.approx(wanted)
    assert math.isnan(getattr(metrics, ours)(labels[:0], scores[:0]))
