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
