import numpy as np
import pytest

from nnfs import DTypeError, ShapeError, metrics

SCORES = np.array([[3.0, 1, 0], [0, 2, 1], [1, 0, 5], [4, 3, 2]])
LABELS = np.array([0, 1, 2, 1])
MATRIX = np.array([[5, 1, 0], [2, 3, 0], [1, 0, 0]])


@pytest.mark.parametrize("metric", [metrics.precision, metrics.recall, metrics.f1_score])
def test_labels_in_the_place_of_a_matrix_are_answered_by_the_line_to_write(metric):
    call = r"confusion_matrix\(targets=..., predictions=..., classes=K\)"
    line = rf"; for labels \(N,\), write {metric.__name__}\({call}\)$"
    for arrays, got in (
        ((LABELS, LABELS), r"\(4,\) and \(4,\)"),
        ((SCORES, LABELS), r"\(4, 3\) and \(4,\)"),
        ((MATRIX, LABELS.tolist()), r"\(3, 3\) and \(4,\)"),
        ((LABELS,), r"\(4,\)"),
    ):
        with pytest.raises(ShapeError, match=f"^{metric.__name__} takes the counts .* got an array {got}{line}"):
            metric(*arrays)


def test_the_confusion_matrix_has_true_classes_as_rows():
    predicted, labels = [0, 1, 1, 0], [0, 1, 2, 2]
    matrix = metrics.confusion_matrix(predictions=predicted, targets=labels, classes=3)
    np.testing.assert_array_equal(matrix, [[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    np.testing.assert_array_equal(metrics.confusion_matrix(targets=labels, predictions=predicted), matrix)
    many = np.full(3, 250, np.uint8)
    assert metrics.confusion_matrix(targets=many, predictions=many)[250, 250] == 3
    np.testing.assert_array_equal(metrics.confusion_matrix(targets=[], predictions=[], classes=2), np.zeros((2, 2)))


@pytest.mark.parametrize("classes", [3, None])
@pytest.mark.parametrize(
    ("predicted", "labels", "error", "words"),
    [
        ([0, 1], [-1, 1], ValueError, r"targets\[0\] is -1"),
        ([0.0, 1], [0, 1], DTypeError, "predictions must hold integers, got float64"),
        ([0, 1], ["a", "b"], DTypeError, "targets must hold integers, got <U1"),
        ([0, 1], [0], ShapeError, r"must both be \(N,\), got \(1,\) and \(2,\)"),
        ([[0, 1]], [[0, 1]], ShapeError, r"must both be \(N,\)"),
    ],
)
def test_classes_that_are_none_are_refused(predicted, labels, error, words, classes):
    with pytest.raises(error, match=words):
        metrics.confusion_matrix(targets=labels, predictions=predicted, classes=classes)


def test_a_class_beyond_those_that_there_are_is_refused():
    with pytest.raises(ValueError, match=r"predictions\[1\] is 3, wanted a class from 0 to 2"):
        metrics.confusion_matrix(targets=[0, 1], predictions=[0, 3], classes=3)


def test_precision_recall_and_f1_by_hand():
    np.testing.assert_allclose(metrics.precision(MATRIX), [5 / 8, 3 / 4, 0])
    np.testing.assert_allclose(metrics.recall(MATRIX), [5 / 6, 3 / 5, 0])
    np.testing.assert_allclose(metrics.f1_score(MATRIX), [10 / 14, 6 / 9, 0])


@pytest.mark.parametrize("name", ["precision", "recall", "f1_score"])
def test_precision_recall_and_f1_take_a_confusion_matrix(name):
    share = getattr(metrics, name)
    np.testing.assert_array_equal(share(MATRIX.tolist()), share(MATRIX))
    for wrong in (np.arange(3), np.ones((2, 3)), 1.0):
        with pytest.raises(ShapeError, match=rf"{name} takes the counts \(K, K\) of confusion_matrix, got an array"):
            share(wrong)


def test_precision_recall_and_f1_equal_scikit_learns():
    sklearn = pytest.importorskip("sklearn.metrics")
    labels, predicted = np.random.default_rng(0).integers(0, 5, (2, 200))
    matrix = metrics.confusion_matrix(targets=labels, predictions=predicted)
    np.testing.assert_array_equal(matrix, sklearn.confusion_matrix(labels, predicted))
    for ours, theirs in [
        (metrics.precision, sklearn.precision_score),
        (metrics.recall, sklearn.recall_score),
        (metrics.f1_score, sklearn.f1_score),
    ]:
        np.testing.assert_allclose(ours(matrix), theirs(labels, predicted, average=None))
