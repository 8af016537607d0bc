"""Symptoms of a training's course: each is found where it is, and not where it is not."""

from __future__ import annotations

import numpy as np

from nnfs import NeuralNetwork, data
from nnfs.losses import CrossEntropy
from nnfs.optimizers import SGD, Adam
from nnfs.training.diagnosis.case import Case
from nnfs.training.diagnosis.course import (
    CAUSES,
    SYMPTOMS,
    flat_at_guessing,
    jumping_loss,
    majority,
    overfitting,
    rising_loss,
    small_rate,
)
from nnfs.training.history import History

MOONS = data.load("moons")
NAMES = ("loss", "accuracy", "val_loss", "learning_rate")


def trained(optimizer, x=MOONS.x_train, y=MOONS.y_train, loss=None, **how):
    """Return the case of a small network after a silent training."""
    loss = loss or CrossEntropy()
    network = NeuralNetwork(input_shape=2, hidden_units=[16], output_shape=2 if loss.name == "cross_entropy" else 1)
    history = network.fit(x, y, loss=loss, optimizer=optimizer, **{"epochs": 5, "verbose": 0} | how)
    return Case(
        network,
        loss,
        x,
        loss.check_targets(y, network.output_shape, network.dtype),
        optimizer=optimizer,
        history=history,
    )


def told(step_losses=(), y=MOONS.y_train, optimizer=None, **figures):
    """Return the case of a training that had these figures."""
    history = History()
    history.step_losses[:] = step_losses
    history.epochs[:] = [dict(zip(figures, row, strict=True)) for row in zip(*figures.values(), strict=True)]
    network = NeuralNetwork(input_shape=2, hidden_units=[4], output_shape=2)
    return Case(network, CrossEntropy(), MOONS.x_train, np.asarray(y), optimizer=optimizer, history=history)


def test_nothing_is_found_in_a_training_that_goes_well(backend):
    well = trained(Adam(1e-2), validation_split=0.1, epochs=10)
    assert [symptom(well) for symptom in SYMPTOMS] == [None] * len(SYMPTOMS)


def test_a_rate_that_is_too_large_lets_the_loss_rise(backend):
    wrong = trained(SGD(30.0, momentum=0.9), epochs=2)
    found = rising_loss(wrong)
    assert found is not None
    assert found.where == "epoch 2"
    assert found.write == "optimizer=nnfs.optimizers.SGD(0.01, momentum=0.9)"
    assert found.command == "--optimizer sgd learning_rate=0.01 momentum=0.9"


def test_what_has_a_cause_that_was_told_is_not_told(backend):
    stays = told([0.6] * 200, loss=[0.6931] * 4, learning_rate=[1e-4] * 4, optimizer=Adam(1e-4))
    faster = told([0.6] * 200, loss=[0.6931] * 4, learning_rate=[1e-2] * 4, optimizer=Adam(1e-2))
    assert small_rate(stays) is not None
    assert flat_at_guessing(faster) is not None
    for case in (stays, faster):
        case.told.add("dead_relus")
        assert [symptom(case) for symptom in (small_rate, flat_at_guessing)] == [None, None]


def test_a_loss_that_was_low_before_may_rise_a_little():
    assert rising_loss(told([0.001] * 50 + [0.01] * 50)) is None


def test_a_loss_that_jumps_and_comes_down_again_is_told_with_the_usual_rate(backend):
    jumped = trained(Adam(10.0), epochs=10)
    found = jumping_loss(jumped)
    assert rising_loss(jumped) is None
    assert found is not None
    assert " in epoch 1, and " in found.got
    assert found.command == "--optimizer adam learning_rate=0.001"
    jumped.optimizer = None
    assert jumping_loss(jumped).write == "a smaller learning rate, such as 0.001"


def test_a_loss_that_begins_high_or_jumps_a_little_is_no_jump():
    assert jumping_loss(told([90.0] * 2 + [0.5] * 50)) is None
    assert jumping_loss(told([0.7] + [13.0] * 5 + [0.5] * 50)) is None
    assert jumping_loss(told([0.7] + [15.0] * 5 + [0.5] * 50)) is not None


def test_where_the_loss_of_one_answer_is_not_known_it_must_rise_far():
    weighted = told([1.0] * 20 + [2.9] * 20)
    weighted.is_weighted = True
    assert rising_loss(weighted) is None
    weighted.history.step_losses[20:] = [3.1] * 20
    assert rising_loss(weighted) is not None


def test_a_rate_that_is_too_small_is_found(backend):
    found = small_rate(trained(Adam(1e-6)))
    assert found is not None
    assert found.write == "optimizer=nnfs.optimizers.Adam(0.001)"
    assert small_rate(trained(Adam(1e-3))) is None


def test_a_trained_network_may_be_tuned_by_small_steps():
    steps = [0.1] * 100
    rates = [1e-5] * 3
    assert small_rate(told(steps, optimizer=Adam(1e-5), loss=[0.1, 0.1, 0.1], learning_rate=rates)) is None
    assert small_rate(told(steps, optimizer=Adam(1e-5), loss=[0.7, 0.7, 0.7], learning_rate=rates)) is not None


def test_a_loss_that_still_falls_at_the_end_with_a_tiny_rate_is_told():
    falls = [0.6 - 0.03 * epoch for epoch in range(10)]

    def told_of(losses, rate=1e-4):
        return told([0.6] * 100, optimizer=Adam(rate), loss=losses, learning_rate=[rate] * len(losses))

    found = small_rate(told_of(falls))
    assert found is not None
    assert found.what == "the loss still falls steadily at the end: the learning rate is too small"
    assert found.write == "optimizer=nnfs.optimizers.Adam(0.001)"
    assert small_rate(told_of(falls, rate=2e-4)) is None
    assert small_rate(told_of([*falls[:-1], falls[-2]])) is None
    assert small_rate(told_of([0.2 + 0.5 * 0.5**epoch for epoch in range(10)])) is None
    assert small_rate(told_of([loss / 3 for loss in falls])) is None
    going_on = told_of(falls)
    going_on.is_over = False
    assert small_rate(going_on) is None


def test_a_rate_that_still_rises_is_not_too_small():
    rising = told([0.7] * 100, optimizer=Adam(1e-5), loss=[0.7] * 3, learning_rate=[1e-6, 1e-5, 2e-5])
    assert small_rate(rising) is None


def test_targets_that_x_tells_nothing_of_are_found(backend):
    y = np.random.default_rng(0).permutation(MOONS.y_train)
    found = flat_at_guessing(trained(SGD(0.01), y=y, epochs=6))
    assert found is not None
    assert "0.6931 of such an answer" in found.got
    assert found.write == "x and y whose rows belong together, or more units"  # the rate is the usual one
    found = flat_at_guessing(trained(SGD(0.02), y=y, epochs=6))
    assert found is not None
    assert found.write.endswith("SGD(0.002); if it stays, look whether x and y belong together")


def test_an_accuracy_that_is_the_share_of_the_largest_class_is_found(backend):
    x = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    y = (np.arange(400) % 20 == 0).astype(np.int64)
    found = majority(trained(SGD(0.05), x=x, y=y, epochs=20))
    assert found is not None
    assert found.got == "an accuracy of 0.95; class 0 has 0.95 of the samples"
    assert 'class_weight="balanced"' in found.write
    x[:, 0] += 5 * y  # now it can be told
    assert majority(trained(Adam(0.05), x=x, y=y, epochs=8)) is None


def test_a_validation_loss_that_turned_is_found(backend):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)).astype(np.float32)
    y = (x[:, 0] + rng.normal(size=40) > 0).astype(np.int64)
    held = rng.normal(size=(200, 2)).astype(np.float32)
    held_y = (held[:, 0] + rng.normal(size=200) > 0).astype(np.int64)
    wrong = trained(Adam(0.05), x=x, y=y, epochs=60, validation_data=(held, held_y))
    found = overfitting(wrong)
    assert found is not None
    assert found.where == f"epoch {int(np.argmin(wrong.history['val_loss'])) + 1}"
    assert "EarlyStopping" in found.write
    wrong.stops_early = True
    assert overfitting(wrong) is None


def test_a_validation_loss_that_goes_up_and_down_has_not_turned():
    fall = [1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2]
    assert overfitting(told(loss=fall, val_loss=[1, 0.8, 0.7, 0.9, 0.7, 1.1, 0.72, 0.71])) is None
    assert overfitting(told(loss=fall[::-1], val_loss=[1, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3])) is None
    assert overfitting(told(loss=fall, val_loss=[1, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3])) is not None


def test_of_classes_that_are_equally_large_none_explains_the_accuracy():
    assert majority(told(accuracy=[0.5] * 3)) is None


def test_a_loss_that_falls_slowly_is_not_flat():
    assert flat_at_guessing(told([0.69] * 100, loss=[0.71, 0.695, 0.685])) is None
    assert flat_at_guessing(told([0.69] * 100, loss=[0.694, 0.695, 0.69])) is not None


def test_a_loss_of_0_and_a_rate_of_0_are_no_trouble():
    nothing = told([0.0] * 100, y=np.zeros(800, np.int64), loss=[0.0] * 3, learning_rate=[0.0] * 3, optimizer=SGD(0.0))
    assert [symptom(nothing) for symptom in SYMPTOMS] == [None] * len(SYMPTOMS)
    still = told([0.7] * 100, loss=[0.7] * 3, learning_rate=[0.0] * 3, optimizer=SGD(0.0))
    assert [found.write for symptom in SYMPTOMS if (found := symptom(still))] == ["optimizer=nnfs.optimizers.SGD(0.01)"]


def test_no_rate_is_blamed_for_what_was_told_before():
    for name in CAUSES:
        rising = told([0.7] * 10 + [70.0] * 40)
        assert rising_loss(rising) is not None
        rising.told.add(name)
        jumping = told([0.7] * 10 + [70.0] + [0.6] * 40)
        assert jumping_loss(jumping) is not None
        jumping.told.add(name)
        assert rising_loss(rising) is jumping_loss(jumping) is None
    turned = told(loss=np.linspace(0.7, 0.1, 12), val_loss=[0.5, 0.4, *np.linspace(0.5, 5, 10)])
    assert overfitting(turned) is not None
    turned.told.add("unlike_validation")
    assert overfitting(turned) is None
