import numpy as np
import pytest
from trainings import problem, small_net

import nnfs
from nnfs import CNN, BatchNorm, Dense, Dropout, NeuralNetwork, NumericError, Sequential, Trainer
from nnfs.arguments.seeds import make_generators
from nnfs.optimizers import SGD, Adam
from nnfs.schedules import StepDecay
from nnfs.training import evaluation
from nnfs.training.progress import Progress

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


def test_the_data_are_left_alone_and_lists_will_do():
    x, y = problem()
    kept = x.copy(), y.copy()
    small_net().fit(x, y, loss="cross_entropy", validation_split=0.25, verbose=0)
    small_net().fit(x.tolist(), y.tolist(), loss="cross_entropy", validation_data=(x.tolist(), y.tolist()), verbose=0)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_split_moves_the_generator_of_orders_on_once_so_that_no_order_is_drawn_as_the_split_was(shuffle):
    net, (x, y) = small_net(), problem()
    net.fit(x, y, loss="cross_entropy", epochs=2, validation_split=0.25, shuffle=shuffle, verbose=0)
    rng = make_generators(0).shuffling
    for samples in (40, 30, 30) if shuffle else (40,):
        rng.permutation(samples)
    assert net.shuffling.bit_generator.state == rng.bit_generator.state


def test_validation_is_split_in_proportion_for_every_kind_of_label(monkeypatch):
    x = np.zeros((100, 4), np.float32)
    y = np.arange(100) % 10 == 0
    held = []
    evaluate = evaluation.evaluate

    def look(network, batches, *rest):
        held.append(np.concatenate([y.copy() for _, y, _ in batches.epoch()]))
        return evaluate(network, batches, *rest)

    monkeypatch.setattr(evaluation, "evaluate", look)
    NeuralNetwork(4, [], 2).fit(x, y.astype(int), loss="cross_entropy", validation_split=0.2, verbose=0)
    NeuralNetwork(4, [], 1).fit(x, y.astype(int), loss="binary_cross_entropy", validation_split=0.2, verbose=0)
    assert [(len(labels), labels.sum()) for labels in held] == [(20, 2), (20, 2)]
    NeuralNetwork(4, [], 1).fit(x, x[:, 0], loss="l1", validation_split=0.2, verbose=0)
    assert held[-1].shape == (20, 1)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_class_weights_are_sample_weights(backend, loss):
    x, y = problem()
    y = np.minimum(y, 1)
    outputs = 2 if loss == "cross_entropy" else 1

    def train(**arguments):
        net = NeuralNetwork(4, [8], outputs)
        history = net.fit(x, y, loss=loss, epochs=2, batch_size=7, verbose=0, **arguments)
        return net.vector.value.tobytes(), history["loss"]

    rng = np.random.default_rng(0)
    own = rng.random(40).astype(np.float32)
    plain, weighted = train(), train(class_weight={1: 3})
    counts = np.bincount(y)
    assert train(class_weight="balanced") == train(class_weight=len(y) / (2 * counts)) != plain
    assert plain != weighted
    assert weighted == train(class_weight=[1, 3]) == train(sample_weight=np.where(y == 1, 3, 1))
    assert train(class_weight=[1, 4], sample_weight=own) == train(sample_weight=own * np.where(y == 1, 4, 1))
    assert train(sample_weight=np.ones(40))[1] == pytest.approx(plain[1])


def test_validation_has_its_own_weights_and_no_class_weights(backend):
    net, (x, y) = small_net(), problem()
    weights = np.linspace(0, 1, 40)
    arguments = {"loss": "cross_entropy", "class_weight": {0: 9}, "verbose": 0}
    history = net.fit(x, y, validation_data=(x, y), **arguments)
    assert history["val_loss"] == [net.evaluate(x, y)["loss"]]
    history = net.fit(x, y, validation_data=(x, y, weights), **arguments)
    assert history["val_loss"] == [net.evaluate(x, y, sample_weight=weights)["loss"]]
    arguments = {"validation_split": 0.2, "loss": "cross_entropy", "optimizer": SGD(0.0), "verbose": 0}
    plain = small_net().fit(x, y, **arguments)
    doubled = small_net().fit(x, y, sample_weight=np.full(40, 2.0), **arguments)
    for name in ("loss", "val_loss"):
        assert doubled[name] == pytest.approx([2 * plain[name][0]])


def test_metrics_are_reported_for_training_and_validation(backend):
    net, (x, y) = small_net(), problem()
    metrics = ["accuracy", nnfs.metrics.macro_recall]
    history = net.fit(x, y, loss="cross_entropy", metrics=metrics, validation_data=(x, y), batch_size=40, verbose=0)
    names = ["loss", "accuracy", "macro_recall"]
    assert list(history.epochs[0]) == [*names, "learning_rate", "seconds", *(f"val_{name}" for name in names)]
    assert history["val_accuracy"] == [nnfs.metrics.accuracy(y, net.predict(x))]
    assert history["val_macro_recall"] == [nnfs.metrics.macro_recall(net.predict(x), y)]


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


def test_a_learning_rate_far_too_large_ends_in_an_error(backend):
    x, y = problem()
    for optimizer in (SGD(1e30), Adam(1e30)):
        with pytest.raises(NumericError, match=r"^epoch \d+: "):
            small_net().fit(x * 1e3, y, loss="cross_entropy", optimizer=optimizer, epochs=9, batch_size=8, verbose=0)
    net = Sequential([Dense(1)], 2)
    with pytest.raises(NumericError, match=r"epoch 1: a parameter is not finite after step 0, .*0\.weight, of layer 0"):
        net.fit(np.full((1, 2), 1e10, np.float32), [0], loss="mean_squared_error", optimizer=SGD(1e30), verbose=0)


def test_an_interrupted_training_keeps_the_weights_of_the_last_whole_step(monkeypatch):
    net, twin, (x, y) = small_net(), small_net(), problem()
    reports = iter([None, KeyboardInterrupt()])

    def report(self, steps):
        if error := next(reports):
            raise error

    monkeypatch.setattr(Progress, "step", report)
    trainer = Trainer(net, loss="cross_entropy")
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(x, y, batch_size=8, shuffle=False, verbose=1)
    rival = Trainer(twin, loss="cross_entropy")
    for start in range(0, 8 * trainer.steps, 8):
        rival.step(x[start : start + 8], y[start : start + 8])
    assert 2 <= trainer.steps <= 5
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()
    monkeypatch.undo()
    trainer.fit(x, y, verbose=0)


def test_images_have_more_than_one_number_to_a_channel(backend):
    net = Sequential([BatchNorm(), nnfs.Flatten(), Dense(2)], (1, 2, 2))
    net.fit(np.zeros((3, 1, 2, 2), "f"), [0, 1, 0], loss="cross_entropy", batch_size=2, verbose=0)


def test_one_sample_and_a_batch_larger_than_the_data_are_fine(backend):
    x, y = problem(1)
    assert len(small_net().fit(x, y, loss="cross_entropy", batch_size=999, epochs=3, verbose=0).step_losses) == 3
    for value in (1e-42, 0.0, 1e38):
        x = np.full((4, 4), value, np.float32)
        with np.errstate(all="raise"):
            small_net().predict(x)


def test_each_random_part_draws_from_its_own_stream_alone():
    x, y = problem()
    draws = {"shuffling": {}, "dropout": {"rate": 0.5}, "augmentation": {"augment": [lambda x, rng: x + rng.random()]}}
    for part, arguments in draws.items():
        net = Sequential([Dropout(arguments.pop("rate", 0.0)), Dense(3)], 4)
        before = {name: getattr(net, name).bit_generator.state for name in draws}
        shuffle = part == "shuffling"
        net.fit(x, y.clip(0, 2), loss="cross_entropy", shuffle=shuffle, verbose=0, **arguments)
        moved = [name for name in draws if getattr(net, name).bit_generator.state != before[name]]
        assert moved == [part]
