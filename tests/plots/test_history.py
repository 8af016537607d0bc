import numpy as np
import pytest
from trainings import problem, small_net

import nnfs
from nnfs import plots

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def history():
    x, y = problem()
    return small_net().fit(x, y, loss="cross_entropy", epochs=3, validation_split=0.25, verbose=0)


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize("as_given", [lambda history: history, dict])
def test_each_figure_has_an_axis_with_training_beside_validation(history, as_given):
    figure = plots.plot_history(as_given(history), title="three epochs")
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert figure.get_suptitle() == "three epochs"
    figure.canvas.draw()
    for axes, name in zip(figure.axes, ("loss", "accuracy"), strict=True):
        assert axes.get_xlabel() == "epoch"
        assert legend(axes) == ["training", "validation"]
        assert all(tick == int(tick) for tick in axes.get_xticks())
        for line, figures in zip(axes.lines, (history[name], history[f"val_{name}"]), strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
            np.testing.assert_array_equal(line.get_ydata(), figures)


def test_curves_differ_by_more_than_colour(history):
    training, validation = plots.plot_history(history).axes[0].lines
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_without_validation_there_is_one_curve_and_no_axis_for_seconds_or_a_constant_rate():
    x, y = problem()
    figure = plots.plot_history(small_net().fit(x, y, loss="cross_entropy", epochs=2, verbose=0))
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert [legend(axes) for axes in figure.axes] == [["training"], ["training"]]


def test_a_rate_that_changes_and_the_epoch_whose_weights_are_back_are_drawn():
    history = nnfs.History()
    history.epochs += [{"loss": 1 / epoch, "learning_rate": 0.1**epoch, "seconds": 1.0} for epoch in range(1, 60)]
    history.best_epoch = 7
    loss, rate = plots.plot_history(history).axes
    assert rate.get_ylabel() == "learning rate"
    assert legend(loss) == ["training", "weights of epoch 7"]
    assert loss.lines[0].get_markevery() == 2


def test_more_figures_than_fit_side_by_side_go_below():
    history = nnfs.History()
    history.epochs.append(dict.fromkeys(("loss", "accuracy", "macro_f1", "val_only"), 1.0))
    axes = plots.plot_history(history).axes
    assert len({each.get_subplotspec().rowspan.start for each in axes}) == 2
    assert legend(axes[3]) == ["validation"]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ([1.0, 0.5], nnfs.DTypeError, r"plot_history\(history\); got list"),
        (nnfs.History(), nnfs.ShapeError, "the history has no epoch"),
        ({"loss": [1.0], "accuracy": [1.0, 0.5]}, nnfs.ShapeError, "got loss 1, accuracy 2"),
        ({"loss": ["a"]}, nnfs.DTypeError, "'loss' must hold a number for each epoch"),
        ({"loss": 1.0}, nnfs.ShapeError, "'loss' must hold a number for each epoch"),
    ],
)
def test_what_is_no_history_is_refused(wrong, error, message):
    with pytest.raises(error, match=message):
        plots.plot_history(wrong)
