import copy
import functools
import pickle

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import Dense, DTypeError, Sequential, ShapeError, Trainer, metrics
from nnfs.training.running_metrics import RunningCounts, running


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
            assert list(twin.fit(x, y, verbose=0))[:4] == ["epoch", "loss", "accuracy", "macro_f1"]

    def test_those_of_scikit_learn_are_given_targets_first(self):
        sklearn = pytest.importorskip("sklearn.metrics")
        outputs, targets = np.array([0.7, 0.2, 0.9]), np.array([1.0, 0, 0])
        (metric,) = metrics.get_metrics([sklearn.r2_score]).values()
        assert metric(outputs, targets) == sklearn.r2_score(targets, outputs) != sklearn.r2_score(outputs, targets)

    def test_they_are_found_where_older_pickles_name_them(self):
        assert pickle.loads(b"cnnfs.metrics\n_TargetsFirst\n.") is type(metrics.METRICS["accuracy"])
        assert pickle.loads(b"cnnfs.metrics\naccuracy\n.") is metrics.accuracy


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
    assert metrics.get_metrics(["accuracy", divmod]) == {"accuracy": metrics.METRICS["accuracy"], "divmod": divmod}
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


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_several_batches_are_measured_as_one_after_the_other(dtype):
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(5, 7, 6)).astype(dtype)
    labels, numbers = rng.integers(0, 6, 35), rng.normal(size=(35, 6)).astype(dtype)

    def largest(outputs, targets):
        return outputs.max()

    for metric in [*metrics.METRICS, largest]:
        ((name, function),) = metrics.get_metrics([metric]).items()
        targets = numbers if name.startswith(("binary", "mean", "root", "r2")) else labels
        for batches in (5, 2, 1):
            found = metrics.measure_each(name, function, outputs[:batches], targets[: 7 * batches])
            wanted = [metrics.measure(name, function, outputs[n], targets[7 * n : 7 * n + 7]) for n in range(batches)]
            assert found == wanted
            assert {type(figure) for figure in found} == {float}
