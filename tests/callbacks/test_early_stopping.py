import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import NumericError
from nnfs.callbacks import Callback, EarlyStopping
from nnfs.callbacks.monitor import MORE_IS_BETTER
from nnfs.optimizers import SGD


class Figures(Callback):
    """Put other figures in place of the epochs' own, and remember the weights."""

    def __init__(self, values, name="val_loss", then=None):
        self.values, self.name, self.then, self.weights = values, name, then, []

    def on_epoch_end(self, training):
        training.history.epochs[-1][self.name] = self.values[training.epoch]
        self.weights.append(training.network.vector.value.copy())

    def on_epoch_begin(self, training):
        if training.epoch == len(self.values):
            raise self.then


def fit(figures, stopping, epochs=None, **arguments):
    net, (x, y) = small_net(), problem()
    history = net.fit(
        x,
        y,
        **{"loss": "cross_entropy", "validation_data": (x, y), "verbose": 0} | arguments,
        epochs=epochs or len(figures.values),
        callbacks=[figures, stopping],
    )
    return net, history


@pytest.mark.parametrize(
    ("values", "arguments", "stops", "best"),
    [
        ([5, 4, 3, 2, 1], {}, 5, 5),
        ([5, 4, 4, 4, 3], {"patience": 2}, 4, 2),
        ([5, 4, 4, 3, 3, 3, 1], {"patience": 2}, 6, 4),
        ([5, 4, 6, np.nan, 3], {"patience": 2}, 4, 2),
        ([np.nan, 4, 5, 5], {"patience": 2}, 4, 2),
        ([5, 4.9, 4.8, 1], {"patience": 2, "minimum_change": 0.5}, 3, 1),
        ([1, 2, 3, 3, 2, 9], {"patience": 2, "mode": "max"}, 5, 3),
        ([-1, -2, -2, -2, -5], {"patience": 2}, 4, 2),
    ],
)
def test_it_stops_after_patience_and_restores_the_best(values, arguments, stops, best):
    figures, stopping = Figures(values), EarlyStopping(**arguments)
    net, history = fit(figures, stopping)
    assert len(history.epochs) == stops
    assert stopping.best_epoch == best
    np.testing.assert_array_equal(net.vector.value, figures.weights[best - 1])


def test_accuracy_is_better_when_it_is_more():
    figures = Figures([0.1, 0.5, 0.4, 0.4, 0.9], "val_accuracy")
    assert len(fit(figures, EarlyStopping("val_accuracy", patience=2))[1].epochs) == 4


def test_errors_of_regression_are_better_when_they_are_less():
    assert not {"mean_absolute_error", "root_mean_squared_error"} & MORE_IS_BETTER


@pytest.mark.parametrize("error", [KeyboardInterrupt, NumericError, MemoryError])
def test_the_best_weights_are_restored_whatever_ends_training(error):
    figures, stopping = Figures([3, 1, 2], then=error("now")), EarlyStopping()
    net, (x, y) = small_net(), problem()
    with pytest.raises(error):
        net.fit(x, y, loss="cross_entropy", validation_data=(x, y), epochs=9, verbose=0, callbacks=[figures, stopping])
    np.testing.assert_array_equal(net.vector.value, figures.weights[1])


def test_the_last_weights_stay_if_wanted():
    figures = Figures([1, 2, 3])
    net, _ = fit(figures, EarlyStopping(restore_best=False))
    np.testing.assert_array_equal(net.vector.value, figures.weights[-1])


def test_it_begins_anew_with_each_training():
    stopping = EarlyStopping(patience=2)
    fit(Figures([1, 2, 3]), stopping)
    _, history = fit(Figures([9, 8, 7]), stopping)
    assert len(history.epochs) == 3
    assert stopping.best_epoch == 3


def test_a_figure_that_there_is_not_is_named_before_the_first_step():
    net, (x, y) = small_net(), problem()
    before = net.vector.value.copy()
    words = "EarlyStopping: there is no figure 'val_loss'; this training has loss, accuracy, .*; give validation_data"
    with pytest.raises(ValueError, match=words):
        net.fit(x, y, loss="cross_entropy", optimizer=SGD(0.1), verbose=0, callbacks=[EarlyStopping()])
    np.testing.assert_array_equal(net.vector.value, before)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"patience": 0}, ValueError),
        ({"patience": 1.5}, TypeError),
        ({"mode": "less"}, ValueError),
        ({"minimum_change": -1}, ValueError),
        ({"monitor": 3}, TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error, match="EarlyStopping: "):
        EarlyStopping(**arguments)
