"""Steps that are taken together give what they give one by one, bit for bit."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
from trainings import plainly

from nnfs import BatchNorm, Dense, Dropout, NumericError, ReLU, Sequential, Tanh, Trainer
from nnfs._kernels import use_backend
from nnfs.callbacks import EMA, Callback
from nnfs.losses import CrossEntropy
from nnfs.network import replay
from nnfs.optimizers import SGD, Adam
from nnfs.training.replayed_steps import ReplayedSteps

pytestmark = pytest.mark.skipif(not replay.is_enabled(), reason="NNFS_REPLAY=0, or nothing was compiled")


def network(activation=Tanh):
    return Sequential([Dense(6), ReLU(), Dropout(0.3), Dense(5), activation(), Dense(3)], 4, seed=3)


def data(rows=85):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 4)).astype(np.float32), rng.integers(0, 3, rows)


@pytest.fixture
def counts(monkeypatch):
    """Return how many steps each call has taken together."""
    found, take = [], ReplayedSteps.take
    monkeypatch.setattr(
        ReplayedSteps, "take", lambda *arguments: (found.append(len(losses := take(*arguments))), losses)[1]
    )
    return found


def figures_of(history):
    return [{name: value for name, value in epoch.items() if name != "seconds"} for epoch in history.epochs]


def trained(trainer, x, y, **arguments):
    history = trainer.fit(x, y, verbose=0, **{"epochs": 3, "batch_size": 8} | arguments)
    left = trainer.network.vector.value, trainer.memory, trainer.steps, trainer.network.dropout.bit_generator.state
    return copy.deepcopy((figures_of(history), history.step_losses, left))


@pytest.mark.parametrize("options", [{}, {"shuffle": False}, {"validation_split": 0.3}, {"batch_size": 85}])
@pytest.mark.parametrize("activation", [Tanh, ReLU])
def test_a_training_is_the_same_with_steps_that_are_taken_together(backend, activation, options, counts):
    def run():
        trainer = Trainer(network(activation), loss="cross_entropy", optimizer=Adam(lambda step: 0.01 / (step + 1)))
        return trained(trainer, *data(), **options)

    found = run()
    together = max(counts, default=0) > 5
    assert together == (backend == "cython" and options.get("batch_size") != 85)
    np.testing.assert_equal(found, plainly(run), strict=True)


def test_a_step_that_fails_is_found_behind_those_before_it(backend, counts):
    def run(bad):
        x, y = data(80)
        trainer = Trainer(network(), loss="cross_entropy", optimizer="adam")
        trained(trainer, x, y, shuffle=False)
        x[bad * 8 + 3] = 1e30
        trainer.network.layers[0].weight.value[...] = 1e30
        trainer.network.layers[0].weight.value[:, 0] = np.where(np.arange(6) % 2, 1e10, -1e10)
        x[: bad * 8] = 0
        with pytest.raises(NumericError) as error:
            trainer.fit(x, y, batch_size=8, shuffle=False, verbose=0)
        state = trainer.network.vector.value, trainer.memory, trainer.steps
        return str(error.value), copy.deepcopy(state), trainer.network.dropout.bit_generator.state

    for bad in (0, 1, 4):
        found = run(bad)
        np.testing.assert_equal(found, plainly(run, bad), strict=True)
        assert found[1][2] == 30 + bad


def test_a_rate_that_fails_is_found_behind_the_steps_before_it(backend):
    def rate(step):
        if step == 17:
            raise ZeroDivisionError("no rate")
        return 0.1

    def run():
        trainer = Trainer(network(), loss="cross_entropy", optimizer=SGD(rate))
        with pytest.raises(ZeroDivisionError, match="no rate"):
            trained(trainer, *data())
        return trainer.network.vector.value.copy(), trainer.steps

    found = run()
    assert found[1] == 17
    np.testing.assert_equal(found, plainly(run), strict=True)


def test_a_callback_of_each_step_sees_each_step(backend, counts):
    class Steps(Callback):
        def __init__(self):
            self.seen = []

        def on_step_end(self, training):
            self.seen.append((training.trainer.steps, training.loss))

    callback = Steps()
    history = network().fit(*data(), epochs=2, batch_size=8, loss="cross_entropy", callbacks=[callback], verbose=0)
    assert callback.seen == [(step + 1, loss) for step, loss in enumerate(history.step_losses)]
    assert not counts


def test_a_step_of_a_subclass_is_taken(backend):
    class Mine(Trainer):
        __slots__ = ("taken",)

        def run_step(self, *arguments):
            self.taken += 1
            return super().run_step(*arguments)

    trainer = Mine(network(), loss="cross_entropy")
    trainer.taken = 0
    trained(trainer, *data(80))
    assert trainer.taken == 30


def test_the_watch_looks_at_the_step_that_it_wants(backend, capsys):
    looks = []
    for _ in range(2):
        net = network()
        net.fit(*data(8 * 60), epochs=2, batch_size=8, loss="cross_entropy", verbose=2)
        looks.append(net.digest())
    plain = network()
    plainly(plain.fit, *data(8 * 60), epochs=2, batch_size=8, loss="cross_entropy", verbose=2)
    assert looks == [plain.digest()] * 2


def test_two_trainings_in_two_threads_are_those_of_one(backend):
    def run(found, place):
        trainer = Trainer(network(ReLU), loss="cross_entropy", optimizer="adam")
        found[place] = trained(trainer, *data(), epochs=20)

    found = [None] * 3
    run(found, 2)
    threads = [threading.Thread(target=run, args=(found, place)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_equal(found[0], found[2], strict=True)
    np.testing.assert_equal(found[1], found[2], strict=True)


class Own(Dense):
    """A layer that is not replayed."""


@pytest.mark.parametrize(
    ("options", "replayed"),
    [
        ({}, "whole steps, many in a row"),
        ({"callbacks": [EMA()]}, "whole steps, one by one: EMA.on_step_end"),
        ({"augment": [lambda x, rng: x]}, "whole steps, one by one: augment"),
        ({"accumulate": 2}, "passes, and no whole steps: accumulate"),
        ({"shards": 1}, "passes, and no whole steps: shards"),
        ({"class_weight": "balanced"}, "passes, and no whole steps: class_weight"),
        ({"sample_weight": np.ones(80)}, "passes, and no whole steps: sample_weight"),
        ({"optimizer": "lbfgs", "batch_size": 80}, "passes, and no whole steps: LBFGS("),
        ({"loss": CrossEntropy(label_smoothing=0.1)}, "passes, and no whole steps: CrossEntropy(label_smoothing=0.1)"),
    ],
)
def test_the_plan_tells_how_steps_were_replayed_and_why_not_further(capsys, options, replayed):
    net = Sequential([Dense(5), ReLU(), Dense(3)], 4)
    net.summary(plan=True)
    assert "in training" not in capsys.readouterr().out
    with use_backend("cython"):
        net.fit(*data(80), **{"loss": "cross_entropy", "batch_size": 16, "verbose": 0} | options)
    net.summary(plan=True)
    assert f"replayed in training: {replayed}" in capsys.readouterr().out


def test_the_plan_tells_of_layers_that_keep_steps_from_being_replayed(capsys):
    nets = [Sequential([*layers, Dense(3)], 4) for layers in ([BatchNorm()], [Own(5)])]
    found = []
    for net in nets:
        with use_backend("cython"):
            net.fit(*data(80), loss="cross_entropy", verbose=0)
        net.summary(plan=True)
        found.append(capsys.readouterr().out.splitlines()[-1])
    assert found == [
        "replayed in training: whole steps, one by one: 0.running_mean",
        "replayed in training: nothing, for want of a yes above",
    ]
