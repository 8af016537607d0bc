import copy
import functools
import math
import pickle
import re

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import Dense, DTypeError, Sequential, ShapeError, Trainer, metrics
from nnfs.training.running_metrics import RunningCounts, running

SCORES = np.array([[3.0, 1, 0], [0, 2, 1], [1, 0, 5], [4, 3, 2]])
LABELS = np.array([0, 1, 2, 1])
MATRIX = np.array([[5, 1, 0], [2, 3, 0], [1, 0, 0]])


def test_accuracy_is_the_share_of_largest_scores_that_are_right():
    assert metrics.accuracy(LABELS, SCORES) == 0.75
    assert metrics.accuracy(LABELS.tolist(), SCORES.tolist()) == 0.75
    assert type(metrics.accuracy(LABELS, SCORES)) is float
    assert math.isnan(metrics.accuracy(LABELS[:0], SCORES[:0]))


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


class TestFunctionsOfOnesOwn:
    """A user's metric is called with (outputs, targets), and by name if its first argument is named as the targets."""

    @staticmethod
    def figure(function):
        ((_, metric),) = metrics.get_metrics([function]).items()
        return metrics.measure("mine", metric, np.array([2.0]), np.array([1.0]))

    def test_outputs_come_first(self):
        assert self.figure(lambda outputs, labels: outputs[0] / labels[0]) == 2
        assert self.figure(lambda a, b: a[0] / b[0]) == 2
        assert self.figure(lambda *arrays: arrays[0][0]) == 2

    def test_a_function_that_names_targets_first_is_given_them_first(self):
        assert self.figure(lambda targets, outputs: outputs[0] / targets[0]) == 2
        assert self.figure(lambda labels, scores: scores[0] / labels[0]) == 2
        assert self.figure(lambda y_true, y_pred: y_pred[0] / y_true[0]) == 2
        assert self.figure(functools.partial(lambda y_true, y_pred, power: y_pred[0] / power, power=4)) == 0.5

    def test_own_functions_are_given_their_arrays_by_name(self):
        outputs, targets = np.array([0.7, 0.2, 0.9]), np.array([1.0, 0, 0])
        for function in (metrics.r2_score, metrics.binary_accuracy, metrics.mean_absolute_error):
            (metric,) = metrics.get_metrics([function]).values()
            assert metric is metrics.METRICS[function.__name__]
            assert metric(outputs, targets) == function(targets=targets, outputs=outputs)
        (metric,) = metrics.get_metrics([functools.partial(metrics.binary_accuracy, threshold=0.5)]).values()
        assert metric(outputs, targets) == 2 / 3

    def test_a_trainer_that_reports_them_is_pickled_and_copied(self):
        x, y = problem()
        trainer = Trainer(small_net(), loss="cross_entropy", metrics=["accuracy", metrics.macro_f1])
        for twin in (pickle.loads(pickle.dumps(trainer)), copy.deepcopy(trainer)):
            assert twin.metrics == trainer.metrics
            assert type(running("macro_f1", twin.metrics["macro_f1"])) is RunningCounts
            assert list(twin.fit(x, y, verbose=0))[:3] == ["loss", "accuracy", "macro_f1"]

    def test_those_of_scikit_learn_are_given_targets_first(self):
        sklearn = pytest.importorskip("sklearn.metrics")
        outputs, targets = np.array([0.7, 0.2, 0.9]), np.array([1.0, 0, 0])
        (metric,) = metrics.get_metrics([sklearn.r2_score]).values()
        assert metric(outputs, targets) == sklearn.r2_score(targets, outputs) != sklearn.r2_score(outputs, targets)


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


@pytest.mark.parametrize("metric", [metrics.precision, metrics.recall, metrics.f1_score])
def test_labels_in_the_place_of_a_matrix_are_answered_by_the_line_to_write(metric):
    line = rf"; of labels \(N,\): {metric.__name__}\(confusion_matrix\(targets=..., predictions=..., classes=K\)\)$"
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
    assert metrics.binary_accuracy(targets=targets, outputs=outputs) == 0.75
    assert metrics.binary_accuracy(targets=targets.ravel(), outputs=outputs) == 0.75
    assert metrics.binary_accuracy(targets=targets, outputs=outputs, threshold=0.5) == 0.5
    assert math.isnan(metrics.binary_accuracy(targets=targets[:0], outputs=outputs[:0]))


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


def test_mean_errors_and_r2_by_hand():
    outputs, targets = np.array([[1.0], [2], [4]]), np.array([1.0, 3, 3])
    assert metrics.mean_absolute_error(targets, outputs) == pytest.approx(2 / 3)
    assert metrics.mean_absolute_error(np.uint8([1]), np.uint8([3])) == 2
    assert metrics.r2_score(targets=targets, outputs=outputs) == pytest.approx(1 - 2 / (8 / 3))
    assert metrics.r2_score(targets=targets, outputs=targets) == 1
    assert math.isnan(metrics.r2_score(targets=[3.0, 3], outputs=[1.0, 2]))
    assert math.isnan(metrics.r2_score(targets=[0.1, 0.1, 0.1], outputs=[1.0, 2, 3]))  # their mean is not 0.1
    assert math.isnan(metrics.r2_score(targets=targets[:0], outputs=outputs[:0]))
    assert math.isnan(metrics.mean_absolute_error(targets[:0], outputs[:0]))


@pytest.mark.parametrize(
    "metric", [metrics.mean_absolute_error, metrics.root_mean_squared_error, metrics.r2_score, metrics.binary_accuracy]
)
@pytest.mark.parametrize("shapes", [((3, 1), (2,)), ((3,), (3, 1)), ((3, 2), (3,)), ((2, 3), (3, 2)), ((), ())])
def test_shapes_that_differ_are_refused(metric, shapes):
    outputs, targets = (np.zeros(shape) for shape in shapes)
    with pytest.raises(ShapeError, match=f"{metric.__name__}: outputs and targets must have one shape, got"):
        metric(targets=targets, outputs=outputs)


def test_metrics_equal_scikit_learns():
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 5, (2, 200))
    matrix = metrics.confusion_matrix(targets=labels, predictions=predicted)
    np.testing.assert_array_equal(matrix, sklearn.confusion_matrix(labels, predicted))
    for ours, theirs in [
        (metrics.precision, sklearn.precision_score),
        (metrics.recall, sklearn.recall_score),
        (metrics.f1_score, sklearn.f1_score),
    ]:
        np.testing.assert_allclose(ours(matrix), theirs(labels, predicted, average=None))
    outputs, targets = rng.normal(size=(2, 50, 3))
    assert metrics.mean_absolute_error(targets, outputs) == pytest.approx(sklearn.mean_absolute_error(targets, outputs))
    wanted = pytest.approx(math.sqrt(sklearn.mean_squared_error(targets, outputs)))
    assert metrics.root_mean_squared_error(targets, outputs) == wanted
    one_by_one = running("rmse", metrics.METRICS["root_mean_squared_error"])
    for rows in (slice(7), slice(7, 7), slice(7, 50)):
        one_by_one.add(outputs[rows], targets[rows])
    assert one_by_one.figure() == wanted
    assert math.isnan(metrics.root_mean_squared_error(targets[:0], outputs[:0]))
    variance_weighted = sklearn.r2_score(targets, outputs, multioutput="variance_weighted")
    assert metrics.r2_score(targets=targets, outputs=outputs) == pytest.approx(variance_weighted)


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


def test_macro_metrics_are_means_over_classes():
    matrix = metrics.confusion_matrix(targets=LABELS, predictions=SCORES.argmax(axis=1))
    assert metrics.macro_precision(LABELS, SCORES) == metrics.precision(matrix).mean()
    assert metrics.macro_recall(LABELS, SCORES) == metrics.recall(matrix).mean()
    assert metrics.macro_f1(LABELS, SCORES) == metrics.f1_score(matrix).mean()
    with pytest.raises(ShapeError, match="macro_f1: outputs must be scores"):
        metrics.macro_f1(LABELS, SCORES[0])


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
def test_every_kind_of_number_is_a_result(figure):
    found = metrics.measure("mine", lambda outputs, targets: figure, np.zeros(1), np.zeros(1))
    assert type(found) is float
    assert found == 1


def test_a_metric_is_found_by_name():
    assert metrics.get_metrics(["accuracy", len]) == {"accuracy": metrics.METRICS["accuracy"], "len": len}
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


@pytest.mark.parametrize(
    ("loss", "outputs", "metric", "error"),
    [
        ("cross_entropy", 3, "r2_score", ShapeError),
        ("cross_entropy", 3, "binary_accuracy", ShapeError),
        ("cross_entropy", 3, "top_k_accuracy", ValueError),
        ("binary_cross_entropy", 1, "accuracy", ShapeError),
        ("mean_squared_error", 1, "macro_f1", ShapeError),
    ],
)
def test_a_metric_that_does_not_fit_the_loss_is_refused_before_the_first_step(loss, outputs, metric, error, tmp_path):
    x, y = problem()
    y = y % 2 if outputs == 1 else y
    net = Sequential([Dense(outputs)], x.shape[1])
    before = net.digest()
    on_disk = np.memmap(tmp_path / "x", x.dtype, "w+", shape=x.shape)
    on_disk[...] = x
    for samples in (x, on_disk):
        with pytest.raises(error, match=f"^{metric}: "):
            net.fit(samples, y, loss=loss, metrics=[metric], verbose=0)
        with pytest.raises(error, match=f"^{metric}: "):
            net.evaluate(samples, y, loss=loss, metrics=[metric])
    assert net.digest() == before
