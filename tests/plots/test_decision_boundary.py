"""The decision boundary lies where the loss of the training separates two classes."""

import numpy as np
import pytest

import nnfs
from nnfs import Dense, Sequential, Sigmoid, plots

pytest.importorskip("matplotlib")
X = np.float32([[0, 0], [1, 0], [0, 1], [1, 2]])
Y = np.array([0, 1, 0, 1])


def network_of(weight, bias, loss, dtype="float32", last=()):
    """Return a network with the outputs ``weight @ x + bias`` whose attribute ``loss`` is set."""
    network = Sequential([Dense(len(bias)), *last], 2, dtype=dtype)
    network.layers[0].weight.value[...] = weight
    network.layers[0].bias.value[...] = bias
    network.loss = loss if loss is None else nnfs.losses.get_loss(loss)
    return network


def border(figure):
    """Return the points (n, 2) of the black line, which is the boundary."""
    lines = [part for part in figure.axes[0].collections if part.get_array() is None or hasattr(part, "levels")]
    contours = [part for part in lines if hasattr(part, "levels")]
    return np.concatenate([path.vertices for part in contours for path in part.get_paths()])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("loss", "middle"),
    [("binary_cross_entropy", 0.0), ("mean_squared_error", 0.5), ("l1", 0.5), ("huber", 0.5)],
)
def test_the_boundary_of_one_output_is_the_threshold_of_the_loss(loss, middle, dtype):
    network = network_of([[1, 0]], [-0.25], loss, dtype)  # the output is x[0] - 0.25
    found = border(plots.plot_decision_boundary(network, X, Y))
    np.testing.assert_allclose(found[:, 0], middle + 0.25, atol=1e-5)


@pytest.mark.parametrize("loss", [None, "cross_entropy"])
def test_the_boundary_of_two_scores_is_where_they_are_equal(loss):
    network = network_of([[1, 0], [0, 1]], [0.5, 0], loss)
    found = border(plots.plot_decision_boundary(network, X, Y))
    np.testing.assert_allclose(found[:, 0] + 0.5, found[:, 1], atol=1e-5)


def test_each_of_many_classes_has_its_own_colour_and_name():
    network = network_of([[1, 0], [0, 1], [-1, -1]], [0, 0, 0], "cross_entropy")
    figure = plots.plot_decision_boundary(network, X, Y, class_names=["a", "b", "c"])
    (axes,) = figure.axes  # classes have no colour bar
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    assert len({line.get_color() for line in axes.lines}) == 3
    shown = np.asarray(axes.collections[0].get_array())
    columns, rows = np.linspace(-0.12, 1.12, plots.POINTS), np.linspace(-0.24, 2.24, plots.POINTS)
    for row, column in ((0, 0), (-1, 0), (0, -1), (-1, -1), (150, 200)):
        point = np.float32([[columns[column], rows[row]]])
        assert shown[row, column] == network.predict(point).argmax()


def test_colours_are_probabilities_of_binary_cross_entropy_and_outputs_of_others():
    network = network_of([[3, 0]], [-1], "binary_cross_entropy")
    picture, *_ = (figure := plots.plot_decision_boundary(network, X, Y)).axes[0].collections
    assert figure.axes[1].get_ylabel() == "probability of class 1"
    corner = network.predict_proba(X[:1] - np.float32(0.12))[0, 1]
    assert np.asarray(picture.get_array())[0, 0] == pytest.approx(corner, rel=1e-5)
    assert picture.get_clim() == (0, 1)

    network = network_of([[3, 0]], [-1], None)
    picture, *_ = (figure := plots.plot_decision_boundary(network, X, Y, threshold=2)).axes[0].collections
    assert figure.axes[1].get_ylabel() == "output"
    assert np.asarray(picture.get_array())[0, 0] == pytest.approx(3 * -0.12 - 1, rel=1e-5)
    assert np.mean(picture.get_clim()) == pytest.approx(2)  # white is at the boundary
    np.testing.assert_allclose(border(figure)[:, 0], 1, atol=1e-5)


def test_names_of_classes_and_columns_are_those_of_the_network():
    network = network_of([[1, 0]], [-0.25], "binary_cross_entropy")
    network.facts = nnfs.Facts(class_names=["left", "$right$"], columns=["_width", "height"])
    axes, bar = plots.plot_decision_boundary(network, X, Y).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["left", r"\$right\$"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("\u200b_width", "height")
    assert bar.get_ylabel() == r"probability of \$right\$"


@pytest.mark.parametrize(("unit", "aspect"), [(1, 1), (1e5, "auto"), (1e-5, "auto")])
def test_columns_of_unlike_units_fill_the_picture(unit, aspect):
    network = network_of(np.eye(2), [0, 0], "cross_entropy")
    axes = plots.plot_decision_boundary(network, X * np.float32([unit, 1]), Y).axes[0]
    assert axes.get_aspect() == aspect


def test_a_last_sigmoid_gives_probabilities():
    network = network_of([[1, 0]], [-0.25], None, last=[Sigmoid()])
    np.testing.assert_allclose(border(plots.plot_decision_boundary(network, X, Y))[:, 0], 0.25, atol=1e-5)


def test_an_untrained_network_needs_a_threshold():
    with pytest.raises(ValueError, match=r"never trained.* write threshold=0 for logits, or threshold=0\.5"):
        plots.plot_decision_boundary(network_of([[1, 0]], [0], None), X, Y)


def test_points_have_the_colours_of_their_labels():
    network = network_of([[1, 0]], [-0.25], "binary_cross_entropy")
    for labels in (Y, Y[:, None], Y.astype(float), Y.astype(bool), Y.tolist()):
        axes = plots.plot_decision_boundary(network, X, labels).axes[0]
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["class 0", "class 1"]
        for label, members in enumerate(axes.lines):
            np.testing.assert_array_equal(members.get_xydata(), X[label == Y])


def test_a_plane_of_one_class_has_no_border():
    axes = plots.plot_decision_boundary(network_of([[0, 0]], [5], "binary_cross_entropy"), X, Y).axes[0]
    assert not [part for part in axes.collections if hasattr(part, "levels")]


@pytest.mark.parametrize(
    ("labels", "more", "error", "words"),
    [
        ([1, 2, 1, 2], {}, ValueError, r"labels\[1\] is 2, wanted a class from 0 to 1"),
        ([0, 1, 0.5, 1], {}, ValueError, r"labels\[2\] is 0\.5"),
        (["a", "b", "a", "b"], {}, nnfs.DTypeError, "labels must hold the numbers of classes, got <U1"),
        ([0, 1], {}, nnfs.ShapeError, r"labels must have shape \(4,\)"),
        (np.eye(2)[Y], {}, nnfs.ShapeError, r"labels must have shape \(4,\)"),
        (Y, {"class_names": ["one"]}, nnfs.ShapeError, "class_names must be a list of 2 names"),
        (Y, {"threshold": np.nan}, ValueError, "threshold must be a finite number"),
    ],
)
def test_wrong_labels_and_options_are_refused(labels, more, error, words):
    with pytest.raises(error, match=words):
        plots.plot_decision_boundary(network_of([[1, 0]], [0], "binary_cross_entropy"), X, labels, **more)


def test_several_outputs_that_are_no_scores_are_refused():
    for loss in ("binary_cross_entropy", "mean_squared_error"):
        with pytest.raises(nnfs.UnsupportedError, match=f"got a network of 2 outputs that was trained with '{loss}'"):
            plots.plot_decision_boundary(network_of(np.eye(2), [0, 0], loss), X, Y)
    with pytest.raises(ValueError, match=r"leave threshold=0\.5 out"):
        plots.plot_decision_boundary(network_of(np.eye(2), [0, 0], "cross_entropy"), X, Y, threshold=0.5)
    with pytest.raises(nnfs.ShapeError, match="x has no rows"):
        plots.plot_decision_boundary(network_of(np.eye(2), [0, 0], None), X[:0], Y[:0])
