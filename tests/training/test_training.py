import numpy as np
from trainings import problem, small_net

from nnfs.callbacks import Callback


class Look(Callback):
    """Write down what a training says of itself after each step."""

    def __init__(self):
        self.seen, self.states = [], []

    def on_step_end(self, training):
        self.seen.append((training.epoch, training.batch, training.epochs, training.trainer.steps, training.stopped))
        self.states.append(training.state())
        assert training.loss == training.history.step_losses[-1]
        assert training.network is training.trainer.network
        if training.epoch == 1:
            training.stop("seen enough")


def fit(**arguments):
    look, (x, y) = Look(), problem()
    small_net().fit(x, y, loss="cross_entropy", epochs=3, batch_size=20, verbose=0, callbacks=[look], **arguments)
    return look


def test_a_training_says_where_it_is():
    assert fit().seen == [(0, 1, 3, 1, None), (0, 2, 3, 2, None), (1, 1, 3, 3, None)]


def test_a_state_holds_the_place_the_data_and_the_generator_of_a_split():
    plain, split = fit().states[1], fit(validation_split=0.25).states[1]
    assert plain["place"] | {"seconds": 0, "totals": {}} == {
        **{"epoch": 0, "batch": 2, "samples": 40, "seconds": 0, "totals": {}, "stopped": None}
    }
    assert plain["steps"] == len(plain["history"]["step_losses"]) == 2
    assert plain["split"] is None
    assert split["split"] == small_net().shuffling.bit_generator.state
    assert plain["data"] == split["data"]
    assert plain["generators"]["shuffling"] != split["generators"]["shuffling"]
    assert plain["callbacks"] == [{"name": "Look", "state": {}}]


def test_validation_data_are_part_of_a_state():
    x, y = problem()
    first, other = (fit(validation_data=data).states[0]["data"] for data in ((x, y), (np.flip(x), y)))
    assert first[0] == other[0]
    assert first[1] != other[1]
