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


TABLE = {"data": "a.csv", "scale_targets": True, "missing": "mean", "drop": ["id"], "epochs": 6, "checkpoint_steps": 2}


@pytest.fixture
def prices(own_folder):
    """Write a table of texts, gaps and prices in large units, and return the prices."""
    rng = np.random.default_rng(0)
    town, size = rng.choice(["Oslo", "Rome"], 90), rng.uniform(1, 3, 90).round(2)
    price = (5e6 + 1e5 * size + np.where(town == "Oslo", 2e5, 0)).round(1)
    lines = [f"{n},{t},{'' if n == 7 else s},{p}" for n, (t, s, p) in enumerate(zip(town, size, price, strict=True))]
    Path("a.csv").write_text("\n".join(["id,town,size,price", *lines]) + "\n")
    return price


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("loss", ["mean_squared_error", "l1", "huber"])
def test_scaled_targets_are_scaled_back(prices, optimizer, loss):
    settings = TABLE | {"epochs": 60, "loss": {"name": loss}}
    rate = 0.01 if optimizer == "adam" else 0.05
    result = train(settings | {"optimizer": {"name": optimizer, "learning_rate": rate}}, name="a", verbose=0)
    network, _ = open_network("runs/a")
    assert repr(network.layers[-1]) == "Normalization()"
    assert result["figures"]["val_r2_score"] > 0.7
    assert result["figures"]["loss"] < 1.5


def test_a_training_of_a_raw_table_is_the_same_after_a_stop(prices, backend):
    whole = train(TABLE, name="whole", verbose=0)
    with interrupted_at(7), pytest.raises(KeyboardInterrupt):
        train(TABLE, name="broken", verbose=0)
    assert resume("runs/broken", verbose=0)["figures"]["loss"] == whole["figures"]["loss"]
    files = [Path(f"runs/{name}/weights.safetensors").read_bytes() for name in ("whole", "broken")]
    assert files[0] == files[1]
    again = train(open_network("runs/whole")[1], name="again", verbose=0)
    assert again["figures"]["loss"] == whole["figures"]["loss"]


def test_classes_are_not_scaled(data):
    with pytest.raises(ValueError, match="scale_targets is for numbers to predict, got classes"):
        train({"data": "a.npz", "scale_targets": True}, name="a", verbose=0)
    assert not Path("runs/a").exists()
