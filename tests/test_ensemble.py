"""Ensembles: K seeds, the mean of what they predict, their spread, and one file."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs.callbacks import Callback
from nnfs.errors import DTypeError, NumericError, ShapeError

X, Y = nnfs.data.moons(samples=100)[1:3]


def trained(count=3, outputs=2, **fit):
    ensemble = nnfs.Ensemble(nnfs.NeuralNetwork(2, [8], outputs, seed=5), count)
    ensemble.fit(X, fit.pop("y", Y), epochs=2, loss=fit.pop("loss", "cross_entropy"), **fit)
    return ensemble


class Refusing(Callback):
    def on_train_begin(self, training):
        if training.network.seed == 6:
            raise ValueError("not this one")


def test_networks_are_those_of_their_seeds_trained_alone(backend):
    for network, seed in zip(trained(workers=2).networks, (5, 6, 7), strict=True):
        alone = nnfs.NeuralNetwork(2, [8], 2, seed=seed)
        alone.fit(X, Y, epochs=2, loss="cross_entropy", verbose=0)
        assert network.digest() == alone.digest()


def test_classes_have_the_mean_of_their_probabilities(backend):
    ensemble = trained()
    each = np.array([network.predict_proba(X) for network in ensemble.networks])
    np.testing.assert_allclose(ensemble.predict_proba(X), each.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(ensemble.spread(X), each.std(axis=0), rtol=1e-4, atol=1e-7)
    assert np.array_equal(ensemble.predict_classes(X), each.mean(axis=0).argmax(axis=1))
    found = ensemble.evaluate(X, Y)
    assert found["accuracy"] == np.mean(ensemble.predict_classes(X) == Y)
    mean_loss = -np.log(each.mean(axis=0)[np.arange(len(Y)), Y]).mean()
    assert found["loss"] == pytest.approx(mean_loss, rel=1e-5)


@pytest.mark.parametrize("scale", [1, 400])
def test_yes_or_no_has_the_mean_probability_of_yes(scale):
    ensemble = trained(outputs=1, loss="binary_cross_entropy", y=Y[:, None].astype(np.float32))
    for network in ensemble.networks:
        network.vector.value[...] *= scale
    each = np.array([network.predict_proba(X) for network in ensemble.networks])
    np.testing.assert_allclose(ensemble.predict_proba(X), each.mean(axis=0), rtol=1e-5, atol=1e-7)
    assert np.isfinite(ensemble.predict(X)).all()


def test_numbers_have_their_mean():
    ensemble = trained(outputs=1, loss="mean_squared_error", y=X[:, :1])
    each = np.array([network.predict(X) for network in ensemble.networks])
    np.testing.assert_allclose(ensemble.predict(X), each.mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ensemble.spread(X), each.std(axis=0), rtol=1e-3, atol=1e-6)


def test_it_is_one_file(tmp_path):
    ensemble = trained()
    ensemble.networks[0].facts = nnfs.Facts(class_names=["upper", "lower"])
    nnfs.save(ensemble, tmp_path / "five.safetensors")
    loaded = nnfs.load(tmp_path / "five.safetensors")
    assert isinstance(loaded, nnfs.Ensemble)
    assert [network.digest() for network in loaded.networks] == [network.digest() for network in ensemble.networks]
    assert np.array_equal(loaded.predict(X), ensemble.predict(X))
    assert loaded.facts == ensemble.facts


def test_frozen_layers_keep_their_weights():
    network = nnfs.NeuralNetwork(2, [8], 2, seed=1)
    network.layers[0].trainable = False
    first, second = nnfs.Ensemble(network, 2).networks
    assert np.array_equal(second.state_dict()["0.weight"], network.state_dict()["0.weight"])
    assert not np.array_equal(second.state_dict()["2.weight"], first.state_dict()["2.weight"])
    assert not second.layers[0].trainable


def test_a_fit_that_fails_changes_no_network():
    ensemble = nnfs.Ensemble(nnfs.NeuralNetwork(2, [8], 2, seed=5), 3)
    before = [network.digest() for network in ensemble.networks]
    with pytest.raises(ValueError, match="not this one"):
        ensemble.fit(X, Y, loss="cross_entropy", callbacks=[Refusing()])
    assert [network.digest() for network in ensemble.networks] == before


def test_numbers_that_are_not_finite_are_an_error():
    ensemble = trained()
    ensemble.networks[1].vector.value[0] = np.nan
    with pytest.raises(NumericError, match="not finite"):
        ensemble.evaluate(X, Y)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (([],), ValueError, "networks is empty"),
        ((3,), DTypeError, "must be a network"),
        ((nnfs.NeuralNetwork(2, [8], 2),), ValueError, r"nnfs.Ensemble\(net, 5\)"),
        ((nnfs.NeuralNetwork(2, [8], 2), 0), ValueError, "count"),
        (([nnfs.NeuralNetwork(2, [8], 2)], 3), ValueError, "count is for one network"),
        (([nnfs.NeuralNetwork(2, [8], 2), nnfs.NeuralNetwork(3, [8], 2)],), ShapeError, r"networks\[1\].input_shape"),
        (([nnfs.NeuralNetwork(2, [8], 2), trained(1).networks[0]],), ShapeError, "was trained with CrossEntropy"),
    ],
)
def test_wrong_networks_are_refused(given, error, words):
    with pytest.raises(error, match=words):
        nnfs.Ensemble(*given)
