import numpy as np
import pytest

from nnfs import CNN


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
