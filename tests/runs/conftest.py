"""Fixtures for tests of runs: a folder of their own, and runs of a few steps."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.runs import train


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Run each test in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def houses(tmp_path):
    """Return the path of a table with two columns of numbers and one to predict."""
    rng = np.random.default_rng(0)
    lines = [f"{a:.3f},{b:.3f},{2 * a - b:.3f}\n" for a, b in rng.uniform(0, 1, (60, 2))]
    path = tmp_path / "houses.csv"
    path.write_text("area,age,price\n" + "".join(lines))
    return path


@pytest.fixture
def regression(houses):
    """Train on the table of houses for two epochs, and return the path of the run."""
    return train({"data": str(houses), "epochs": 2, "batch_size": 16}, name="houses", verbose=0)["run"]


@pytest.fixture
def moons():
    """Train on the moons for two epochs, and return the path of the run."""
    return train({"data": "moons", "epochs": 2, "batch_size": 128}, name="moons", verbose=0)["run"]
