import json
import pickle
import tracemalloc
from functools import partial

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import CNN, Dense, NumericError, Sequential
from nnfs.metrics import METRICS
from nnfs.training.evaluation import Figures


def small_cnn(seed=0, classes=3):
    return CNN((2, 6, 7), 4, 3, hidden_units=[8], output_shape=classes, seed=seed, dtype="float64")


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
    with pytest.raises(ValueError, match=r"^batch_size goes with arrays"):
        net.evaluate(batches, loss="cross_entropy", batch_size=2)


@pytest.mark.parametrize("batch_size", [1, 7, 49, 256])
def test_metrics_of_batches_are_those_of_all(backend, batch_size):
    net, x, y = small_cnn(classes=6), images(49), np.arange(49) % 6
    names = ["accuracy", "top_k_accuracy", "macro_precision", "macro_recall", "macro_f1"]
    wanted = {name: METRICS[name](net.predict(x), y) for name in names}
    found = net.evaluate(x, y, loss="cross_entropy", metrics=names, batch_size=batch_size)
    assert list(found) == ["loss", *names]
    assert found == pytest.approx(wanted | {"loss": found["loss"]}, rel=1e-12)
    names = ["binary_accuracy", "mean_absolute_error", "r2_score"]
    y = np.random.default_rng(1).normal(size=(49, 6))
    found = net.evaluate(x, y, loss="mean_squared_error", metrics=names, batch_size=batch_size)
    wanted = {name: METRICS[name](net.predict(x), y) for name in names}
    assert found == pytest.approx(wanted | {"loss": found["loss"]}, rel=1e-12)


def _peak(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", METRICS)
def test_memory_does_not_grow_with_the_samples(name, tmp_path):
    is_of_labels = "accuracy" in name.replace("binary_accuracy", "") or name.startswith("macro")
    loss = "cross_entropy" if is_of_labels else "mean_squared_error"
    net = Sequential([Dense(20)], 1)
    net.fit(np.zeros((1, 1), "f"), [0] if is_of_labels else np.zeros((1, 20), "f"), loss=loss, verbose=0)
    rows = 40_000
    arrays = []
    for shape, dtype in (((rows, 1), "f"), ((rows,), "i8") if is_of_labels else ((rows, 20), "f")):
        array = np.memmap(tmp_path / str(len(arrays)), dtype, "w+", shape=shape)
        array[...] = np.random.default_rng(0).integers(0, 20, shape)
        array.flush()
        arrays.append(array)

    def pieces(rows):
        return ((arrays[0][n : n + 500], arrays[1][n : n + 500]) for n in range(0, rows, 500))

    for evaluate in (
        lambda rows: net.evaluate(*(array[:rows] for array in arrays), metrics=[name], batch_size=500),
        lambda rows: net.evaluate(pieces(rows), metrics=[name]),
        lambda rows: net.fit(
            *(array[:500] for array in arrays), metrics=[name], validation_data=pieces(rows), batch_size=500, verbose=0
        ),
    ):
        evaluate(1000)
        # All outputs of the many are 3.2 MB.
        assert _peak(partial(evaluate, rows)) < _peak(partial(evaluate, 2000)) + 200_000


def test_outputs_are_kept_for_functions_which_may_need_them_all():
    net = Sequential([Dense(1000)], 1)
    batch = np.zeros((4, 1), "f"), np.zeros((4, 1000), "f")

    def kept(metrics):
        batches = [batch] * 200
        return _peak(lambda: net.evaluate(batches, loss="mean_squared_error", metrics=metrics)) / batch[1].nbytes

    assert kept(["r2_score"]) < 50
    assert kept([lambda outputs, targets: len(outputs)]) > 400


def test_a_mean_far_from_zero_costs_no_figures(backend):
    rng = np.random.default_rng(0)
    y = 1e9 + rng.normal(size=(600, 2))
    x = rng.normal(size=(600, 2))
    net = Sequential([Dense(2)], 2, dtype="float64")
    net.load_state_dict({"0.weight": np.zeros((2, 2)), "0.bias": np.full(2, 1e9)})
    found = net.evaluate(x, y, loss="mean_squared_error", metrics=["r2_score"], batch_size=7)["r2_score"]
    assert found == pytest.approx(METRICS["r2_score"](net.predict(x), y), abs=1e-6)


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_weights_by_which_no_sample_counts_are_refused(is_on_disk, tmp_path):
    x, y = problem()
    net, weights = small_net(), np.zeros(len(x))
    samples = x
    if is_on_disk:
        samples = np.memmap(tmp_path / "x", x.dtype, "w+", shape=x.shape)
        samples[...] = x
    for call in (net.fit, net.evaluate):
        with pytest.raises(ValueError, match=r"^sample_weight is 0 for every sample, so that none would count$"):
            call(samples, y, loss="cross_entropy", sample_weight=weights)
    with pytest.raises(ValueError, match=r"^validation sample_weight is 0"):
        net.fit(x, y, loss="cross_entropy", validation_data=(samples, y, weights), verbose=0)
    weights[3] = 1
    net.fit(samples, y, loss="cross_entropy", sample_weight=weights, verbose=0)
    net.fit([(x, y, weights), (x, y, weights * 0)], loss="cross_entropy", verbose=0)  # one batch of many may be of none


def test_a_weight_that_is_too_large_for_the_network_is_named():
    x, y = problem()
    weights = np.ones(len(x))
    weights[7] = 1e300
    said = r"must hold finite numbers >= 0, got 1e\+300 at sample_weight\[7\], which is too large for float32"
    with pytest.raises(ValueError, match=said):
        small_net().fit(x, y, loss="cross_entropy", sample_weight=weights, verbose=0)


def test_weights_that_are_not_finite_are_an_error_and_no_figures(backend):
    net, x, y = small_cnn(), images(), np.array([0, 1, 2, 0, 1])
    net.loss = "cross_entropy"
    net.layers[0].weight.value[0] = np.nan
    with pytest.raises(NumericError, match=r"outputs are not finite: .* that of layer 0, Conv2D") as caught:
        net.evaluate(x, y)
    assert caught.value.layer == 0


def test_a_loss_that_overflows_over_finite_outputs_is_infinite(backend):
    net = Sequential([Dense(1)], 1, dtype="float64")
    net.layers[0].weight.value[...] = 1e300
    figures = net.evaluate(np.array([[1.0]]), np.array([-1.0]), loss="mean_squared_error", metrics=[])
    assert figures == {"loss": np.inf}


def test_the_figures_are_a_dict_that_a_notebook_shows_as_a_table():
    figures = Figures({"loss": 0.123456, "<i>": 1.0})
    assert figures == {"loss": 0.123456, "<i>": 1.0}
    assert (repr(figures), json.dumps(figures)) == (repr(dict(figures)), json.dumps(dict(figures)))
    assert pickle.loads(pickle.dumps(figures)) == figures
    html = figures._repr_html_()
    assert ">0.1235</td>" in html
    assert "&lt;i&gt;" in html
