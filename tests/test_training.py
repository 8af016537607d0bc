import copy
import tracemalloc

import numpy as np
import pytest

import nnfs
from nnfs import CNN, Dense, Dropout, NeuralNetwork, NumericError, ReLU, Sequential, ShapeError, Softmax, Trainer
from nnfs.losses import Huber
from nnfs.optimizers import SGD, Adam
from nnfs.progress import Progress
from nnfs.schedules import StepDecay


def problem(rows=40, seed=0, dtype="float32"):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4)).astype(dtype)
    return x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 1)


def small_net(seed=0, dropout=0.0, dtype="float32"):
    return NeuralNetwork(4, [8], 3, seed=seed, dropout=dropout, dtype=dtype)


def fingerprint(net):
    """Return all that a failed call may not change."""
    states = [copy.deepcopy(rng.bit_generator.state) for rng in (net.shuffling, net.dropout)]
    return net.vector.value.tobytes(), net.loss, states


# One step


def test_a_step_is_forward_loss_backward_update(backend):
    net, (x, y) = small_net(dtype="float64"), problem(dtype="float64")
    before, loss = net.vector.value.copy(), net.evaluate(x, y, loss="cross_entropy")["loss"]
    trainer = Trainer(net, loss="cross_entropy", optimizer=SGD(0.5))
    assert trainer.step(x, y) == pytest.approx(loss)
    np.testing.assert_allclose(net.vector.value, before - 0.5 * net.vector.grad)
    assert trainer.steps == 1
    assert net.loss is trainer.loss
    assert net.evaluate(x, y)["loss"] < loss


def test_warm_steps_allocate_no_array(backend):
    net = CNN((1, 12, 12), 4, 3, hidden_units=[32], output_shape=10)
    trainer = Trainer(net, loss="cross_entropy", optimizer="adam")
    x, y = np.ones((16, 1, 12, 12), np.float32), np.arange(16) % 10
    for _ in range(3):
        trainer.step(x, y)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            trainer.step(x, y)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept - before < 10_000
    if backend == "cython":
        # The images of one batch alone are 9 kB, the first layer's output is 26 kB.
        assert peak - before < 9_000


@pytest.mark.parametrize("optimizer", [SGD(0.05, momentum=0.9), Adam(3e-3)], ids=["SGD", "Adam"])
def test_the_loss_curve_is_pytorchs(backend, torch, optimizer):
    net = CNN((1, 9, 9), [3, 4], 3, padding=1, pool_size=2, hidden_units=[12], output_shape=5, dtype="float64")
    nn = torch.nn
    rival = nn.Sequential(
        *(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 5)),
    ).double()
    rival.load_state_dict({name: torch.tensor(value) for name, value in net.state_dict().items()})
    if isinstance(optimizer, SGD):
        rival_optimizer = torch.optim.SGD(rival.parameters(), lr=0.05, momentum=0.9)
    else:
        rival_optimizer = torch.optim.Adam(rival.parameters(), lr=3e-3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 1, 9, 9)), rng.integers(0, 5, 64)
    trainer = Trainer(net, loss="cross_entropy", optimizer=optimizer)
    losses = []
    for step in range(100):
        rows = np.arange(step * 16, step * 16 + 16) % 64
        rival_optimizer.zero_grad()
        loss = nn.functional.cross_entropy(rival(torch.tensor(x[rows])), torch.tensor(y[rows]))
        loss.backward()
        rival_optimizer.step()
        losses.append((trainer.step(x[rows], y[rows]), loss.item()))
    ours, theirs = np.array(losses).T
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert ours[-1] < 0.5 * ours[0]


@pytest.mark.parametrize("loss", ["mean_squared_error", "l1", "huber", "binary_cross_entropy"])
def test_every_loss_trains(backend, loss):
    x = problem()[0]
    y = (x[:, :1] > 0).astype(np.float32)
    history = NeuralNetwork(4, [8], 1).fit(x, y, loss=loss, optimizer=Adam(0.02), epochs=20, verbose=0)
    assert history["loss"][-1] < 0.6 * history["loss"][0]


def test_images_can_be_targets(backend):
    net = Sequential([nnfs.Conv2D(2, 3, padding=1)], (1, 6, 6))
    x = np.random.default_rng(0).normal(size=(8, 1, 6, 6)).astype(np.float32)
    history = net.fit(x, np.concatenate([x, -x], axis=1), loss="l1", optimizer=Adam(0.02), epochs=30, verbose=0)
    assert history["loss"][-1] < 0.5 * history["loss"][0]


# Whole trainings


def test_the_history_has_every_figure(backend):
    net, (x, y) = small_net(), problem()
    optimizer = SGD(StepDecay(0.2, every=3, factor=0.5))
    history = net.fit(
        x, y, loss="cross_entropy", optimizer=optimizer, epochs=2, batch_size=16, validation_data=(x, y), verbose=0
    )
    assert list(history.epochs[0]) == ["loss", "accuracy", "learning_rate", "seconds", "val_loss", "val_accuracy"]
    assert len(history.step_losses) == 6
    weights = np.array([16, 16, 8]) / 40
    assert history["loss"] == pytest.approx([weights @ history.step_losses[:3], weights @ history.step_losses[3:]])
    assert history["learning_rate"] == [0.2, 0.1]
    figures = net.evaluate(x, y)
    assert history["val_loss"][-1] == figures["loss"]
    assert history["val_accuracy"][-1] == figures["accuracy"]


def test_the_same_seed_gives_the_same_weights_and_another_one_does_not(backend):
    x, y = problem()

    def weights(seed, shuffle=True):
        net = small_net(seed, dropout=0.3)
        net.fit(x, y, loss="cross_entropy", epochs=2, batch_size=7, validation_split=0.2, shuffle=shuffle, verbose=0)
        return net.vector.value

    assert weights(1).tobytes() == weights(1).tobytes()
    assert weights(1).tobytes() != weights(2).tobytes()
    assert weights(1).tobytes() != weights(1, shuffle=False).tobytes()


def test_without_shuffling_batches_come_in_order(backend):
    net, twin, (x, y) = small_net(), small_net(), problem()
    net.fit(x, y, loss="cross_entropy", optimizer=SGD(0.1), batch_size=16, shuffle=False, verbose=0)
    trainer = Trainer(twin, loss="cross_entropy", optimizer=SGD(0.1))
    for rows in (slice(0, 16), slice(16, 32), slice(32, 40)):
        trainer.step(x[rows], y[rows])
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()


def test_a_trainer_goes_on_where_it_stopped():
    x, y = problem()
    net, twin = small_net(), small_net()
    trainer = Trainer(net, loss="cross_entropy")
    trainer.fit(x, y, epochs=2, verbose=0)
    trainer.fit(x, y, epochs=1, verbose=0)
    twin.fit(x, y, loss="cross_entropy", epochs=3, verbose=0)
    assert trainer.steps == 6
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()


def test_the_data_are_left_alone_and_lists_will_do():
    x, y = problem()
    kept = x.copy(), y.copy()
    small_net().fit(x, y, loss="cross_entropy", validation_split=0.25, verbose=0)
    small_net().fit(x.tolist(), y.tolist(), loss="cross_entropy", validation_data=(x.tolist(), y.tolist()), verbose=0)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


def test_validation_is_split_in_proportion_for_every_kind_of_label(monkeypatch):
    x = np.zeros((100, 4), np.float32)
    y = np.arange(100) % 10 == 0
    held = []
    evaluate = Sequential.evaluate
    monkeypatch.setattr(Sequential, "evaluate", lambda net, x, y, **rest: held.append(y) or evaluate(net, x, y, **rest))
    NeuralNetwork(4, [], 2).fit(x, y.astype(int), loss="cross_entropy", validation_split=0.2, verbose=0)
    NeuralNetwork(4, [], 1).fit(x, y.astype(int), loss="binary_cross_entropy", validation_split=0.2, verbose=0)
    assert [(len(labels), labels.sum()) for labels in held] == [(20, 2), (20, 2)]
    NeuralNetwork(4, [], 1).fit(x, x[:, 0], loss="l1", validation_split=0.2, verbose=0)
    assert held[-1].shape == (20, 1)


def test_moons_are_learned(backend):
    data = nnfs.data.moons(seed=0)
    net = NeuralNetwork(2, [16, 16], 1, seed=0)
    net.fit(data.x_train, data.y_train, loss="binary_cross_entropy", optimizer=Adam(0.02), epochs=20, verbose=0)
    assert net.evaluate(data.x_test, data.y_test)["accuracy"] > 0.97


def test_digits_are_learned(backend):
    data = nnfs.data.digits()
    net = CNN((1, 8, 8), 8, 3, padding=1, hidden_units=[32], seed=0)
    net.fit(data.x_train, data.y_train, loss="cross_entropy", optimizer=Adam(5e-3), epochs=8, verbose=0)
    assert net.evaluate(data.x_test, data.y_test)["accuracy"] > 0.9


# What goes wrong


def test_numbers_that_explode_name_epoch_step_and_layer_and_leave_the_last_weights(backend):
    net, (x, y) = small_net(), problem()
    trainer = Trainer(net, loss="cross_entropy", optimizer=SGD(0.1))
    trainer.fit(x, y, verbose=0)
    net.layers[2].weight.value[0, 0] = np.inf
    before = net.vector.value.copy()
    message = (
        r"epoch 1: the loss is (nan|inf) at step 2; the first output that is not finite is that of layer 2, Dense\(3\)"
    )
    with pytest.raises(NumericError, match=message):
        trainer.fit(x, y, verbose=0)
    np.testing.assert_array_equal(net.vector.value, before)
    assert trainer.steps == 2


def test_a_gradient_that_overflows_names_parameter_and_layer(backend):
    net = Sequential([Dense(1, initializer="zeros"), Dense(1, initializer=lambda *_: np.full((1, 1), 1e30))], 2)
    before = net.vector.value.copy()
    with pytest.raises(NumericError, match=r"a gradient is not finite at step 0: 0\.weight, of layer 0, Dense\(1"):
        Trainer(net, loss="l1").step(np.full((2, 2), 1e30, np.float32), np.float32([1, 1]))
    np.testing.assert_array_equal(net.vector.value, before)


def test_a_learning_rate_far_too_large_ends_in_an_error(backend):
    x, y = problem()
    for optimizer in (SGD(1e30), Adam(1e30)):
        with pytest.raises(NumericError, match=r"^epoch \d+: "):
            small_net().fit(x * 1e3, y, loss="cross_entropy", optimizer=optimizer, epochs=9, batch_size=8, verbose=0)
    net = Sequential([Dense(1)], 2)
    with pytest.raises(NumericError, match=r"epoch 1: a parameter is not finite after step 0, .*0\.weight, of layer 0"):
        net.fit(np.full((1, 2), 1e10, np.float32), [0], loss="mean_squared_error", optimizer=SGD(1e30), verbose=0)


def test_a_bad_batch_in_a_step_is_named():
    x, y = problem()
    x[3, 1] = np.nan
    net = small_net()
    before = net.vector.value.copy()
    with pytest.raises(NumericError, match="the loss is nan at step 0; the batch itself holds numbers that are not"):
        Trainer(net, loss="cross_entropy").step(x, y)
    np.testing.assert_array_equal(net.vector.value, before)


def test_an_interrupted_training_keeps_the_weights_of_the_last_whole_step(monkeypatch):
    net, twin, (x, y) = small_net(), small_net(), problem()
    reports = iter([None, None, KeyboardInterrupt()])

    def report(self, loss):
        if error := next(reports):
            raise error

    monkeypatch.setattr(Progress, "step", report)
    trainer = Trainer(net, loss="cross_entropy")
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(x, y, batch_size=8, shuffle=False, verbose=0)
    rival = Trainer(twin, loss="cross_entropy")
    for start in (0, 8, 16):
        rival.step(x[start : start + 8], y[start : start + 8])
    assert trainer.steps == 3
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()
    monkeypatch.undo()
    trainer.fit(x, y, verbose=0)


BAD_CALLS = {
    "no rows": ({"x": np.zeros((0, 4), "f"), "y": []}, ShapeError, "x has no rows; there is nothing to learn from"),
    "lengths": ({"y": [0, 1]}, ShapeError, "x has 40 rows, but y has 2"),
    "label": ({"y": np.full(40, 3)}, ValueError, r"y\[0\] is 3, but the network has 3 classes"),
    "NaN": (
        {"x": np.full((40, 4), np.nan, "f")},
        NumericError,
        r"x holds 160 number\(s\) that are not finite.* x\[0, 0\]",
    ),
    "float64": (
        {"x": np.zeros((40, 4))},
        TypeError,
        r'x must be float32.*x\.astype\(.float32.\), else make the network with dtype="float64"',
    ),
    "epochs": ({"epochs": 0}, ValueError, "fit: epochs must be an integer from 1"),
    "epochs -1": ({"epochs": -1}, ValueError, "fit: epochs"),
    "batch size": ({"batch_size": 0}, ValueError, "fit: batch_size must be an integer from 1"),
    "batch size 1.5": ({"batch_size": 1.5}, TypeError, "fit: batch_size"),
    "split 1": ({"validation_split": 1}, ValueError, "fit: validation_split must be a finite number >= 0 and < 1"),
    "split text": ({"validation_split": "a"}, TypeError, "fit: validation_split"),
    "split of a class of one": (
        {"y": [1, *[0] * 39], "validation_split": 0.2},
        ValueError,
        "class 1 has 1 sample, wanted at least 2",
    ),
    "split of nothing": ({"validation_split": 0.001}, ValueError, "holds out 0"),
    "both": ({"validation_split": 0.1, "validation_data": problem()}, ValueError, "not both"),
    "no pair": ({"validation_data": problem()[0]}, ShapeError, r"validation_data must be a pair \(x, y\)"),
    "validation shape": (
        {"validation_data": (np.zeros((3, 5), "f"), [0] * 3)},
        ShapeError,
        r"validation x must have shape \(N, 4\), got \(3, 5\)",
    ),
    "validation label": ({"validation_data": (np.zeros((1, 4), "f"), [9])}, ValueError, r"validation y\[0\] is 9"),
    "verbose": ({"verbose": 7}, ValueError, "verbose must be"),
    "verbose, split": ({"verbose": 7, "validation_split": 0.2}, ValueError, "verbose must be"),
    "loss": ({"loss": "mse"}, ValueError, "unknown loss 'mse'"),
    "class of loss": ({"loss": Huber}, TypeError, r"loss is the class Huber; make one of it: Huber\(\)"),
    "class of optimizer": ({"optimizer": Adam}, TypeError, r"optimizer is the class Adam; make one of it: Adam\(\)"),
    "optimizer": ({"optimizer": "lion"}, ValueError, "unknown optimizer 'lion'"),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_a_call_that_fails_has_changed_nothing(case):
    arguments, error, words = BAD_CALLS[case]
    x, y = problem()
    net = small_net(dropout=0.5)
    net.fit(x, x[:, :3], loss="l1", verbose=0)
    before = fingerprint(net)
    with pytest.raises(error, match=words):
        net.fit(**{"x": x, "y": y, "loss": "cross_entropy", "verbose": 0} | arguments)
    assert fingerprint(net) == before


@pytest.mark.parametrize("case", ["no rows", "lengths", "label", "float64"])
def test_a_step_that_fails_has_changed_nothing_either(case):
    arguments, error, words = BAD_CALLS[case]
    x, y = problem()
    net = small_net(dropout=0.5)
    trainer = Trainer(net, loss="cross_entropy")
    before = fingerprint(net), copy.deepcopy(trainer.memory)
    with pytest.raises(error, match=words.split(";")[0]):
        trainer.step(arguments.get("x", x), arguments.get("y", y))
    assert fingerprint(net) == before[0]
    assert all(not vector.any() for vector in trainer.memory.values())
    assert trainer.steps == 0


def test_softmax_in_front_of_cross_entropy_explains_itself():
    net = Sequential([Dense(3), ReLU(), Dropout(0.1), Softmax()], 4)
    with pytest.raises(ValueError, match=r"the network ends in Softmax\(\), which would be applied twice"):
        Trainer(net, loss="cross_entropy")


def test_one_sample_and_a_batch_larger_than_the_data_are_fine(backend):
    x, y = problem(1)
    assert len(small_net().fit(x, y, loss="cross_entropy", batch_size=999, epochs=3, verbose=0).step_losses) == 3
    for value in (1e-42, 0.0, 1e38):
        x = np.full((4, 4), value, np.float32)
        with np.errstate(all="raise"):
            small_net().predict(x)
