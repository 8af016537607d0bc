"""The noise floor is the loss of the function that the points were drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.data import Standardizer, linear_large, linear_small, moons
from nnfs.data.generated import MOONS_NOISE
from nnfs.reproduce.noise_floor import noise_floor


def test_a_line_has_the_loss_of_its_noise():
    data = linear_small(seed=3, samples=100_000)
    loss = np.square(2 * data.x_train.astype("d") + 1 - data.y_train).mean()
    assert noise_floor("linear-small", 3) == pytest.approx(loss, rel=0.02)


def test_a_standardized_line_has_it_in_its_own_units():
    data = linear_large(seed=3)
    raw = np.square(3 * data.x_train.astype("d") - 50 - data.y_train).mean()
    scale = float(Standardizer.fit(data.y_train).scale[0])
    assert noise_floor("linear-large", 3) == pytest.approx(raw / scale**2, rel=0.1)


def test_between_moons_that_blur_nobody_knows(monkeypatch):
    quiet = noise_floor("moons", 0)
    assert 0 <= quiet < 1e-5
    blurred = moons(seed=0, noise=0.5)
    monkeypatch.setattr("nnfs.reproduce.noise_floor.load", lambda task, seed: blurred)
    monkeypatch.setattr("nnfs.reproduce.noise_floor.MOONS_NOISE", 10 * MOONS_NOISE)
    # The nearest neighbours of a point predict its class about as well as is possible.
    away = np.square(blurred.x_test[:, None] - blurred.x_train).sum(axis=2)
    share = blurred.y_train[np.argsort(away, axis=1)[:, :40]].mean(axis=1)
    assert noise_floor("moons", 0) == pytest.approx(np.square(share - blurred.y_test).mean(), rel=0.15)


def test_images_have_none_that_is_known():
    assert noise_floor("cnn-1", 0) is None
