"""Standardization: measured on training samples, saved with the network, unchanged by a resume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from trainings import interrupted_at

from nnfs import ShapeError
from nnfs.data import Standardizer
from nnfs.runs import open_network, resume, train

SETTINGS = {
    "data": "a.npz",
    "standardize": True,
    "validation_split": 0,
    "epochs": 3,
    "batch_size": 16,
    "checkpoint_steps": 2,
}


@pytest.fixture
def data(own_folder):
    """Write a file whose columns have different scales, with other scales in the test part."""
    rng = np.random.default_rng(0)
    parts = {}
    for part, rows, shift in (("train", 80, 0), ("test", 40, 500)):
        y = rng.integers(0, 2, rows)
        x = np.stack([1e4 + 100 * rng.normal(size=rows) + shift, 1e-3 * (y + 0.1 * rng.normal(size=rows))], axis=1)
        parts |= {f"x_{part}": x.astype("float32"), f"y_{part}": y}
    np.savez("a.npz", **parts)
    return parts


def test_the_network_knows_the_units_of_its_training_part(backend, data):
    result = train(SETTINGS | {"epochs": 40}, name="a", verbose=0)
    network, settings = open_network("runs/a")
    assert repr(network.layers[:2]) == "[Normalization(), Dense(128)]"
    mean, scale = Standardizer.fit(data["x_train"])
    np.testing.assert_array_equal(network.buffers["0.mean"], mean)
    np.testing.assert_array_equal(network.buffers["0.scale"], scale)
    assert network.evaluate(data["x_test"], data["y_test"]) == result["test"]
    assert result["figures"]["accuracy"] == 1
    again = train(settings, name="b", verbose=0)  # its layers begin with the Normalization already
    assert again["figures"]["loss"] == result["figures"]["loss"]
    plain = train(SETTINGS | {"epochs": 40, "standardize": False}, name="c", verbose=0)
    assert plain["figures"]["accuracy"] < 0.9


def test_samples_that_are_held_out_have_no_share(data, monkeypatch):
    seen = []
    monkeypatch.setattr("nnfs.runs.standardization.Standardizer.fit", lambda x: seen.append(x) or Standardizer(1, 2))
    train(SETTINGS | {"validation_split": 0.25}, name="a", verbose=0)
    assert [x.shape for x in seen] == [(60, 2)]


@pytest.mark.parametrize("split", [0, 0.25])
def test_it_is_the_same_after_a_stop(data, split):
    settings = SETTINGS | {"validation_split": split}
    whole = train(settings, name="whole", verbose=0)

    with interrupted_at(7), pytest.raises(KeyboardInterrupt):
        train(settings, name="broken", verbose=0)
    assert resume("runs/broken", verbose=0)["test"] == whole["test"]
    files = [Path(f"runs/{name}/weights.safetensors").read_bytes() for name in ("whole", "broken")]
    assert files[0] == files[1]


def test_images_are_refused():
    with pytest.raises(ShapeError, match=r"standardize is for rows of numbers \(D,\), got samples of .*\(1, 8, 8\)"):
        train({"data": "digits", "standardize": True}, verbose=0)
    assert not Path("runs").exists()
