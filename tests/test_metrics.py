import math

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import DTypeError, ShapeError, metrics

SCORES = np.array([[3.0, 1, 0], [0, 2, 1], [1, 0, 5], [4, 3, 2]])
LABELS = np.array([0, 1, 2, 1])
MATRIX = np.array([[5, 1, 0], [2, 3, 0], [1, 0, 0]])


def test_accuracy_is_the_share_of_largest_scores_that_are_right():
    assert metrics.accuracy(SCORES, LABELS) == 0.75
    assert metrics.accuracy(SCORES.tolist(), LABELS.tolist()) == 0.75
    assert type(metrics.accuracy(SCORES, LABELS)) is float
    assert math.isnan(metrics.accuracy(SCORES[:0], LABELS[:0]))


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
            metric(SCORES[:2], [0, label])
    for labels, kind in (([0.0, 1.0], "float64"), (["ape", "cat"], "<U3")):
        with pytest.raises(DTypeError, match=f"^{metric.__name__}: labels must hold integers, got {kind}$"):
            metric(SCORES[:2], labels)
    line = rf"; these are classes: write {metric.__name__}\(net.predict\(x\), labels\)$"
    with pytest.raises(ShapeError, match=line):
        metric(SCORES.argmax(axis=1), LABELS)


@pytest.mark.parametrize("metric", [metrics.precision, metrics.recall, metrics.f1_score])
def test_labels_in_the_place_of_a_matrix_are_answered_by_the_line_to_write(metric):
    line = rf"; of labels \(N,\): {metric.__name__}\(confusion_matrix\(predicted, labels, classes=K\)\)$"
    for arrays, got in (
        ((LABELS, LABELS), r"\(4,\) and \(4,\)"),
        ((SCORES, LABELS), r"\(4, 3\) and \(4,\)"),
        ((MATRIX, LABELS.tolist()), r"\(3, 3\) and \(4,\)"),
        ((LABELS,), r"\(4,\)"),
    ):
        with pytest.raises(ShapeError, match=f"^{metric.__name__} takes the counts .* got an array {got}{line}"):
            metric(*arrays)


def test_binary_accuracy_counts_the_right_side_of_a_threshold():
    outputs, targets = np.array([[0.2], [-0.1], [0.7], [-2]]), np.array([[1.0], [0], [0], [0]])
    assert metrics.binary_accuracy(outputs, targets) == 0.75
    assert metrics.binary_accuracy(outputs, targets.ravel()) == 0.75
    assert metrics.binary_accuracy(outputs, targets, threshold=0.5) == 0.5
    assert math.isnan(metrics.binary_accuracy(outputs[:0], targets[:0]))


def test_the_confusion_matrix_has_true_classes_as_rows():
    matrix = metrics.confusion_matrix([0, 1, 1, 0], [0, 1, 2, 2], 3)
    np.testing.assert_array_equal(matrix, [[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    many = np.full(3, 250, np.uint8)
    assert metrics.confusion_matrix(many, many, 256)[250, 250] == 3


@pytest.mark.parametrize(
    ("predicted", "labels", "error", "words"),
    [
        ([0, 3], [0, 1], ValueError, r"predicted\[1\] is 3, wanted a class from 0 to 2"),
        ([0, 1], [-1, 1], ValueError, r"labels\[0\] is -1"),
        ([0.0, 1], [0, 1], DTypeError, "predicted must hold integers, got float64"),
        ([0, 1], [0], ShapeError, r"must both be \(N,\), got \(2,\) and \(1,\)"),
        ([[0, 1]], [[0, 1]], ShapeError, r"must both be \(N,\)"),
    ],
)
def test_classes_that_are_none_are_refused(predicted, labels, error, words):
    with pytest.raises(error, match=words):
        metrics.confusion_matrix(predicted, labels, 3)


def test_precision_recall_and_f1_by_hand():
    np.testing.assert_allclose(metrics.precision(MATRIX), [5 / 8, 3 / 4, 0])
    np.testing.assert_allclose(metrics.recall(MATRIX), [5 / 6, 3 / 5, 0])
    np.testing.assert_allclose(metrics.f1_score(MATRIX), [10 / 14, 6 / 9, 0])


@pytest.mark.parametrize("name", ["precision", "recall", "f1_score"])
def test_shares_are_taken_from_a_confusion_matrix(name):
    share = getattr(metrics, name)
    np.testing.assert_array_equal(share(MATRIX.tolist()), share(MATRIX))
    for wrong in (np.arange(3), np.ones((2, 3)), 1.0):
        with pytest.raises(ShapeError, match=rf"{name} takes the counts \(K, K\) of confusion_matrix, got an array"):
            share(wrong)


def test_errors_of_numbers():
    outputs, targets = np.array([[1.0], [2], [4]]), np.array([1.0, 3, 3])
    assert metrics.mean_absolute_error(outputs, targets) == pytest.approx(2 / 3)
    assert metrics.mean_absolute_error(np.uint8([1]), np.uint8([3])) == 2
    assert metrics.r2_score(outputs, targets) == pytest.approx(1 - 2 / (8 / 3))
    assert metrics.r2_score(targets, targets) == 1
    assert math.isnan(metrics.r2_score([1.0, 2], [3.0, 3]))
    assert math.isnan(metrics.r2_score([1.0, 2, 3], [0.1, 0.1, 0.1]))  # their mean is rounded
    assert math.isnan(metrics.r2_score(outputs[:0], targets[:0]))
    assert math.isnan(metrics.mean_absolute_error(outputs[:0], targets[:0]))


@pytest.mark.parametrize("metric", [metrics.mean_absolute_error, metrics.r2_score, metrics.binary_accuracy])
@pytest.mark.parametrize("shapes", [((3, 1), (2,)), ((3,), (3, 1)), ((3, 2), (3,)), ((2, 3), (3, 2)), ((), ())])
def test_shapes_that_differ_are_refused(metric, shapes):
    outputs, targets = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ShapeError, match=f"{metric.__name__}: outputs and targets must have one shape, got"):
        metric(outputs, targets)


def test_they_equal_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 5, (2, 200))
    matrix = metrics.confusion_matrix(predicted, labels, 5)
    np.testing.assert_array_equal(matrix, sklearn.confusion_matrix(labels, predicted))
    for ours, theirs in [
        (metrics.precision, sklearn.precision_score),
        (metrics.recall, sklearn.recall_score),
        (metrics.f1_score, sklearn.f1_score),
    ]:
        np.testing.assert_allclose(ours(matrix), theirs(labels, predicted, average=None))
    outputs, targets = rng.normal(size=(2, 50, 3))
    assert metrics.mean_absolute_error(outputs, targets) == pytest.approx(sklearn.mean_absolute_error(targets, outputs))
    variance_weighted = sklearn.r2_score(targets, outputs, multioutput="variance_weighted")
    assert metrics.r2_score(outputs, targets) == pytest.approx(variance_weighted)


def test_top_k_accuracy_counts_labels_among_the_largest_scores():
    assert metrics.top_k_accuracy(SCORES, LABELS, k=1) == metrics.accuracy(SCORES, LABELS)
    assert metrics.top_k_accuracy(SCORES, [1, 0, 1, 2], k=2) == 0.25
    assert metrics.top_k_accuracy(SCORES, [2, 2, 2, 2], k=3) == 1
    assert metrics.top_k_accuracy(np.zeros((2, 4)), [0, 3], k=1) == 1  # equal scores are to its advantage
    assert metrics.top_k_accuracy(np.full((2, 4), np.nan), [0, 3]) == 0
    assert math.isnan(metrics.top_k_accuracy(SCORES[:0], LABELS[:0]))
    with pytest.raises(ShapeError, match="top_k_accuracy: outputs must be scores"):
        metrics.top_k_accuracy(SCORES, LABELS[:2])
    with pytest.raises(ValueError, match="top_k_accuracy: k"):
        metrics.top_k_accuracy(SCORES, LABELS, k=0)


def test_macro_figures_are_means_over_classes():
    matrix = metrics.confusion_matrix(SCORES.argmax(axis=1), LABELS, 3)
    assert metrics.macro_precision(SCORES, LABELS) == metrics.precision(matrix).mean()
    assert metrics.macro_recall(SCORES, LABELS) == metrics.recall(matrix).mean()
    assert metrics.macro_f1(SCORES, LABELS) == metrics.f1_score(matrix).mean()
    with pytest.raises(ShapeError, match="macro_f1: outputs must be scores"):
        metrics.macro_f1(SCORES[0], LABELS)


@pytest.mark.parametrize("figure", [None, "0.5", np.zeros(3), np.zeros(1), {"a": 1}, 1j])
def test_a_metric_that_gives_no_number_is_named(figure):
    def mine(outputs, targets):
        return figure

    x, y = problem()
    said = f"the metric 'mine' must return a number, got .*{type(figure).__name__}$"
    with pytest.raises(DTypeError, match=said):
        small_net().fit(x, y, loss="cross_entropy", metrics=[mine], verbose=0)
    with pytest.raises(DTypeError, match=said):
        small_net().evaluate(x, y, loss="cross_entropy", metrics=[mine])


@pytest.mark.parametrize("figure", [1, True, np.float32(1), np.int64(1), np.array(1.0), 1.0])
def test_every_kind_of_number_is_a_figure(figure):
    found = metrics.measure("mine", lambda outputs, targets: figure, np.zeros(1), np.zeros(1))
    assert type(found) is float
    assert found == 1


def test_metrics_are_found_by_name():
    assert metrics.get_metrics(["accuracy", len]) == {"accuracy": metrics.accuracy, "len": len}
    assert list(metrics.METRICS) == [metric.__name__ for metric in metrics.METRICS.values()]
    for bad in (["loss_of_mine"], [3]):
        with pytest.raises(ValueError, match="unknown metric"):
            metrics.get_metrics(bad)
    with pytest.raises(DTypeError, match="metrics must be a list"):
        metrics.get_metrics("accuracy")

    def loss(outputs, targets):
        return 0.0

    def val_loss(outputs, targets):
        return 0.0

    with pytest.raises(ValueError, match="'val_loss' is what the figure of validation is called"):
        metrics.get_metrics([val_loss])
    with pytest.raises(ValueError, match="two figures have the name 'loss'"):
        metrics.get_metrics([loss])
