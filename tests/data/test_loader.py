import threading
import time

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import Trainer
from nnfs.augmentation import Flip, Noise
from nnfs.data import Loader


def contents(loader):
    return [[array.tobytes() for array in batch] for batch in loader]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not [thread.name for thread in threading.enumerate() if thread.name == "nnfs-loader"]


@pytest.mark.parametrize("prefetch", [0, 1, 2, 9])
def test_each_pass_gives_every_row_once_in_a_new_order(prefetch):
    rows = np.arange(23)
    loader = Loader(rows, rows * 2, rows / 2, batch_size=5, prefetch=prefetch)
    passes = [list(loader), list(loader)]
    assert len(loader) == 5
    for batches in passes:
        assert [len(batch[0]) for batch in batches] == [5, 5, 5, 5, 3]
        x, y, weights = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
        assert sorted(x) == list(rows)
        np.testing.assert_array_equal(y, 2 * x)
        np.testing.assert_array_equal(weights, x / 2)
    assert [batch[0].tolist() for batch in passes[0]] != [batch[0].tolist() for batch in passes[1]]


def test_batches_depend_on_the_seed_and_not_on_the_thread():
    x, y = problem()

    def twice(**arguments):
        loader = Loader(x, y, batch_size=7, augment=[Noise(0.1)], **arguments)
        return contents(loader) + contents(loader)

    assert twice(prefetch=0) == twice(prefetch=3) == twice(seed=0)
    assert twice(seed=1) != twice(seed=0)
    assert twice(shuffle=False, seed=1) != twice(shuffle=False)


def test_without_shuffling_rows_come_in_order():
    batches = list(Loader(np.arange(7), np.arange(7), batch_size=3, shuffle=False))
    assert [batch[0].tolist() for batch in batches] == [[0, 1, 2], [3, 4, 5], [6]]


def test_at_most_prefetch_batches_are_made_ahead():
    made = []

    def count(x, rng):
        made.append(len(made))
        return x

    batches = iter(Loader(np.zeros(100), np.zeros(100), batch_size=1, augment=[count], prefetch=3))
    for taken in range(1, 5):
        next(batches)
        deadline = time.monotonic() + 60
        while len(made) < taken + 3 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.01)
        assert len(made) == taken + 3
    batches.close()


@pytest.mark.parametrize("prefetch", [0, 2])
def test_an_error_of_the_producer_reaches_the_consumer(prefetch):
    def fail(x, rng):
        if 17 in x:
            raise OSError("the disk is gone")
        return x

    loader = Loader(np.arange(40), np.zeros(40), batch_size=5, shuffle=False, augment=[fail], prefetch=prefetch)
    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        seen.extend(iter(loader))
    assert len(seen) == 3


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_the_thread_ends_with_the_training_on_every_way_out(error):
    x, y = problem()

    def fail(outputs, targets):
        raise error

    with pytest.raises(error):
        small_net().fit(Loader(x, y, batch_size=4), loss="cross_entropy", metrics=[fail], verbose=0)
    for _ in Loader(x, y):
        break
    assert small_net().fit(Loader(x, y), loss="cross_entropy", epochs=2, verbose=0)["loss"]


@pytest.mark.parametrize("prefetch", [0, 2])
@pytest.mark.parametrize("taken", [0, 1, 5, 6])
def test_a_loader_with_a_loaded_state_continues_the_pass(prefetch, taken):
    x, y = problem()

    def make():
        return Loader(x, y, batch_size=7, augment=[Noise(0.1)], prefetch=prefetch)

    whole = make()
    wanted = contents(whole) + contents(whole) + contents(whole)
    loader, again = make(), make()
    contents(loader)
    batches = iter(loader)
    for _ in range(taken):
        next(batches)
    state = loader.state()
    batches.close()
    again.load_state(state)
    assert contents(again) + contents(again) == wanted[6 + taken :]


def test_fit_on_a_loader_equals_fit_on_arrays(backend):
    x, y = problem()
    net, twin = small_net(), small_net()
    trainer = Trainer(twin, loss="cross_entropy")
    net.fit(Loader(x, y, batch_size=7), loss="cross_entropy", epochs=2, verbose=0, validation_data=Loader(x, y))
    loader = Loader(x, y, batch_size=7)
    for _ in range(2):
        for batch in loader:
            trainer.step(*batch)
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"y": [1]}, "Loader: x has 40 rows, but y has 1"),
        ({"x": np.zeros((0, 2)), "y": []}, "Loader: x has no rows"),
        ({"x": 3.0}, "Loader: x has no rows"),
        ({"sample_weight": [1]}, "sample_weight has 1"),
        ({"batch_size": 0}, "Loader: batch_size"),
        ({"prefetch": -1}, "Loader: prefetch"),
        ({"seed": -1}, "seed must be"),
        ({"augment": [1]}, "Loader: augment must be a list of functions"),
        ({"augment": [Flip]}, r"Loader: augment\[0\] is the class Flip; make one of it: Flip\(...\)"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    x, y = problem()
    with pytest.raises((ValueError, TypeError), match=words):
        Loader(**{"x": x, "y": y} | arguments)
