"""Replayed steps: a step that is replayed as a whole is the step as it is written, bit for bit."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from trainings import plainly

from nnfs import BatchNorm, Dense, Dropout, NumericError, ReLU, Residual, Sequential, Tanh, Trainer
from nnfs._kernels import BACKENDS, available_backends, kernels, use_backend
from nnfs.losses import CrossEntropy, Huber, MeanSquaredError
from nnfs.network import replay
from nnfs.network.network import Network
from nnfs.optimizers import SGD, Adam, AdamW, Groups, RMSprop

pytestmark = pytest.mark.skipif(not replay.is_enabled(), reason="NNFS_REPLAY=0, or nothing was compiled")

OPTIMIZERS = {
    "sgd": lambda: SGD(0.1, weight_decay=0.01),
    "momentum": lambda: SGD(lambda step: 0.1 / (step + 1), momentum=0.9, nesterov=True),
    "adam": lambda: Adam(0.01),
    "adamw": lambda: AdamW(lambda step: 0.01 / (step + 1)),
    "rmsprop": lambda: RMSprop(0.01, weight_decay=0.1),
}
LOSSES = {
    "mean_squared_error": MeanSquaredError,
    "cross_entropy": CrossEntropy,
    "cross_entropy, smoothed": lambda: CrossEntropy(label_smoothing=0.1),
    "huber": Huber,
}


def network(dtype="float32", seed=3):
    return Sequential([Dense(5), ReLU(), Dropout(0.3), Dense(4), Tanh(), Dense(3)], 4, seed=seed, dtype=dtype)


def data(loss, net, rows, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4)).astype(net.dtype)
    y = rng.integers(0, 3, rows) if "entropy" in loss else rng.normal(size=(rows, 3)).astype(net.dtype)
    return x, y


def state_of(trainer):
    net = trainer.network
    random = net.dropout.bit_generator.state["state"]
    return copy.deepcopy((net.vector.value, net.vector.grad, trainer.memory, trainer.steps, trainer.outputs, random))


def steps_of(trainer, loss, rows, seed=0):
    """Return what steps on batches with these numbers of rows give and leave behind."""
    found = []
    for index, count in enumerate(rows):
        x, y = data(loss, trainer.network, count, seed + index)
        found.append((trainer.step(x, y), state_of(trainer)))
    return found


def is_replayed(trainer):
    return bool(trainer._replayed._bounds)


def assert_same(found, wanted):
    np.testing.assert_equal(found, wanted, strict=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_replayed_step_is_a_plain_one(backend, optimizer, loss, dtype):
    def run():
        trainer = Trainer(network(dtype), loss=LOSSES[loss](), optimizer=OPTIMIZERS[optimizer]())
        return steps_of(trainer, loss, [6, 6, 6, 6, 2, 6, 6]), trainer

    found, trainer = run()
    assert_same(found, plainly(run)[0])
    assert is_replayed(trainer) == (backend == "cython" and loss in ("mean_squared_error", "cross_entropy"))


def normalized_network():
    layers = [Dense(5), BatchNorm(), ReLU(), Residual([Dense(5), BatchNorm(), Tanh()]), Dropout(0.3), Dense(3)]
    return Sequential(layers, 4, seed=3)


def test_running_statistics_follow_replayed_steps_and_are_put_back_where_one_fails(backend):
    def run():
        trainer = Trainer(normalized_network(), loss="mean_squared_error", optimizer="adam")
        found = steps_of(trainer, "mean_squared_error", [6] * 5)
        found.append(copy.deepcopy(trainer.network.buffers))
        assert is_replayed(trainer) == (backend == "cython" and replay.is_enabled())
        x, y = data("mean_squared_error", trainer.network, 6)
        with pytest.raises(NumericError, match="the loss is nan"):
            trainer.step(np.full_like(x, np.nan), y)
        np.testing.assert_equal(trainer.network.buffers, found[-1], strict=True)
        history = trainer.fit(*data("mean_squared_error", trainer.network, 40), epochs=3, batch_size=6, verbose=0)
        return found, history["loss"], copy.deepcopy(trainer.network.buffers), state_of(trainer)

    assert_same(run(), plainly(run))


@pytest.mark.parametrize("clip", [{"clip_norm": 0.1}, {"clip_value": 0.01}])
def test_gradients_are_clipped_in_replayed_steps(backend, clip):
    def run():
        trainer = Trainer(network(), loss="mean_squared_error", optimizer="adam", **clip)
        return steps_of(trainer, "mean_squared_error", [6] * 5), trainer

    found, trainer = run()
    assert_same(found, plainly(run)[0])
    assert is_replayed(trainer) == (backend == "cython")


GROUPS = {
    "a rate each": lambda: Groups(Adam(0.01), {"0": Adam(lambda step: 0.1 / (step + 1)), "*.bias": Adam(0.02)}),
    "a rule each": lambda: Groups(Adam(0.01), {"0": SGD(0.1, momentum=0.9), "*.bias": RMSprop(0.01)}),
    "one without memory": lambda: Groups(AdamW(0.01), {"3": SGD(0.1)}),
}


def frozen_in_between():
    net = Sequential([Dense(5), ReLU(), Dropout(0.3), Dense(4), Tanh(), Dense(3), Dense(3)], 4, seed=3)
    net.layers[3].trainable = net.layers[5].trainable = False
    return net


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, *GROUPS])
@pytest.mark.parametrize("make", [network, frozen_in_between])
def test_steps_that_change_several_parts_are_replayed(backend, make, optimizer):
    def run():
        trainer = Trainer(make(), loss="cross_entropy", optimizer=(OPTIMIZERS | GROUPS)[optimizer]())
        found = steps_of(trainer, "cross_entropy", [6] * 5)
        x, y = data("cross_entropy", trainer.network, 40)
        history = trainer.fit(x, y, epochs=3, batch_size=6, verbose=0)
        return (found, history.step_losses, history["accuracy"], state_of(trainer)), trainer

    found, trainer = run()
    assert_same(found, plainly(run)[0])
    assert is_replayed(trainer) == (backend == "cython")
    if optimizer in GROUPS or make is frozen_in_between:
        assert len(trainer.parts.parts) > 1


def test_a_schedule_of_a_group_that_fails_ends_at_its_step(backend):
    def rate(step):
        if step == 5:
            raise RuntimeError("no rate")
        return 0.01

    def run():
        trainer = Trainer(network(), loss="cross_entropy", optimizer=Groups(Adam(0.01), {"0": Adam(rate)}))
        x, y = data("cross_entropy", trainer.network, 60)
        with pytest.raises(RuntimeError, match="no rate"):
            trainer.fit(x, y, epochs=2, batch_size=6, verbose=0)
        return state_of(trainer)

    found = run()
    assert found[3] == 5
    assert_same(found[0], plainly(run)[0])


def test_weighted_steps_and_the_first_pass_of_another_run_as_they_are_written(backend):
    def run():
        trainer = Trainer(network(), loss="mean_squared_error", optimizer="adam")
        found = steps_of(trainer, "mean_squared_error", [6] * 4)
        x, y = data("mean_squared_error", trainer.network, 6)
        weights = np.arange(6, dtype=np.float32)
        found += [(trainer.step(x, y, weights), state_of(trainer)) for _ in range(3)]
        return found + steps_of(trainer, "mean_squared_error", [6] * 4)

    assert_same(run(), plainly(run))


def other_optimizer(trainer):
    trainer.optimizer = trainer.optimizer.scaled(0.5)


def other_memory(trainer):
    trainer.memory["mean"] = trainer.memory["mean"] * 2


def other_memories(trainer):
    trainer.memory = {name: array * 2 for name, array in trainer.memory.items()}


CHANGES = {
    "another optimizer": other_optimizer,
    "an array of the memory": other_memory,
    "the memory": other_memories,
    "a rate": lambda trainer: setattr(trainer.optimizer, "learning_rate", 0.5),
    "a rate of dropout": lambda trainer: setattr(trainer.network.layers[2], "rate", 0.8),
    "weights": lambda trainer: trainer.network.load_state_dict(network(seed=8).state_dict()),
    "where a parameter lives": lambda trainer: trainer.network.parameters["0.weight"].bind(
        *(np.ones((5, 4), np.float32) for _ in range(2))
    ),
    "the generator": lambda trainer: vars(trainer.network).update(dropout=np.random.Generator(np.random.MT19937(9))),
    "a pass of the network": lambda trainer: trainer.network.forward(
        np.ones((6, 4), np.float32), trainer.workspace, training=True
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_steps_takes_effect(backend, change):
    def run():
        trainer = Trainer(network(), loss="cross_entropy", optimizer="adam")
        found = steps_of(trainer, "cross_entropy", [6] * 4)
        CHANGES[change](trainer)
        return found + steps_of(trainer, "cross_entropy", [6] * 4, seed=4)

    assert_same(run(), plainly(run))


@pytest.mark.parametrize("name", ["fill", "mean_squared_error", "all_finite", "adam_update", "dense_relu_forward"])
def test_a_kernel_that_somebody_has_replaced_is_called(backend, monkeypatch, name):
    trainer = Trainer(network(), loss="mean_squared_error", optimizer="adam")
    steps_of(trainer, "mean_squared_error", [6] * 4)
    called, kernel = [], getattr(kernels, name)
    monkeypatch.setitem(vars(kernels), name, lambda *args, **named: called.append(name) or kernel(*args, **named))
    steps_of(trainer, "mean_squared_error", [6] * 3)
    assert len(called) == 3


def test_a_method_that_somebody_has_replaced_is_called(backend, monkeypatch):
    for owner, name in (
        (MeanSquaredError, "__call__"),
        (Adam, "update"),
        (Network, "clear_gradients"),
    ):
        trainer = Trainer(network(), loss="mean_squared_error", optimizer="adam")
        steps_of(trainer, "mean_squared_error", [6] * 4)
        called, method = [], getattr(owner, name)

        def noted(*args, called=called, method=method, **named):
            called.append(1)
            return method(*args, **named)

        monkeypatch.setattr(owner, name, noted)
        steps_of(Trainer(network(), loss="mean_squared_error", optimizer="adam"), "mean_squared_error", [6] * 4)
        assert len(called) == 4
        monkeypatch.setattr(owner, name, method)


def test_a_change_of_the_backend_is_followed():
    if available_backends() != list(BACKENDS):
        pytest.skip("needs both backends")

    def run():
        trainer, found = Trainer(network(), loss="mean_squared_error", optimizer="adam"), []
        for name in ("cython", "numpy", "cython"):
            with use_backend(name):
                found += steps_of(trainer, "mean_squared_error", [6] * 4)
        return found

    assert_same(run(), plainly(run))


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_numbers_that_are_not_finite_are_found_before_the_update(backend, what):
    def run():
        trainer = Trainer(network(), loss="mean_squared_error", optimizer="adam")
        found = steps_of(trainer, "mean_squared_error", [6] * 4)
        x, y = data("mean_squared_error", trainer.network, 6)
        if what == "loss":
            x[3, 2] = np.nan
        else:
            x[...] = 1e25
            trainer.network.parameters["0.weight"].value[...] = 1e-25
            y[...] = 1e18
        with pytest.raises(NumericError) as error:
            trainer.step(x, y)
        found += [str(error.value), state_of(trainer)[:2]]
        return found + steps_of(trainer, "mean_squared_error", [6] * 4)

    assert_same(run(), plainly(run))


def test_a_trainer_that_was_copied_goes_on_alike(backend):
    trainer = Trainer(network(), loss="mean_squared_error", optimizer="adam")
    steps_of(trainer, "mean_squared_error", [6] * 4)
    twin = pickle.loads(pickle.dumps(trainer))
    assert_same(
        steps_of(trainer, "mean_squared_error", [6] * 4)[-1][1][0],
        steps_of(twin, "mean_squared_error", [6] * 4)[-1][1][0],
    )


def test_the_smaller_last_batch_of_each_epoch_has_a_recording_of_its_own(backend):
    net = network()
    trainer = Trainer(net, loss="cross_entropy")
    x, y = data("cross_entropy", net, 100)
    trainer.fit(x, y, epochs=2, batch_size=32, verbose=0)
    replayed = trainer.workspace.replay
    recordings = replayed.recording, replayed.smaller
    trainer.fit(x, y, epochs=3, batch_size=32, verbose=0)
    assert (replayed.recording, replayed.smaller) == recordings
    assert [recording.rows for recording in recordings] == [32, 4]
    if backend == "cython":
        assert [rows for ((rows, _), _) in trainer._replayed._bounds] == [32, 4]
    trainer.fit(x, y, batch_size=50, verbose=0)
    assert replayed.smaller is None
