"""Small samples with what a network gives for them, and the style of pages."""

from __future__ import annotations

import numpy as np
import pytest

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
def style():
    """Draw in the style of pages; skip the test without matplotlib."""
    pytest.importorskip("matplotlib")
    from nnfs.plots.svg import page_style

    with page_style():
        yield
