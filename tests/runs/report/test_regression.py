"""Predicted numbers against the right ones."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.runs.report.measured import Measured
from nnfs.runs.report.regression import draw_fit, fits_of


def test_rmse_and_r2_are_those_of_their_formulas(classified):
    rng = np.random.default_rng(0)
    targets = rng.normal(size=(40, 2))
    outputs = targets + rng.normal(size=(40, 2))
    fits = fits_of(Measured(targets, "", targets, outputs, output_names=["a", "b"]))
    assert [fit.name for fit in fits] == ["a", "b"]
    for column, fit in enumerate(fits):
        errors = targets[:, column] - outputs[:, column]
        assert fit.rmse == pytest.approx(np.sqrt((errors**2).mean()))
        assert fit.r2 == pytest.approx(1 - (errors**2).mean() / targets[:, column].var())
    assert fits_of(classified) == []


@pytest.mark.parametrize("count", [5, 2000])
def test_the_picture_names_the_target_whatever_it_is_called(count, style):
    numbers = np.arange(float(count))[:, None]
    fit = fits_of(Measured(numbers, "", numbers, numbers + 1, output_names=["<b>$x_{1}$"]))[0]
    picture = draw_fit(fit, "p")
    assert "target: &lt;b&gt;$x_{1}$" in picture.svg
    assert ("data:image/png" in picture.svg) == (count == 2000)
    assert "RMSE 1," in picture.caption
