import copy
import pickle
import tracemalloc

import numpy as np
import pytest
from trainings import fingerprint, plainly, problem, small_net

import nnfs
from nnfs import CNN, Dense, Dropout, NeuralNetwork, NumericError, ReLU, Sequential, Softmax, Trainer
from nnfs.optimizers import SGD, Adam


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
    net = CNN((1, 12, 12), 4, 3, padding=0, hidden_units=[32], output_shape=10)
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


def test_a_gradient_that_overflows_names_parameter_and_layer(backend):
    net = Sequential([Dense(1, initializer="zeros"), Dense(1, initializer=lambda *_: np.full((1, 1), 1e30))], 2)
    before = net.vector.value.copy()
    with pytest.raises(NumericError, match=r"a gradient is not finite at step 0: 0\.weight, of layer 0, Dense\(1"):
        Trainer(net, loss="l1").step(np.full((2, 2), 1e30, np.float32), np.float32([1, 1]))
    np.testing.assert_array_equal(net.vector.value, before)


def test_a_bad_batch_in_a_step_is_named():
    x, y = problem()
    x[3, 1] = np.nan
    net = small_net()
    before = net.vector.value.copy()
    with pytest.raises(NumericError, match="the loss is nan at step 0; the batch itself holds numbers that are not"):
        Trainer(net, loss="cross_entropy").step(x, y)
    np.testing.assert_array_equal(net.vector.value, before)


def test_softmax_in_front_of_cross_entropy_explains_itself():
    net = Sequential([Dense(3), ReLU(), Dropout(0.1), Softmax()], 4)
    with pytest.raises(ValueError, match=r"the network ends in Softmax\(\), which would be applied twice"):
        Trainer(net, loss="cross_entropy")


def test_a_weight_of_two_is_the_sample_twice_and_of_zero_not_at_all(backend):
    x, y = problem(10, dtype="float64")
    weights = np.array([2, 0, *[1] * 8])
    net, twin = small_net(dtype="float64"), small_net(dtype="float64")
    Trainer(net, loss="cross_entropy", optimizer=SGD(0.1)).step(x, y, weights)
    rows = [0, 0, *range(2, 10)]
    Trainer(twin, loss="cross_entropy", optimizer=SGD(0.1)).step(x[rows], y[rows])
    np.testing.assert_allclose(net.vector.value, twin.vector.value, rtol=1e-12)


BAD_BATCHES = {
    "no rows": (np.zeros((0, 4), "f"), [], "x has no rows; a training step needs at least one sample"),
    "lengths": (problem()[0], [0, 1], "x has 40 rows, but y has 2"),
    "label": (problem()[0], np.full(40, 3), r"y\[0\] is 3, but the network has 3 classes"),
    "float64": (np.zeros((40, 4)), problem()[1], "x must be float32"),
}


@pytest.mark.parametrize("case", BAD_BATCHES)
def test_a_step_that_fails_has_changed_nothing(case):
    x, y, words = BAD_BATCHES[case]
    net = small_net(dropout=0.5)
    trainer = Trainer(net, loss="cross_entropy")
    before = fingerprint(net), copy.deepcopy(trainer.memory)
    with pytest.raises((ValueError, TypeError), match=words):
        trainer.step(x, y)
    assert fingerprint(net) == before[0]
    assert all(not vector.any() for vector in trainer.memory.values())
    assert trainer.steps == 0


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_a_training_with_replayed_passes_ends_at_the_same_bits(backend, optimizer):
    def train():
        net, (x, y) = small_net(dropout=0.25), problem(rows=37)
        history = net.fit(
            x,
            y,
            loss="cross_entropy",
            optimizer=optimizer,
            epochs=4,
            batch_size=8,
            validation_split=0.2,
            clip_norm=0.5,
            verbose=0,
        )
        return net.digest(), history.step_losses, net.predict(x).tolist(), net.dropout.bit_generator.state

    assert train() == plainly(train)


def test_what_is_not_finite_in_a_replayed_step_is_told_and_changes_nothing(backend):
    def train():
        net, (x, y) = small_net(dropout=0.25), problem()
        trainer, told = Trainer(net, loss="cross_entropy"), []
        for number in (0, 0, 0, 0, np.nan, 0, np.inf, 3e38, 0):
            x[0, 0], before = number, net.digest()
            try:
                told.append(trainer.step(x, y))
            except NumericError as error:
                told.append(str(error))
                assert net.digest() == before
        return told, net.digest(), trainer.steps

    found = train()
    assert any(isinstance(one, str) for one in found[0])
    assert found == plainly(train)


def test_copies_of_a_trainer_whose_passes_are_replayed_go_their_own_ways(backend):
    def train():
        net, (x, y) = small_net(dropout=0.25), problem()
        trainer = Trainer(net, loss="cross_entropy")
        for _ in range(4):
            trainer.step(x, y)
        twins = [copy.deepcopy(trainer), pickle.loads(pickle.dumps(trainer))]
        for each in (*twins, trainer, *twins):
            for _ in range(4):
                each.step(x, y)
        return [each.network.digest() for each in (trainer, *twins)], net.predict(x).tolist()

    assert train() == plainly(train)
