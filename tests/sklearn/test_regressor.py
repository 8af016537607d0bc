"""The regressor predicts numbers in the unit that they are given in."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.datasets import make_regression
from sklearn.model_selection import cross_val_score
from sklearn.multioutput import RegressorChain

import nnfs
from nnfs import DTypeError
from nnfs.losses import Huber, Loss
from nnfs.optimizers import SGD
from nnfs.sklearn import NNRegressor

X, Y = make_regression(120, 5, n_informative=3, noise=1.0, random_state=0)


def made(**arguments):
    return NNRegressor([16], **{"random_state": 0, "epochs": 5} | arguments)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_the_unit_of_the_targets_changes_nothing(unit, backend):
    model = made(epochs=150).fit(X, 1000 + unit * Y) if unit >= 1 else made(epochs=150).fit(X, unit * Y)
    assert model.score(X, 1000 + unit * Y if unit >= 1 else unit * Y) > 0.9


def test_figures_are_those_of_normalized_targets():
    for unit in (1.0, 1e4):
        model = made(optimizer=SGD(0.05)).fit(X, unit * Y)
        assert 0 < model.loss_ < 1.5


def test_the_saved_network_predicts_in_the_unit_of_the_targets(tmp_path, backend):
    model = made().fit(X, 1e3 * Y + 5e4)
    nnfs.save(model.network_, tmp_path / "a.safetensors")
    np.testing.assert_array_equal(nnfs.load(tmp_path / "a.safetensors").predict(X)[:, 0], model.predict(X))


def test_targets_may_be_learned_as_they_are(backend):
    model = made(normalize_y=False).fit(X, Y)
    assert model.network_ is model.trainer_.network
    np.testing.assert_allclose(model.history_["loss"][0], np.mean(Y**2), rtol=0.5)


class Poisson(Loss):
    """A loss whose targets are counts."""

    name = "poisson"

    def __call__(self, outputs, targets, *, gradient):
        rates = np.exp(outputs)
        np.subtract(rates, targets, out=gradient)
        gradient /= outputs.size
        return float((rates - targets * outputs).mean())


def test_a_loss_of_counts_takes_them_as_they_are():
    counts = np.random.default_rng(0).poisson(np.exp(X[:, 0] / 2))
    model = made(loss=Poisson(), normalize_y=False, epochs=100).fit(X, counts)
    assert np.corrcoef(model.predict(X), counts)[0, 1] > 0.5


@pytest.mark.parametrize("loss", ["l1", "huber", Huber(delta=0.5)])
def test_other_losses_learn_too(loss):
    assert made(loss=loss, epochs=150).fit(X, Y).score(X, Y) > 0.9


def test_partial_fit_keeps_the_unit_of_the_first_call(backend):
    model = made().partial_fit(X, Y)
    before = model._standardization
    model.partial_fit(X, Y + 100)
    assert model._standardization is before
    assert (model.n_iter_, len(model.loss_curve_), model.trainer_.steps) == (1, 2, 4)


def test_many_targets_of_different_units_are_learned_alike(backend):
    targets = np.stack([Y, 1e-3 * X[:, 0], 1e5 * X[:, 1] + 7e5], axis=1)
    model = made(epochs=200).fit(X, targets)
    assert (model.n_outputs_, model.out_activation_) == (3, "identity")
    for column in range(3):
        assert np.corrcoef(model.predict(X)[:, column], targets[:, column])[0, 1] > 0.95


def test_other_numbers_of_targets_than_those_of_the_first_call_are_refused():
    model = made(warm_start=True).fit(X, Y)
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=r"^y must have the 1 target\(s\) of the first call, got 2$"):
            call(X, np.stack([Y, Y], axis=1))


def test_normalize_y_is_a_flag():
    with pytest.raises(DTypeError, match=r"^normalize_y must be True or False, got 'yes'"):
        made(normalize_y="yes").fit(X, Y)


def test_it_serves_in_chains_and_cross_validation():
    assert RegressorChain(made()).fit(X, np.stack([Y, Y], axis=1)).predict(X).shape == (120, 2)
    assert cross_val_score(made(epochs=100), X, Y, cv=3).mean() > 0.8
