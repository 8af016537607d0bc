import numpy as np
import pytest
from trainings import Interrupt, plainly, problem

import nnfs
from nnfs import AvgPool2D, BatchNorm, Conv2D, Dense, Flatten, NeuralNetwork, Sequential, Tanh, Trainer
from nnfs.callbacks import Checkpoint
from nnfs.optimizers import LBFGS, Adam, Groups
from nnfs.optimizers.wolfe import Point, search

X, LABELS = problem(80, dtype="float64")
NUMBERS = np.sin(2 * X[:, :1]) + X[:, 1:2] ** 2
IMAGES = np.random.default_rng(1).normal(size=(40, 1, 8, 8))
NETWORKS = {
    "linear": (lambda dtype: NeuralNetwork(4, [], 1, dtype=dtype), X, NUMBERS, "mean_squared_error"),
    "logistic": (lambda dtype: NeuralNetwork(4, [], 3, dtype=dtype), X, LABELS, "cross_entropy"),
    "tanh": (lambda dtype: NeuralNetwork(4, [8], 3, activation="tanh", dtype=dtype), X, LABELS, "cross_entropy"),
    "relu": (lambda dtype: NeuralNetwork(4, [16, 16], 3, dtype=dtype), X, LABELS, "cross_entropy"),
    "images": (
        lambda dtype: Sequential([Conv2D(4, 3), Tanh(), AvgPool2D(2), Flatten(), Dense(3)], (1, 8, 8), dtype=dtype),
        *(IMAGES, np.arange(40) % 3, "cross_entropy"),
    ),
}


class Counted(Trainer):
    """Count how often the loss is computed."""

    __slots__ = ("evaluations",)

    def _loss_and_gradients(self, *arguments):
        self.evaluations = getattr(self, "evaluations", 0) + 1
        return super()._loss_and_gradients(*arguments)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_reaches_scipys_loss_in_about_as_many_evaluations(backend, name):
    optimize = pytest.importorskip("scipy.optimize")
    make, x, y, loss = NETWORKS[name]
    net = make("float64")
    rival, trainer = Counted(make("float64"), loss=loss), Counted(net, loss=loss, optimizer=LBFGS(iterations=60))
    batch = rival.gate.check(x, y)

    def value_and_gradient(values):
        rival.network.vector.value[...] = values
        return rival._loss_and_gradients(*batch, None, None), rival.network.vector.grad.copy()

    options = {"maxiter": 60, "maxcor": 10, "gtol": 1e-7, "ftol": 1e-15}
    found = optimize.minimize(value_and_gradient, net.vector.value.copy(), jac=True, method="L-BFGS-B", options=options)
    trainer.step(x, y)
    assert net.evaluate(x, y, loss=loss)["loss"] <= found.fun * (1 + 1e-6) + 1e-6
    assert trainer.evaluations <= 1.2 * rival.evaluations + 4


@pytest.mark.parametrize("name", NETWORKS)
def test_float32_gets_as_far_as_its_rounding_allows(backend, name):
    make, x, y, loss = NETWORKS[name]
    y = y if loss == "cross_entropy" else y.astype("float32")
    nets = make("float32"), make("float64")
    for net in nets:
        history = net.fit(x.astype(net.dtype), y, loss=loss, optimizer=LBFGS(), epochs=4, verbose=0)
        assert (np.diff(history["loss"]) <= 1e-5 * np.array(history["loss"][:-1])).all()  # but for rounding
    low, high = (net.evaluate(x.astype(net.dtype), y, loss=loss)["loss"] for net in nets)
    assert low <= high + 1e-4


def test_the_solution_of_least_squares_is_found_to_all_digits(backend):
    net = NeuralNetwork(4, [], 1, dtype="float64")
    net.fit(X, NUMBERS, loss="mean_squared_error", optimizer=LBFGS(tolerance=1e-12), epochs=3, verbose=0)
    best = np.linalg.lstsq(np.hstack([X, np.ones((80, 1))]), NUMBERS, rcond=None)[0][:, 0]
    np.testing.assert_allclose([*net.layers[0].weight.value[0], *net.layers[0].bias.value], best, rtol=1e-8)


def test_weight_decay_is_ridge_regression(backend):
    net = Sequential([Dense(1, use_bias=False)], 4, dtype="float64")
    net.fit(X, NUMBERS, loss="mean_squared_error", optimizer=LBFGS(weight_decay=0.3), epochs=3, verbose=0)
    # mean of squares + 0.15 |w|**2
    best = np.linalg.solve(X.T @ X / 80 + 0.15 * np.eye(4), X.T @ NUMBERS / 80)[:, 0]
    np.testing.assert_allclose(net.layers[0].weight.value[0], best, rtol=1e-6)


def test_frozen_layers_stay_and_the_others_are_fitted(backend):
    net = NeuralNetwork(4, [8], 1, activation="tanh", dtype="float64")
    net.layers[0].trainable = False
    before = net.layers[0].weight.value.copy()
    optimizer = LBFGS(iterations=100, weight_decay=1e-9)
    net.fit(X, NUMBERS, loss="mean_squared_error", optimizer=optimizer, epochs=2, verbose=0)
    np.testing.assert_array_equal(net.layers[0].weight.value, before)
    features = np.hstack([list(net.trace(X))[1][1], np.ones((80, 1))])
    least = ((features @ np.linalg.lstsq(features, NUMBERS, rcond=None)[0] - NUMBERS) ** 2).mean()
    assert net.evaluate(X, NUMBERS)["loss"] == pytest.approx(least, rel=1e-5)


def test_parts_of_the_samples_add_up_to_the_step_of_all(backend):
    nets = NETWORKS["tanh"][0]("float64"), NETWORKS["tanh"][0]("float64")
    for net, how in zip(nets, ({}, {"batch_size": 30, "accumulate": 3}), strict=True):
        net.fit(X, LABELS, loss="cross_entropy", optimizer=LBFGS(iterations=5), epochs=2, verbose=0, **how)
    np.testing.assert_allclose(nets[0].vector.value, nets[1].vector.value, rtol=1e-6, atol=1e-8)


def test_replayed_evaluations_have_the_bits_of_plain_ones(backend):
    def train():
        net = NETWORKS["relu"][0]("float32")
        net.fit(X.astype("float32"), LABELS, loss="cross_entropy", optimizer=LBFGS(iterations=7), epochs=3, verbose=0)
        return net.digest()

    assert train() == plainly(train)


def test_a_training_resumes_exactly(backend, tmp_path):
    def train(folder, *, stop=99, resume=False):
        net = NETWORKS["tanh"][0]("float64")
        callbacks = [Checkpoint(folder, resume=resume), Interrupt(stop)]
        how = {"optimizer": LBFGS(iterations=3, history=4), "epochs": 6, "callbacks": callbacks, "verbose": 0}
        net.fit(X, LABELS, loss="cross_entropy", **how)
        return net.digest()

    whole = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "parts", stop=3)
    assert train(tmp_path / "parts", resume=True) == whole


def test_the_history_has_the_loss_and_the_metrics_before_each_step():
    net = NETWORKS["logistic"][0]("float64")
    expected = net.evaluate(X, LABELS, loss="cross_entropy")
    history = net.fit(X, LABELS, loss="cross_entropy", optimizer=LBFGS(weight_decay=0.1), shuffle=False, verbose=0)
    assert history.step_losses == [pytest.approx(expected["loss"])]
    assert history["accuracy"] == [pytest.approx(expected["accuracy"])]


def test_what_changes_the_loss_between_two_looks_is_an_error_and_changes_nothing():
    net, dropping = NETWORKS["tanh"][0]("float64"), NeuralNetwork(4, [8], 3, dropout=0.5, dtype="float64")
    for network, how, words in (
        (net, {"batch_size": 30}, r"batch_size=30 leaves 3 steps for 80 samples; write batch_size=80 .*accumulate=3"),
        (net, {"augment": [lambda x, rng: x]}, "augment changes them at random"),
        (net, {"clip_norm": 1.0}, "leave clip_norm, clip_value out"),
        (dropping, {}, r"layer 2, Dropout\(0.5\), draws at random"),
    ):
        before = network.digest()
        with pytest.raises(ValueError, match=words):
            network.fit(X, LABELS, loss="cross_entropy", optimizer="lbfgs", verbose=0, **how)
        assert network.digest() == before
    with pytest.raises(ValueError, match="give arrays x and y"):
        net.fit([(X, LABELS)], loss="cross_entropy", optimizer="lbfgs", verbose=0)
    with pytest.raises(ValueError, match="draws at random"):
        Trainer(dropping, loss="cross_entropy", optimizer="lbfgs").step(X, LABELS)
    with pytest.raises(nnfs.DTypeError, match="Groups: LBFGS"):
        Groups(Adam(), {"0": LBFGS()})


def test_an_error_in_the_middle_puts_weights_statistics_and_memory_back(monkeypatch):
    net = Sequential([Dense(8), BatchNorm(), Tanh(), Dense(3)], 4, dtype="float64")
    trainer = Trainer(net, loss="cross_entropy", optimizer=LBFGS(iterations=3))
    trainer.step(X, LABELS)
    before, memory = net.digest(), {name: array.copy() for name, array in trainer.memory.items()}
    own, calls = Trainer._loss_and_gradients, []

    def failing(self, *arguments):
        calls.append(None)
        if len(calls) == 3:
            raise MemoryError
        return own(self, *arguments)

    monkeypatch.setattr(Trainer, "_loss_and_gradients", failing)
    with pytest.raises(MemoryError):
        trainer.step(X, LABELS)
    assert (net.digest(), trainer.steps) == (before, 1)
    for name, array in trainer.memory.items():
        np.testing.assert_array_equal(array, memory[name])


@pytest.mark.parametrize("bad", [{"iterations": 0}, {"history": 1.5}, {"tolerance": -1}, {"weight_decay": -1}])
def test_arguments_that_do_not_fit_are_errors(bad):
    with pytest.raises((ValueError, TypeError), match="LBFGS: "):
        LBFGS(**bad)


@pytest.mark.parametrize("length", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
        (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
        (lambda t: np.inf if t > 5 else -np.log1p(t) + t / 4, lambda t: -1 / (1 + t) + 0.25),
    ],
    ids=["parabola", "Moré and Thuente 1", "wall"],
)
def test_a_search_ends_where_both_conditions_hold(function, slope, length):
    def point(t):
        return Point(np.array([t]), function(t), np.array([slope(t)]))

    found = search(point, point(0.0), np.array([1.0]), length, 1e-15)
    assert found.loss <= function(0.0) + 1e-4 * found.at[0] * slope(0.0)
    assert abs(found.gradient[0]) <= 0.9 * abs(slope(0.0))
