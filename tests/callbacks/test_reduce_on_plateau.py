import pytest
from trainings import problem, small_net

from nnfs import Trainer
from nnfs.callbacks import Callback, ReduceOnPlateau
from nnfs.optimizers import SGD
from nnfs.schedules import StepDecay


class Losses(Callback):
    def __init__(self, values):
        self.values = values

    def on_epoch_end(self, training):
        training.history.epochs[-1]["loss"] = self.values[training.epoch]


def rates(values, reduce, optimizer):
    net, (x, y) = small_net(), problem()
    trainer = Trainer(net, loss="cross_entropy", optimizer=optimizer)
    history = trainer.fit(x, y, batch_size=40, epochs=len(values), verbose=0, callbacks=[Losses(values), reduce])
    return history["learning_rate"]


def test_the_rate_is_cut_after_patience_again_and_again():
    optimizer = SGD(0.8)
    got = rates([5, 4, 4, 4, 4, 4, 3, 3], ReduceOnPlateau("loss", factor=0.5, patience=2), optimizer)
    assert got == [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2]
    assert optimizer.schedule(0) == 0.8  # the caller's optimizer stays


def test_it_multiplies_a_schedule():
    reduce = ReduceOnPlateau("loss", factor=0.5, patience=1)
    assert rates([1, 1, 1, 1], reduce, SGD(StepDecay(0.8, 2, 0.1))) == pytest.approx([0.8, 0.8, 0.04, 0.02])


def test_it_does_not_cut_below_a_minimum():
    reduce = ReduceOnPlateau("loss", factor=0.1, patience=1, minimum_rate=0.5)
    assert rates([1, 1, 1], reduce, SGD(0.8)) == [0.8, 0.8, 0.5]
    reduce = ReduceOnPlateau("loss", factor=0.1, patience=1, minimum_rate=0.5)
    assert rates([1, 1, 1], reduce, SGD(0.3)) == [0.3, 0.3, 0.3]


def test_bad_arguments():
    for bad in (0, 1, 2, -1):
        with pytest.raises(ValueError, match="ReduceOnPlateau: factor"):
            ReduceOnPlateau(factor=bad)
    with pytest.raises(ValueError, match="ReduceOnPlateau: minimum_rate"):
        ReduceOnPlateau(minimum_rate=-1)


# More than one that changes the rate


def fit_with(*callbacks, optimizer, values):
    net, (x, y) = small_net(), problem()
    trainer = Trainer(net, loss="cross_entropy", optimizer=optimizer)
    history = trainer.fit(*(x, y), batch_size=40, epochs=len(values), verbose=0, callbacks=[Losses(values), *callbacks])
    return trainer, history["learning_rate"]


def test_two_of_them_and_a_schedule_multiply():
    first = ReduceOnPlateau("loss", factor=0.5, patience=1)
    second = ReduceOnPlateau("loss", factor=0.1, patience=2)
    _, got = fit_with(first, second, optimizer=SGD(StepDecay(0.8, 4, 0.5)), values=[1] * 6)
    # The first cuts after epochs 2, 3, ..., the second after 3 and 5, the schedule from step 4 on.
    wanted = [0.8, 0.8, 0.4, 0.02, 0.8 * 0.5 * 0.125 * 0.1, 0.8 * 0.5 * 0.0625 * 0.01]
    assert got == pytest.approx(wanted)
    _, other = fit_with(second, first, optimizer=SGD(StepDecay(0.8, 4, 0.5)), values=[1] * 6)
    assert other == pytest.approx(wanted)


class Own(Callback):
    def __init__(self, change):
        self.change = change

    def on_epoch_begin(self, training):
        if training.epoch == 2:
            self.change(training.trainer)


REPLACED = {
    "optimizer": lambda trainer: setattr(trainer, "optimizer", SGD(0.3)),
    "schedule": lambda trainer: setattr(trainer.optimizer, "schedule", lambda step: 0.3),
    "rate": lambda trainer: setattr(trainer.optimizer, "learning_rate", 0.3),
}


@pytest.mark.parametrize("name", REPLACED)
def test_a_callback_that_takes_the_rate_away_is_refused(name):
    own, reduce = Own(REPLACED[name]), ReduceOnPlateau("loss", factor=0.5, patience=1)
    with pytest.raises(
        ValueError, match="ReduceOnPlateau: another callback has replaced the optimizer or its schedule"
    ):
        fit_with(own, reduce, optimizer=SGD(0.8), values=[1] * 5)


def test_a_callback_of_your_own_may_multiply_too():
    own = Own(lambda trainer: setattr(trainer, "optimizer", trainer.optimizer.scaled(0.1)))
    _, got = fit_with(own, ReduceOnPlateau("loss", factor=0.5, patience=1), optimizer=SGD(0.8), values=[1] * 5)
    assert got == pytest.approx([0.8, 0.8, 0.04, 0.02, 0.01])


def test_a_callback_of_your_own_may_set_the_rate_where_nothing_else_does():
    optimizer = SGD(0.8)
    _, got = fit_with(Own(REPLACED["rate"]), optimizer=optimizer, values=[1] * 4)
    assert got == [0.8, 0.8, 0.3, 0.3]
    with pytest.raises(ValueError, match="SGD: learning_rate must be"):
        optimizer.learning_rate = -1
    assert optimizer.learning_rate == optimizer.rate(0) == 0.3


def test_without_a_cut_the_trainer_has_its_optimizer_back():
    optimizer = SGD(0.8)
    callbacks = [ReduceOnPlateau("loss", patience=9), ReduceOnPlateau("accuracy", patience=9)]
    trainer, _ = fit_with(*callbacks, optimizer=optimizer, values=[3, 2, 1])
    assert trainer.optimizer is optimizer
