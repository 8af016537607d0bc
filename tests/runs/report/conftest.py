"""Small samples with what a network gives for them, and runs of a few steps."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.runs import train
from nnfs.runs.report.measured import Measured


@pytest.fixture
def classified():
    """Return what a network gives for 60 rows of three classes, drawn at random."""
    rng = np.random.default_rng(1)
    chances = rng.dirichlet([0.4] * 3, 60)
    labels = np.array([rng.choice(3, p=row) for row in chances])
    x = rng.normal(size=(60, 2))
    names = ["ape", "bee", "cat"]
    return Measured(x, "60 samples", np.zeros((60, 1)), chances, labels, chances, class_names=names)


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


@pytest.fixture
def style():
    """Draw in the style of pages; skip the test without matplotlib."""
    pytest.importorskip("matplotlib")
    from nnfs.plots.svg import page_style

    with page_style():
        yield
