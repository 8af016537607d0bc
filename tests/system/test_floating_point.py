"""Every function that computes gives equal results when the caller lets NumPy raise floating-point errors."""

import inspect

import numpy as np
import pytest
from onnx_models import make_model, normal

from nnfs import Conv2D, Dense, Flatten, Sequential, Softmax, Trainer, augmentation, data, plots, testing
from nnfs.callbacks import Statistics
from nnfs.initializers import INITIALIZERS, draw
from nnfs.io import onnx as onnx_io
from nnfs.losses import LOSSES, get_loss
from nnfs.metrics import (
    METRICS,
    confusion_matrix,
    f1_score,
    mean_absolute_error,
    precision,
    r2_score,
    recall,
    root_mean_squared_error,
)
from nnfs.optimizers import OPTIMIZERS
from nnfs.schedules import Cosine, StepDecay, WarmUp
from nnfs.training.class_weight import ClassWeight
from nnfs.training.clipping import ClipNorm, ClipValue
from nnfs.training.running_metrics import RunningR2

TINY, HUGE = 1e-40, 3e38
RNG = np.random.default_rng(0)
# Sums and squares of these overflow, products and exponentials of them underflow.
X = np.array([[HUGE, -HUGE, TINY], [TINY, -TINY, 1], [1000, -1000, 0], [0, 0, 0], [HUGE, HUGE, HUGE]], np.float32)
LABELS = np.array([0, 1, 2, 1, 0])
MATRIX = confusion_matrix(targets=LABELS, predictions=LABELS, classes=4)  # no sample has the last class
IMAGES = np.resize(X, (3, 2, 6, 6))
EXTREME = {"tiny": TINY, "huge": HUGE, "one": 1.0}


def net(outputs=3, inputs=3, loss=None):
    network = Sequential([Dense(outputs)], inputs)
    network.loss = loss
    return network


def a_loss(kind):
    loss = kind()
    labels = loss.name == "cross_entropy"
    y = LABELS if labels else np.clip(X, 0, 1) if loss.name == "binary_cross_entropy" else X * -0.5
    weights = np.array([TINY, 1, 0, 2, 3], np.float32)

    def run():
        targets = loss.check_targets(y, (3,), X.dtype)
        results = [loss(X, targets, gradient=np.empty_like(X)), loss.samples(X, targets)]
        results += [loss.weighted(X, targets, weights, gradient=np.empty_like(X))]
        if loss.metrics:
            results += [loss.probabilities(X), loss.probabilities(X[:, :1]), loss.classes(X[:, :1])]
        return results

    return run


def a_fit(name, **options):
    def run():
        network = net(loss=get_loss("cross_entropy"))
        x = np.where(np.abs(X) > 1e4, 1e4, X).astype(np.float32)
        how = {"epochs": 2, "batch_size": len(x) if name == "lbfgs" else 2, "verbose": 0}
        network.fit(x, LABELS, optimizer=OPTIMIZERS[name](1e-30), **how, **options)
        return [network.vector.value.copy()]

    return run


def an_update(kind):
    def run():
        value, grad = X.ravel().copy(), X.ravel()[::-1].copy()
        optimizer = kind(1e-30)
        optimizer.update(value, grad, optimizer.memory(value), 3)
        return [value]

    return run


def a_metric(name):
    def run():
        labelled = name in ("accuracy", "top_k_accuracy", "macro_precision", "macro_recall", "macro_f1")
        return [METRICS[name](np.tile(X, 2), LABELS if labelled else np.tile(X[::-1], 2))]

    return run


def an_augmentation(kind):
    arguments = {"Shift": (2,), "Crop": (2,), "Rotation": (1e-40,), "Cutout": (3,), "Noise": (TINY,)}
    return lambda: [kind(*arguments.get(kind.__name__, ()))(IMAGES, np.random.default_rng(0))]


def r2_of_the_smallest_numbers():
    running = RunningR2("r2_score", METRICS["r2_score"])
    running.add(np.array([[1e-200], [2e-200]]), np.array([[3e-200], [1e-200]]))
    assert np.isnan(running.figure())


def a_network():
    network = net(loss=get_loss("cross_entropy"))
    workspace = network.workspace()
    y = network.forward(X, workspace, training=True).copy()
    network.backward(y, workspace)
    wide = Sequential([Dense(3), Softmax()], 3)
    figures = network.evaluate(X[1:4], LABELS[1:4], sample_weight=[TINY, 1e-300, 1])
    network.predict_classes(X)
    traced = [output.copy() for _, output in wide.trace(X)]
    return [y, network.predict_proba(X), wide.predict(X), *traced, figures["loss"], figures["accuracy"]]


def a_state():
    network = net()
    network.load_state_dict({"0.weight": [[TINY] * 3] * 3, "0.bias": np.array([TINY, 0, 1], np.float32)})
    return [network.predict(X)]


def a_trainer():
    trainer = Trainer(net(), loss="mean_squared_error", optimizer="sgd", clip_norm=TINY)
    return [trainer.step(np.full((2, 3), TINY, np.float32), [[TINY, 0, 1]] * 2), trainer.network.vector.value.copy()]


def a_standardizer():
    values = np.array([[1e-40, 1e38], [3e-40, -1e38], [0, 0]], np.float32)
    fitted = data.Standardizer.fit(values)
    return [*fitted, fitted.transform(values), fitted.inverse_transform(values)]


def pictures():
    pytest.importorskip("matplotlib")
    line, plane = net(1, 1), net(1, 2)
    images = Sequential([Conv2D(2, 3), Flatten(), Dense(2)], (2, 6, 6))
    plots.plot_losses({"a": [HUGE, TINY, 1.0] * 40})
    plots.plot_fitted_line(line, X[1:4, :1], X[1:4, 1:2])
    plots.plot_decision_boundary(plane, X[1:4, :2], np.array([0, 1, 0]), threshold=0)
    plots.plot_feature_maps(images, np.full((2, 6, 6), TINY, np.float32))
    plots.plot_wrong_images(IMAGES, [0, 1, 0], [1, 0, 0], class_names=["a", "b"])
    plots.plot_history({"loss": [HUGE, TINY, 1.0], "accuracy": [TINY, 0.5, 1.0]})
    assert {name for name in vars(plots) if name.startswith("plot_")} == set(PICTURES)


PICTURES = (
    *("plot_losses", "plot_fitted_line", "plot_decision_boundary", "plot_feature_maps"),
    *("plot_history", "plot_wrong_images"),
)


def estimators():
    sklearn = pytest.importorskip("nnfs.sklearn", exc_type=ImportError)
    x = np.where(np.abs(X) > 1e4, 1e4, X).astype(np.float32)
    classifier = sklearn.NNClassifier(epochs=2, random_state=0).fit(x, LABELS, sample_weight=[1e-40, 1, 1, 1, 1])
    classifier.partial_fit(x, LABELS)
    targets = np.array([TINY, 3e-40, 0, 1e-30, 1e-20])
    regressor = sklearn.NNRegressor(epochs=2, random_state=0).fit(x, targets)
    regressor.partial_fit(x, targets)
    found = [classifier.predict_proba(x * 1e4), classifier.decision_function(x), classifier.score(x, LABELS)]
    return [*found, regressor.predict(x), regressor.score(x, targets)]


def a_graph():
    helper = pytest.importorskip("onnx").helper
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Softmax", ["a"], ["y"])]
    floats = np.dtype(np.float32)
    graph = onnx_io.load(
        make_model(nodes, {"x": (floats, ["N", 3])}, {"y": (floats, ["N", 3])}, constants={"w": normal(3, 3)})
    )
    return [*graph.run({"x": X}).values(), graph.to_network().predict(X)]


ENTRIES = {
    **{f"loss {name}": a_loss(kind) for name, kind in LOSSES.items()},
    **{f"optimizer {name}": an_update(kind) for name, kind in OPTIMIZERS.items() if name != "lbfgs"},
    **{f"fit with {name}": a_fit(name) for name in OPTIMIZERS},
    "fit with weights": a_fit(
        "sgd", class_weight={0: 1e-300}, sample_weight=[1e-300, 1, 1e-300, 1, 1], clip_value=TINY
    ),
    "fit with statistics": a_fit("adam", callbacks=[Statistics(every_steps=1)], validation_data=(X[1:4], LABELS[1:4])),
    **{f"metric {name}": a_metric(name) for name in METRICS},
    "metrics of numbers": lambda: [
        metric(targets=np.array([1e-300, HUGE]), outputs=np.zeros(2))
        for metric in (mean_absolute_error, r2_score, root_mean_squared_error)
    ],
    "metrics of a matrix": lambda: [precision(MATRIX), recall(MATRIX), f1_score(MATRIX)],
    "r2 of the smallest numbers": r2_of_the_smallest_numbers,
    **{
        f"initializer {name}": lambda name=name: [draw(name, (2, 3), 3, 2, np.random.default_rng(0), X.dtype)]
        for name in INITIALIZERS
    },
    "initializer of one's own": lambda: [draw(lambda *_: np.full(3, 1e-300), (3,), 3, 3, RNG, X.dtype)],
    **{
        f"augmentation {name}": an_augmentation(kind)
        for name, kind in vars(augmentation).items()
        if inspect.isclass(kind) and kind.__base__ is augmentation.Augmentation
    },
    "schedules": lambda: [StepDecay(1e-300, 1)(400), Cosine(TINY, 9)(4), WarmUp(TINY, 9)(0)],
    "clip_norm": lambda: [ClipNorm(TINY)(X.copy().ravel())],
    "clip_value": lambda: [ClipValue(TINY)(X.copy().ravel())],
    "class_weight": lambda: [ClassWeight({0: 1e-300}, get_loss("cross_entropy"), (3,), X.dtype)(LABELS, None, X.dtype)],
    "a network": a_network,
    "a state": a_state,
    "a trainer": a_trainer,
    "a standardizer": a_standardizer,
    "moons": lambda: [data.moons(noise=TINY).x_train],
    "linear_large": lambda: [data.linear_large().x_train, data.linear_small().x_train],
    "pictures": pictures,
    "check_layer": lambda: testing.check_layer(Softmax(), 4),
    "check_gradients": lambda: testing.check_gradients(lambda a: (a * 1e-300, lambda v: [v * 1e-300]), [np.ones(3)]),
    "estimators": estimators,
    "a graph": a_graph,
}


@pytest.mark.filterwarnings("ignore:outputs of . of 5 samples are not finite")
@pytest.mark.parametrize("name", ENTRIES)
def test_results_do_not_depend_on_numpys_error_settings(backend, name):
    with np.errstate(all="raise"):
        found = ENTRIES[name]()
    with np.errstate(all="ignore"):
        wanted = ENTRIES[name]()
    for got, value in zip(found or (), wanted or (), strict=True):
        np.testing.assert_array_equal(got, value)
