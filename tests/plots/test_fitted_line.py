import numpy as np
import pytest

import nnfs
from nnfs import plots

pytest.importorskip("matplotlib")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_line_is_the_networks_output_and_the_errors_are_below(dtype):
    data = nnfs.data.linear_small()
    network = nnfs.NeuralNetwork(1, [], 1, dtype=dtype)
    figure = plots.plot_fitted_line(network, data.x_test, data.y_test, title="a line", labels=("in", "out"))
    above, below = figure.axes
    assert (above.get_title(), above.get_ylabel(), below.get_xlabel()) == ("a line", "out", "in")
    line, points = above.lines
    grid = line.get_xdata()
    np.testing.assert_allclose(line.get_ydata(), network.predict(grid.reshape(-1, 1)).ravel())
    assert (grid.min(), grid.max()) == (data.x_test.min(), data.x_test.max())
    np.testing.assert_array_equal(points.get_ydata(), data.y_test.ravel())
    errors = data.y_test - network.predict(data.x_test)
    np.testing.assert_allclose(below.lines[1].get_ydata(), errors.ravel())


@pytest.mark.parametrize(
    ("x", "y", "error"),
    [
        (np.zeros((2, 1)), np.zeros((3, 1)), nnfs.ShapeError),
        (np.zeros((0, 1)), np.zeros((0, 1)), nnfs.ShapeError),
        ([[np.nan]], [[1.0]], nnfs.NumericError),
    ],
)
def test_wrong_points_are_refused(x, y, error):
    with pytest.raises(error):
        plots.plot_fitted_line(nnfs.NeuralNetwork(1, [], 1, dtype="float64"), x, y)
