"""The split: every sample once, the stated sizes, classes in proportion, and the same state gives the same split."""

from __future__ import annotations

import numpy as np
import pytest
from effort import times
from hypothesis import given, settings
from hypothesis import strategies as st
from trainings import problem, small_net

from nnfs import NeuralNetwork, Trainer
from nnfs.callbacks import Callback
from nnfs.errors import DTypeError, ShapeError
from nnfs.training.split import split_indices


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("stratify", [False, True])
def test_the_state_of_the_generator_decides(stratify):
    y = np.arange(100) % 3
    first, again, other = (
        split_indices(100, 0.2, np.random.default_rng(seed), classes=y if stratify else None) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first[1], again[1])
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1].tolist() != other[1].tolist()


@pytest.mark.parametrize("stratify", [False, True])
def test_both_parts_are_shuffled(rng, stratify):
    kept, held = split_indices(200, 0.5, rng, classes=np.arange(200) // 100 if stratify else None)
    for part in (kept, held):
        assert part.tolist() != sorted(part)
        assert 20 < (part[:50] < 100).sum() < 40 or not stratify


@settings(max_examples=times(200), deadline=None)
@given(
    counts=st.lists(st.integers(2, 40), min_size=1, max_size=8),
    fraction=st.floats(0.05, 0.95),
    seed=st.integers(0, 1000),
)
def test_each_sample_once_and_each_class_in_proportion(counts, fraction, seed):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(counts)) * 3 - 5, counts))
    wanted = int(len(y) * fraction + 0.5)
    if not 0 < wanted < len(y):
        return
    kept, held = split_indices(len(y), fraction, rng, classes=y)
    assert sorted([*kept, *held]) == list(range(len(y)))
    for index, count in enumerate(counts):
        in_held = int((y[held] == index * 3 - 5).sum())
        assert 1 <= in_held <= count - 1
        assert abs(in_held - count * fraction) < 1 or in_held in (1, count - 1)
    if all(1 <= count * fraction <= count - 1 for count in counts):
        assert len(held) == wanted


@pytest.mark.parametrize(("fraction", "held"), [(0.29, 29), (0.1, 10), (0.005, 1), (0.994, 99), (0.255, 26)])
def test_sizes_are_rounded(rng, fraction, held):
    assert len(split_indices(100, fraction, rng)[1]) == held


@pytest.mark.parametrize("dtype", ["int8", "uint64", "bool", "<U3", "S2"])
def test_classes_may_be_of_any_exact_type(rng, dtype):
    y = (np.arange(20) % 2).astype(dtype)
    held = split_indices(20, 0.2, rng, classes=y)[1]
    assert np.unique(y[held], return_counts=True)[1].tolist() == [2, 2]


@pytest.mark.parametrize(("samples", "fraction"), [(0, 0.5), (1, 0.5), (10, 0.01), (10, 0.99)])
def test_refuses_to_leave_a_part_empty(rng, samples, fraction):
    with pytest.raises(ValueError, match=f"of {samples} samples holds out"):
        split_indices(samples, fraction, rng)


def test_refuses_a_class_of_one_sample_and_names_it(rng):
    with pytest.raises(ShapeError, match="class 'frog' has 1 sample, wanted at least 2"):
        split_indices(5, 0.4, rng, classes=np.array(["cat", "cat", "frog", "dog", "dog"]))


@pytest.mark.parametrize(
    ("classes", "kind", "message"),
    [
        (np.zeros(9, int), ShapeError, r"got classes of shape \(9,\), wanted \(10,\)"),
        (np.zeros((), int), ShapeError, r"got classes of shape \(\)"),
        (np.zeros((10, 2), int), ShapeError, r"got classes of shape \(10, 2\)"),
        (np.zeros(10), DTypeError, "got classes of dtype float64"),
        (np.array([None] * 10), DTypeError, "got classes of dtype object"),
    ],
)
def test_refuses_what_are_no_classes(rng, classes, kind, message):
    with pytest.raises(kind, match=message):
        split_indices(10, 0.2, rng, classes=classes)


# The split


class Held(Callback):
    """Remember the rows that are trained on."""

    def __init__(self):
        self.kept = []

    def on_train_begin(self, training):
        self.kept.append(sorted(training.batches.rows.tolist()))


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
def test_each_call_holds_the_same_samples_out(loss):
    x, y = problem()
    y = y if loss == "cross_entropy" else x[:, :1]
    held = Held()

    def fit(net, **arguments):
        net.fit(x, y, loss=loss, verbose=0, callbacks=[held], **{"validation_split": 0.2} | arguments)

    net = small_net() if loss == "cross_entropy" else NeuralNetwork(4, [8], 1)
    net.fit(x, y, loss=loss, verbose=0)  # draws from the same stream, and changes nothing of the split
    fit(net, epochs=2)
    fit(net, epochs=3, shuffle=False)
    fit(net, optimizer="sgd", batch_size=3)
    trainer = Trainer(net, loss=loss)
    for _ in range(2):
        trainer.fit(x, y, validation_split=0.2, verbose=0, callbacks=[held])
    assert held.kept == [held.kept[0]] * 5
    fit(small_net(seed=1) if loss == "cross_entropy" else NeuralNetwork(4, [8], 1, seed=1))
    fit(net, validation_split=0.3)
    assert held.kept[0] not in held.kept[5:]
