import tracemalloc

import numpy as np
import pytest

from nnfs import CNN, Dense, Sequential
from nnfs.metrics import METRICS


def small_cnn(seed=0):
    return CNN((2, 6, 7), 4, 3, hidden_units=[8], output_shape=3, seed=seed, dtype="float64")


def images(rows=5):
    return np.random.default_rng(0).normal(size=(rows, 2, 6, 7))


def test_evaluation_takes_weights_other_metrics_and_batches(backend):
    net, x, y = small_cnn(), images(), np.array([0, 1, 2, 0, 1])
    weights = np.array([0, 1, 2, 0, 0.5])
    plain = net.evaluate(x, y, loss="cross_entropy")
    each = [net.evaluate(x[n : n + 1], y[n : n + 1], loss="cross_entropy")["loss"] for n in range(5)]
    figures = net.evaluate(x, y, loss="cross_entropy", sample_weight=weights, metrics=["macro_f1", lambda o, t: len(o)])
    assert list(figures) == ["loss", "macro_f1", "<lambda>"]
    assert figures["loss"] == pytest.approx(weights @ each / 5)
    assert figures["<lambda>"] == 5  # metrics see all outputs at once
    batches = [(x[:2], y[:2]), (x[2:], y[2:])]
    assert net.evaluate(batches, loss="cross_entropy") == pytest.approx(plain)
    weighted = [(x[:2], y[:2], weights[:2]), (x[2:], y[2:], weights[2:])]
    assert net.evaluate(weighted, loss="cross_entropy")["loss"] == pytest.approx(figures["loss"])
    assert net.evaluate(x, y, loss="cross_entropy", metrics=[]) == {"loss": plain["loss"]}


@pytest.mark.parametrize("batch_size", [1, 7, 49, 256])
def test_metrics_of_batches_are_those_of_all(backend, batch_size):
    net, x, y = small_cnn(), images(49), np.arange(49) % 3
    names = ["accuracy", "top_k_accuracy", "macro_precision", "macro_recall", "macro_f1"]
    wanted = {name: METRICS[name](net.predict(x), y) for name in names}
    found = net.evaluate(x, y, loss="cross_entropy", metrics=names, batch_size=batch_size)
    assert list(found) == ["loss", *names]
    assert found == pytest.approx(wanted | {"loss": found["loss"]}, rel=1e-12)
    names = ["binary_accuracy", "mean_absolute_error", "r2_score"]
    y = np.random.default_rng(1).normal(size=(49, 3))
    found = net.evaluate(x, y, loss="mean_squared_error", metrics=names, batch_size=batch_size)
    wanted = {name: METRICS[name](net.predict(x), y) for name in names}
    assert found == pytest.approx(wanted | {"loss": found["loss"]}, rel=1e-12)


def test_outputs_are_kept_only_for_metrics_that_need_them_all():
    net = Sequential([Dense(10_000)], 1)
    batch = np.zeros((4, 1), "f"), np.zeros((4, 10_000), "f")

    def peak(metrics):
        tracemalloc.start()
        net.evaluate((batch for _ in range(50)), loss="mean_squared_error", metrics=metrics)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size / batch[1].nbytes

    assert peak(["mean_absolute_error", "binary_accuracy"]) < 25
    assert peak(["mean_absolute_error", "r2_score"]) > 100
