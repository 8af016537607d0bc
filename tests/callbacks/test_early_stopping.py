from types import SimpleNamespace

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import NumericError
from nnfs.callbacks import Callback, EarlyStopping, ReduceOnPlateau
from nnfs.optimizers import SGD
from nnfs.training.history import History


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


# Which figure, and which of its ends


def share_right(outputs, targets):
    return float((outputs.argmax(axis=1) == targets).mean())


@pytest.mark.parametrize("callback", [EarlyStopping, ReduceOnPlateau])
@pytest.mark.parametrize("name", ["share_right", "val_share_right", "seconds", "learning_rate"])
def test_a_figure_whose_better_end_is_not_known_needs_a_mode(callback, name):
    net, (x, y) = small_net(), problem()
    before = net.vector.value.copy()
    arguments = {"loss": "cross_entropy", "metrics": [share_right], "validation_data": (x, y), "verbose": 0}
    words = f"{callback.__name__}: whether less or more of '{name}' is better is not known; write .*mode="
    with pytest.raises(ValueError, match=words):
        net.fit(x, y, callbacks=[callback(name)], **arguments)
    np.testing.assert_array_equal(net.vector.value, before)
    for mode in ("min", "max"):
        net.fit(x, y, callbacks=[callback(name, mode=mode)], **arguments)


@pytest.mark.parametrize(
    ("name", "is_more"),
    [
        *(("loss", False), ("val_loss", False), ("val_accuracy", True), ("macro_f1", True)),
        *(("val_r2_score", True), ("mean_absolute_error", False), ("val_root_mean_squared_error", False)),
    ],
)
def test_the_better_end_of_our_own_figures_is_known(name, is_more):
    stopping, history = EarlyStopping(name), History()
    training = SimpleNamespace(figure_names=[name], epoch=0, network=small_net(), history=history)
    stopping.on_train_begin(training)
    for value in (1.0, 2.0):
        history.epochs.append({name: value})
        stopping.on_epoch_end(training)
    assert stopping.best == (2 if is_more else 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("val_acc", "there is no figure 'val_acc'; this training has .*; write monitor='val_accuracy'"),
        ("acc", "; write monitor='accuracy'"),
        ("val_lose", "; write monitor='val_loss'"),
        ("nothing", "this training has loss, .*, val_accuracy$"),
    ],
)
def test_a_figure_of_a_near_name_is_offered(name, words):
    net, (x, y) = small_net(), problem()
    with pytest.raises(ValueError, match=words):
        net.fit(x, y, loss="cross_entropy", validation_data=(x, y), verbose=0, callbacks=[EarlyStopping(name)])


def test_validation_is_asked_for_where_there_is_none():
    net, (x, y) = small_net(), problem()
    with pytest.raises(ValueError, match=r"'val_acc'; this training has .*; give validation_data or validation_split"):
        net.fit(x, y, loss="cross_entropy", verbose=0, callbacks=[EarlyStopping("val_acc")])


def test_the_history_says_whose_weights_the_network_has(capsys):
    figures = Figures([5, 4, 3, 6, 7])
    _, history = fit(figures, EarlyStopping(patience=2), verbose=2, validation_data=problem(seed=1))
    assert (history.best_epoch, len(history.epochs)) == (3, 5)
    assert history.figures is history.epochs[2]
    assert repr(history).startswith("History(epochs=5, best_epoch=3, loss=")
    assert "the weights are back to those of epoch 3 of 5, the best one" in capsys.readouterr().err
    _, history = fit(Figures([1, 2, 3]), EarlyStopping(restore_best=False))
    assert history.best_epoch is None
    assert history.figures is history.epochs[-1]


@pytest.mark.parametrize(
    ("callback", "name", "value"),
    [
        (EarlyStopping, "patience", "3"),
        (EarlyStopping, "mode", "maximum"),
        (EarlyStopping, "minimum_change", -1),
        (ReduceOnPlateau, "factor", 2),
        (ReduceOnPlateau, "minimum_rate", -1),
    ],
)
def test_a_setting_that_was_changed_is_looked_at_before_the_first_step(callback, name, value):
    x, y = problem()
    net, made = small_net(), callback("loss")
    before = net.digest()
    setattr(made, name, value)
    with pytest.raises((TypeError, ValueError), match=f"{callback.__name__}: {name} must be "):
        net.fit(x, y, loss="cross_entropy", callbacks=[made], verbose=0)
    assert net.digest() == before
