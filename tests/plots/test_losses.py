import numpy as np
import pytest
from trainings import problem, small_net

import nnfs
from nnfs import plots
from nnfs.training.history import History

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def history():
    x, y = problem()
    return small_net().fit(x, y, loss="cross_entropy", epochs=3, validation_split=0.25, verbose=0)


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.mark.parametrize("steps", [1, 30, 500])
def test_losses_of_steps_are_drawn_with_their_moving_mean(steps):
    rng = np.random.default_rng(0)
    curves = {name: rng.uniform(0.1, 1, steps).tolist() for name in ("nnfs", "PyTorch")}
    figure = plots.plot_losses(curves, levels={"test loss": 0.3, "published": 0.4}, title="cnn-1")
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("step", "loss of the batch", "cnn-1")
    assert len(legend(axes)) == 4
    as_they_are, mean, *_ = axes.lines
    np.testing.assert_array_equal(as_they_are.get_ydata(), curves["nnfs"])
    window = max(1, steps // 50)
    assert mean.get_ydata()[-1] == pytest.approx(np.mean(curves["nnfs"][-window:]))
    assert mean.get_xdata()[-1] == steps - 1 - (window - 1) / 2


@pytest.mark.parametrize("as_given", [lambda history: history, dict])
def test_a_history_is_drawn_by_epoch_and_only_its_losses(history, as_given):
    figure = plots.plot_losses(as_given(history))
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "mean loss of the epoch")
    assert legend(axes) == ["training (loss)", "validation (val_loss)"]
    for line, name in zip(axes.lines, ("loss", "val_loss"), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), history[name])
    assert all(tick == int(tick) for tick in axes.get_xticks())


def test_a_history_without_validation_has_one_curve():
    x, y = problem()
    figure = plots.plot_losses(small_net().fit(x, y, loss="cross_entropy", verbose=0), levels={"goal": 0.1})
    assert legend(figure.axes[0]) == ["training (loss)", "goal: 0.1"]


@pytest.mark.parametrize("losses", [[1.0, 0.0, 0.5], [1.0, -2.0]])
def test_losses_of_0_and_below_are_drawn_on_a_linear_scale(losses):
    figure = plots.plot_losses({"nnfs": losses})
    assert figure.axes[0].get_yscale() == "linear"
    assert plots.plot_losses({"nnfs": [1.0]}, levels={"goal": 0}).axes[0].get_yscale() == "linear"
    assert plots.plot_losses({"nnfs": [1.0, np.nan]}).axes[0].get_yscale() == "log"


@pytest.mark.parametrize("nothing", [{}, {"nnfs": []}, {"nnfs": [[1.0]]}, nnfs.History()])
def test_empty_losses_are_refused(nothing):
    with pytest.raises(nnfs.ShapeError, match="plot_losses"):
        plots.plot_losses(nothing)


def test_an_error_for_losses_without_a_name_shows_the_line_to_write():
    with pytest.raises(nnfs.DTypeError, match=r'plot_losses\(\{"loss": history.step_losses\}\); got list'):
        plots.plot_losses([1.0, 0.5])


@pytest.mark.parametrize("curve", [History(), "abc", None, [[1, 2], [3]]])
def test_an_error_names_the_value_that_is_no_curve(curve):
    with pytest.raises((nnfs.DTypeError, nnfs.ShapeError), match=r"^plot_losses: 'a' must hold "):
        plots.plot_losses({"a": curve})
