"""Accounts of losses: their terms sum to each sample's loss and to its gradient at the outputs."""

from __future__ import annotations

import numpy as np
import pytest

import nnfs
from nnfs import losses
from nnfs.errors import ShapeError, UnsupportedError

RNG = np.random.default_rng(0)
LOSSES = {
    "cross_entropy": (losses.CrossEntropy(), RNG.integers(0, 4, 5)),
    "smoothed": (losses.CrossEntropy(label_smoothing=0.2), RNG.integers(0, 4, 5)),
    "binary_cross_entropy": (losses.BinaryCrossEntropy(), RNG.uniform(0, 1, (5, 4))),
    "mean_squared_error": (losses.MeanSquaredError(), RNG.normal(size=(5, 4))),
    "l1": (losses.L1(), RNG.normal(size=(5, 4))),
    "huber": (losses.Huber(0.5), RNG.normal(size=(5, 4))),
}


def explanation_of(loss, y, dtype="float64"):
    network = nnfs.Sequential([nnfs.Dense(4)], 3, dtype=dtype, seed=1)
    y = y if y.dtype.kind == "i" else y.astype(dtype)
    return network.explain(2 * np.random.default_rng(1).normal(size=(5, 3)).astype(dtype), y, loss=loss)


def test_every_loss_has_a_case():
    assert {type(loss) for loss, _ in LOSSES.values()} == {*losses.LOSSES.values()}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_terms_sum_to_the_loss_and_to_its_gradient(backend, name, dtype):
    loss, y = LOSSES[name]
    explanation = explanation_of(loss, y, dtype)
    close = {"rel": 1e-9, "abs": 1e-12} if dtype == "float64" else {"rel": 1e-5, "abs": 1e-6}
    accounts = [explanation.how_loss(sample=n) for n in range(5)]
    for account in accounts:
        assert account.total == pytest.approx(account.value, **close)
    assert np.mean([account.value for account in accounts]) == pytest.approx(explanation.loss, **close)
    gradient = explanation.layers["0"].output_gradient
    for sample, k in np.ndindex(5, 4):
        account = explanation.how_loss_backward(k, sample=sample)
        assert account.value == gradient[sample, k]
        assert account.total == pytest.approx(account.value, **close)


@pytest.mark.parametrize("name", LOSSES)
def test_a_factor_at_a_place_is_the_number_there_or_is_made_of_it(name):
    explanation = explanation_of(*LOSSES[name])
    for term in explanation.how_loss(sample=2).terms:
        for factor in term.factors:
            assert (factor.place is None) == ("y" not in factor.name)
            if factor.name == "y":
                assert factor.value == explanation.outputs[factor.place]
                assert factor.layer == "0"


def test_images_have_a_loss_too():
    network = nnfs.Sequential([nnfs.Conv2D(2, 3)], (1, 4, 5), dtype="float64")
    rng = np.random.default_rng(3)
    explanation = network.explain(rng.normal(size=(2, 1, 4, 5)), rng.normal(size=(2, 2, 2, 3)), loss="l1")
    assert explanation.how_loss(sample=1).total == pytest.approx(explanation.how_loss(sample=1).value)
    account = explanation.how_loss_backward((1, 0, 2), sample=1)
    assert account.total == pytest.approx(explanation.layers["0"].output_gradient[1, 1, 0, 2])


def test_what_cannot_be_told_is_an_error():
    explanation = explanation_of(*LOSSES["l1"])
    with pytest.raises(ShapeError, match="one for each axis"):
        explanation.how_loss_backward((0, 0))
    with pytest.raises(ValueError, match="5"):
        explanation.how_loss(sample=5)
    network = nnfs.Sequential([nnfs.Dense(1)], 1)
    with pytest.raises(ValueError, match="how_loss needs the targets"):
        network.explain(np.ones((1, 1), np.float32)).how_loss()

    class Mine(losses.Loss):
        name = "mine"

        def __call__(self, outputs, targets, *, gradient):
            gradient[...] = 1 / len(outputs)
            return float(outputs.mean())

    explanation = network.explain(np.ones((1, 1), np.float32), np.ones((1, 1), np.float32), loss=Mine())
    with pytest.raises(UnsupportedError, match="not a loss of nnfs"):
        explanation.how_loss()
    with pytest.raises(UnsupportedError, match="not a loss of nnfs"):
        explanation.how_loss_backward(0)


def test_a_wanted_probability_of_0_is_not_written_with_a_sign():
    loss, y = LOSSES["cross_entropy"]
    other = (int(y[0]) + 1) % 4
    assert "(-q = 0) * (1 / 5 samples) = 0" in str(explanation_of(loss, y).how_loss_backward(other))
    assert "(-q = -1) * (1 / 5 samples) = -0.2" in str(explanation_of(loss, y).how_loss_backward(int(y[0])))
