import pickle

import pytest
from trainings import problem, small_net

from nnfs import Trainer


def test_a_pickled_trainer_goes_on_with_its_memory_and_steps():
    x, y = problem()
    trainer = Trainer(small_net(), loss="cross_entropy")
    trainer.fit(x, y, verbose=0)
    twin = pickle.loads(pickle.dumps(trainer))
    for each in (trainer, twin):
        each.fit(x, y, verbose=0)
    assert twin.steps == trainer.steps == 4
    assert twin.network.digest() == trainer.network.digest()


@pytest.mark.parametrize("name", ["network", "loss", "metrics", "clip", "learning_rate"])
def test_what_a_trainer_would_not_follow_cannot_be_set(name):
    with pytest.raises(AttributeError):
        setattr(Trainer(small_net(), loss="cross_entropy"), name, None)


def test_a_trainer_goes_on_where_it_stopped():
    x, y = problem()
    net, twin = small_net(), small_net()
    trainer = Trainer(net, loss="cross_entropy")
    trainer.fit(x, y, epochs=2, verbose=0)
    trainer.fit(x, y, epochs=1, verbose=0)
    twin.fit(x, y, loss="cross_entropy", epochs=3, verbose=0)
    assert trainer.steps == 6
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()


def test_epochs_must_be_a_count():
    x, y = problem()
    for epochs, error in ((0, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="fit: epochs must be an integer from 1 to"):
            Trainer(small_net(), loss="cross_entropy").fit(x, y, epochs=epochs, verbose=0)
