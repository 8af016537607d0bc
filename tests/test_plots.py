"""Pictures: each is drawn and written without a warning, and bad input is refused in words."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import nnfs
from nnfs import plots


@pytest.fixture
def digits():
    return nnfs.data.digits()


def png(figure):
    """Return a figure as the bytes of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")
    return file.getvalue()


class TestWithMatplotlib:
    @pytest.fixture(autouse=True)
    def _matplotlib(self):
        pytest.importorskip("matplotlib")

    @pytest.mark.parametrize("steps", [1, 30, 500])
    def test_losses(self, steps):
        rng = np.random.default_rng(0)
        curves = {name: rng.uniform(0.1, 1, steps).tolist() for name in ("nnfs", "PyTorch")}
        figure = plots.plot_losses(curves, levels={"test loss": 0.3, "published": 0.4}, title="cnn-1")
        png(figure)
        (axes,) = figure.axes
        assert axes.get_yscale() == "log"
        assert len(axes.get_legend().get_texts()) == 4

    def test_fitted_line(self):
        data = nnfs.data.linear_small()
        network = nnfs.NeuralNetwork(1, [], 1)
        figure = plots.plot_fitted_line(network, data.x_test, data.y_test, title="a line", labels=("in", "out"))
        png(figure)
        above, below = figure.axes
        assert (above.get_title(), above.get_ylabel(), below.get_xlabel()) == ("a line", "out", "in")
        line, points = above.lines
        grid = line.get_xdata()
        np.testing.assert_allclose(line.get_ydata(), network.predict(grid.reshape(-1, 1)).ravel())
        assert (grid.min(), grid.max()) == (data.x_test.min(), data.x_test.max())
        np.testing.assert_array_equal(points.get_ydata(), data.y_test.ravel())
        errors = data.y_test - network.predict(data.x_test)
        np.testing.assert_allclose(below.lines[1].get_ydata(), errors.ravel())

    def test_decision_boundary(self):
        data = nnfs.data.moons()
        network = nnfs.Sequential([nnfs.Dense(4), nnfs.Tanh(), nnfs.Dense(1), nnfs.Sigmoid()], 2)
        figure = plots.plot_decision_boundary(network, data.x_test, data.y_test, class_names=data.class_names)
        png(figure)
        axes, bar = figure.axes
        assert [text.get_text() for text in axes.get_legend().get_texts()] == list(data.class_names)
        for label, members in enumerate(axes.lines):
            np.testing.assert_array_equal(members.get_xydata(), data.x_test[data.y_test == label])
        picture = next(part for part in axes.collections if part.get_array() is not None)
        shown = np.asarray(picture.get_array())
        assert shown.shape == (plots.POINTS, plots.POINTS)
        corner = (data.x_test.min(axis=0) - 0.4)[None]
        assert shown[0, 0] == pytest.approx(network.predict(corner)[0, 0], abs=1e-5)
        assert bar.get_ylabel() == "output"

    @pytest.mark.parametrize("filters", [1, 3, 8, [4, 16]])
    def test_feature_maps(self, digits, filters):
        network = nnfs.CNN((1, 8, 8), filters, 3, padding=1)
        image = digits.x_test[0]
        before = image.copy()
        figure = plots.plot_feature_maps(network, image)
        png(figure)
        shown = [axes.get_images()[0].get_array() for axes in figure.axes]
        lines = [-(-count // 8) for count in np.atleast_1d(filters)]
        assert len(shown) == 1 + lines[0] + 3 * sum(
            lines
        )  # image, kernels, then convolution, ReLU and pool of each block
        # The first picture is the image, each pixel of it several times.
        fine = shown[0].shape[0] // 8
        np.testing.assert_array_equal(shown[0][::fine, ::fine], image[0])
        np.testing.assert_array_equal(image, before)

    @pytest.mark.parametrize("shift", [0, 1])
    def test_wrong_images(self, digits, shift):
        predicted = (digits.y_test + shift) % 10
        figure = plots.plot_wrong_images(
            digits.x_test, digits.y_test, predicted, class_names=digits.class_names, most=9
        )
        png(figure)
        assert len(figure.axes) == 9 * shift

    def test_the_global_state_is_left_alone(self):
        plots.plot_losses({"nnfs": [1.0]})
        assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_network_of_other_shapes_is_refused(digits):
    network = nnfs.NeuralNetwork(3, [], 1)
    with pytest.raises(nnfs.ShapeError, match=r"\(1,\) to \(1,\).*\(3,\) to \(1,\)"):
        plots.plot_fitted_line(network, [[1.0]], [[1.0]])
    with pytest.raises(nnfs.ShapeError, match=r"\(2,\)"):
        plots.plot_decision_boundary(network, [[1.0, 2.0]], [0])
    flat = nnfs.NeuralNetwork((1, 8, 8), [], 10)
    with pytest.raises(nnfs.ShapeError, match="Conv2D"):
        plots.plot_feature_maps(flat, digits.x_test[0])


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"nnfs-cython\[report\]"):
        plots.plot_losses({"nnfs": [1.0]})
