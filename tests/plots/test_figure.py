"""All plots are drawn without warnings and without pyplot, and an error without matplotlib shows how to install it."""

import io
import pickle
import sys

import numpy as np
import pytest

import nnfs
from nnfs import plots


def draw_all():
    digits, moons, line = nnfs.data.digits(), nnfs.data.moons(), nnfs.data.linear_small()
    rng = np.random.default_rng(0)
    images = nnfs.CNN((1, 8, 8), 9, 3, pool_size=None)
    plane = nnfs.Sequential([nnfs.Dense(3)], 2)
    return [
        plots.plot_losses({name: rng.uniform(0.1, 1, 200) for name in "ab"}, levels={"test": 0.3}),
        plots.plot_losses({"one": [1.0]}),
        plots.plot_fitted_line(nnfs.NeuralNetwork(1, [], 1), line.x_test, line.y_test),
        plots.plot_decision_boundary(plane, moons.x_test, moons.y_test),
        plots.plot_feature_maps(images, digits.x_test[0]),
        plots.plot_feature_maps(nnfs.CNN((1, 8, 8), 1, 3), digits.x_test[0]),
        plots.plot_wrong_images(digits.x_test, digits.y_test, digits.y_test * 0, class_names=digits.class_names),
    ]


def test_every_plot_is_written_as_png_and_pyplot_is_not_touched():
    pytest.importorskip("matplotlib")
    for figure in draw_all():
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=40)
        assert file.getvalue().startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_network_of_other_shapes_is_refused():
    network = nnfs.NeuralNetwork(3, [], 1)
    with pytest.raises(nnfs.ShapeError, match=r"\(1,\) to \(1,\).*\(3,\) to \(1,\)"):
        plots.plot_fitted_line(network, [[1.0]], [[1.0]])
    with pytest.raises(nnfs.ShapeError, match=r"\(2,\)"):
        plots.plot_decision_boundary(network, [[1.0, 2.0]], [0])


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"nnfs-cython\[report\]"):
        plots.plot_losses({"nnfs": [1.0]})


def test_a_notebook_shows_a_plot_as_a_picture_that_can_be_pickled():
    pytest.importorskip("matplotlib")
    figure = pickle.loads(pickle.dumps(plots.plot_losses({"one": [1.0, 0.5]})))
    assert figure._repr_png_()[:8] == b"\x89PNG\r\n\x1a\n"
