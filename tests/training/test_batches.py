import tracemalloc
from itertools import cycle, islice

import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import Dense, DTypeError, NeuralNetwork, NumericError, Sequential, ShapeError, Trainer
from nnfs.callbacks import Callback, Checkpoint
from nnfs.data import Loader
from nnfs.optimizers import SGD, Adam


def fit(x, y=None, *, net=None, **arguments):
    net = net or small_net()
    history = net.fit(x, y, loss="cross_entropy", optimizer=SGD(0.1), verbose=0, **arguments)
    return net.vector.value.tobytes(), history["loss"]


def on_disk(values, folder, name):
    mapped = np.memmap(folder / name, values.dtype, "w+", shape=values.shape)
    mapped[...] = values
    mapped.flush()
    return np.memmap(folder / name, values.dtype, "r", shape=values.shape)


# Iterables


class Again:
    """Give the same batches at each pass, and no length."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


def test_any_iterable_of_batches_will_do(backend):
    x, y = problem()
    batches = [(x[start : start + 16], y[start : start + 16]) for start in (0, 16, 32)]
    wanted = fit(x, y, epochs=2, batch_size=16, shuffle=False)
    assert fit(batches, epochs=2) == wanted
    assert fit(Again(batches), epochs=2) == wanted
    assert fit([[x.tolist(), y.tolist()] for x, y in batches], epochs=2) == wanted
    assert fit(batch for batch in batches)[1] == wanted[1][:1]
    weighted = [(x, y, np.full(len(x), 2)) for x, y in batches]
    assert fit(weighted)[1] == pytest.approx(fit(x, y, batch_size=16, shuffle=False, sample_weight=np.full(40, 2))[1])
    net = small_net()
    net.fit(batches, loss="cross_entropy", validation_data=Again(batches), verbose=1)


@pytest.mark.parametrize(
    ("batches", "error", "words"),
    [
        ([problem(), problem()[0]], ShapeError, r"batch 1 must be \(x, y\) or \(x, y, sample_weight\), got an array"),
        ([problem(), (problem()[0],)], ShapeError, "batch 1 must be"),
        ([problem(), (np.zeros((2, 5), "f"), [0, 0])], ShapeError, r"batch 1: x must have shape \(N, 4\)"),
        ([(np.zeros((2, 4), "f"), [0, 7])], ValueError, r"batch 0: y\[1\] is 7"),
        ([(np.zeros((2, 4), "f"), [0])], ShapeError, "batch 0: x has 2 rows, but batch 0: y has 1"),
        ([(np.zeros((0, 4), "f"), [])], ShapeError, "batch 0: x has no rows"),
        ([(np.full((1, 4), np.nan, "f"), [0])], NumericError, r"batch 0: x holds 4 number\(s\) that are not finite"),
        ([(np.zeros((1, 4), "f"), [0], [-1])], ValueError, "batch 0: sample_weight must hold finite numbers >= 0"),
        ([], ShapeError, "x gave no batch$"),
        (5, DTypeError, "y is missing"),
        ({}, DTypeError, "y is missing"),
    ],
)
def test_a_bad_batch_is_named(batches, error, words):
    with pytest.raises(error, match=words):
        fit(batches)


def test_validation_takes_a_list_of_batches():
    x, y = problem()
    batches = [(x[:10], y[:10]), (x[10:], y[10:])]
    wanted, found = (
        small_net().fit(x, y, loss="cross_entropy", validation_data=v, verbose=0) for v in ((x, y), batches)
    )
    assert found["val_loss"] == pytest.approx(wanted["val_loss"])
    one = small_net().fit(x, y, loss="cross_entropy", validation_data=[(x, y)], verbose=0)
    assert one["val_loss"] == pytest.approx(wanted["val_loss"])


@pytest.mark.parametrize(
    "make", [lambda x, y: Loader(x, y), lambda x, y: ((x, y) for _ in range(2)), lambda x, y: [(x, y)]]
)
def test_batches_in_the_place_of_an_array_are_answered_by_the_corrected_line(make):
    x, y = problem()
    net = small_net()
    before = net.digest()
    for call in (
        lambda: net.predict(make(x, y)),
        lambda: net.fit(make(x, y), y, loss="cross_entropy"),
        lambda: net.evaluate(make(x, y), y, loss="cross_entropy"),
    ):
        with pytest.raises(DTypeError, match=r"x must be an array of numbers, got .* of batches; fit and eval"):
            call()
    assert net.digest() == before
    assert np.concatenate([net.predict(x) for x, *_ in make(x, y)]).shape[1] == 3


def test_an_evaluation_of_nothing_and_of_what_never_ends():
    x, y = problem()
    with pytest.raises(ShapeError, match=r"^x gave no batch$"):
        small_net().evaluate([], loss="cross_entropy")
    with pytest.raises(ShapeError, match=r"^x gave no batch; a generator is spent after one pass"):
        small_net().evaluate(iter([]), loss="cross_entropy")
    wanted = small_net().evaluate(x, y, loss="cross_entropy")
    found = small_net().evaluate(islice(cycle([(x, y)]), 3), loss="cross_entropy")
    assert found == pytest.approx(wanted)


def test_a_spent_generator_explains_itself():
    x, y = problem()
    with pytest.raises(ShapeError, match="a generator is spent after one pass: give a list"):
        fit(((x, y) for _ in range(3)), epochs=2)


def test_an_iterator_is_closed_on_every_way_out():
    closed = []

    def batches(bad):
        try:
            yield problem()
            yield bad
        finally:
            closed.append(True)

    fit(batches(problem()))
    with pytest.raises(ShapeError):
        fit(batches(0))
    assert closed == [True, True]


# Epochs that are no passes


def parts(rows=8):
    x, y = problem()
    return [(x[start : start + rows], y[start : start + rows]) for start in range(0, 40, rows)]


def endless():
    while True:
        yield from parts()


def test_an_endless_iterable_has_epochs_of_so_many_steps(backend, capsys):
    once = [endless(), cycle(parts()), Again(cycle(parts()))]
    for batches in (*once, parts(), Again(parts()), Loader(*problem(), batch_size=8, shuffle=False)):
        net = small_net()
        history = net.fit(batches, loss="cross_entropy", optimizer=SGD(0.1), epochs=5, steps_per_epoch=3, verbose=1)
        assert "epoch 5/5: loss" in capsys.readouterr().err
        assert len(history["loss"]) == 5
        # The same 15 steps as three passes, each epoch going on where the last one ended.
        twin = small_net()
        steps = twin.fit(parts(), loss="cross_entropy", optimizer=SGD(0.1), epochs=3, verbose=0).step_losses
        assert history.step_losses == steps
        assert net.vector.value.tobytes() == twin.vector.value.tobytes()
        assert history["loss"] == pytest.approx(np.reshape(steps, (5, 3)).mean(axis=1))


def test_a_second_training_goes_on_in_the_same_generator():
    batches, closed = endless(), []
    net, twin = small_net(), small_net()
    trainer = Trainer(net, loss="cross_entropy")
    trainer.fit(batches, steps_per_epoch=3, verbose=0)
    trainer.fit(batches, steps_per_epoch=2, verbose=0)
    twin.fit(parts(), loss="cross_entropy", verbose=0)
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()

    class Passes:
        def __iter__(self):
            try:
                yield from endless()
            finally:
                closed.append(True)

    fit(Passes(), epochs=3, steps_per_epoch=4)
    assert closed == [True]  # what the training opened, it closes


@pytest.mark.parametrize("after", [1, 6, 10, 11])
@pytest.mark.parametrize("make", [Again, lambda batches: Loader(*problem(), batch_size=8)])
def test_it_goes_on_in_the_middle_of_a_pass(tmp_path, make, after):
    class Interrupt(Callback):
        def on_step_end(self, training):
            if training.trainer.steps == after:
                raise KeyboardInterrupt

    def train(folder, *callbacks):
        checkpoint = Checkpoint(folder, every_steps=2, every_epochs=1, resume=True)
        return fit(make(parts()), epochs=5, steps_per_epoch=3, callbacks=[*callbacks, checkpoint])

    wanted = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", Interrupt())
    assert train(tmp_path / "broken") == wanted
    with pytest.raises(ValueError, match="had other settings: steps_per_epoch was 3, is 4"):
        fit(make(parts()), steps_per_epoch=4, callbacks=[Checkpoint(tmp_path / "broken", resume=True)])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"x": [], "steps_per_epoch": 2}, ShapeError, "x gave no batch$"),
        ({"x": iter(parts()), "steps_per_epoch": 6}, ShapeError, "a generator is spent after one pass"),
        ({"x": parts(), "steps_per_epoch": 0}, ValueError, "fit: steps_per_epoch must be an integer from 1"),
        ({"x": parts(), "steps_per_epoch": 2.5}, DTypeError, "fit: steps_per_epoch"),
        (
            dict(zip("xy", problem(), strict=True)) | {"steps_per_epoch": 2},
            ValueError,
            "goes with an iterable of batch",
        ),
    ],
)
def test_steps_that_cannot_be(arguments, error, words):
    with pytest.raises(error, match=words):
        fit(**arguments)


# Memory-mapped arrays


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("validation_split", [0, 0.2])
def test_mapped_arrays_train_as_arrays_do(backend, tmp_path, shuffle, validation_split):
    x, y = problem(50)
    weights = np.linspace(0, 1, 50)
    arguments = {"shuffle": shuffle, "validation_split": validation_split, "epochs": 2, "batch_size": 8}
    mapped = on_disk(x, tmp_path, "x"), on_disk(y, tmp_path, "y")
    for extra in ({}, {"sample_weight": weights}, {"class_weight": {0: 3}}):
        wanted = fit(x, y, **arguments, **extra)
        assert fit(*mapped, **arguments, **extra) == wanted
        assert fit(mapped[0], y, **arguments, **extra) == wanted


def test_types_that_fit_are_converted_batch_by_batch(backend, tmp_path):
    x, y = problem(50)
    small = (x * 20).astype("int8")
    wanted = fit(small.astype("float32"), y)
    labels = on_disk(y.astype(">i4"), tmp_path, "y")
    for dtype in ("int8", ">i2"):
        assert fit(on_disk(small.astype(dtype), tmp_path, dtype[-2:]), labels) == wanted
    fortran = np.memmap(tmp_path / "f", "float32", "w+", shape=x.shape, order="F")
    fortran[...] = small
    assert fit(fortran, y) == wanted
    net = small_net()
    net.loss = Trainer(net, loss="cross_entropy").loss
    assert net.evaluate(on_disk(x, tmp_path, "x"), labels) == net.evaluate(x, y)


def test_what_is_wrong_with_mapped_arrays_is_found_at_the_latest_in_its_batch(tmp_path):
    x, y = problem(50)
    with pytest.raises(ShapeError, match=r"x must have shape \(N, 4\)"):
        fit(on_disk(x[:, :3].copy(), tmp_path, "a"), y)
    with pytest.raises(DTypeError, match="x must be float32"):
        fit(on_disk(x.astype("float64"), tmp_path, "b"), y)
    with pytest.raises(ShapeError, match="x has 50 rows, but y has 2"):
        fit(on_disk(x, tmp_path, "c"), y[:2])
    with pytest.raises(ShapeError, match=r"sample_weight must have shape \(50,\)"):
        fit(on_disk(x, tmp_path, "d"), y, sample_weight=[1])
    x[40, 2], net = np.inf, small_net()
    with pytest.raises(NumericError, match=r"x holds 1 number\(s\) that are not finite, the first is inf"):
        fit(on_disk(x, tmp_path, "e"), y, net=net, shuffle=False, batch_size=10)
    assert np.isfinite(net.vector.value).all()


@pytest.mark.parametrize("shuffle", [True, False])
def test_memory_does_not_grow_with_the_data(tmp_path, shuffle):
    rows, features = 50_000, 1024  # 205 MB on paper; the file is sparse
    with open(tmp_path / "x", "wb") as file:
        file.truncate(rows * features * 4)
    x = np.memmap(tmp_path / "x", "float32", "r", shape=(rows, features))
    y = np.zeros((rows, 1), np.float32)
    net = Sequential([Dense(1)], features)
    tracemalloc.start()
    try:
        net.fit(x, y, loss="l1", batch_size=500, shuffle=shuffle, validation_split=0.1, verbose=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16e6  # batches of 2 MB, the order of all rows, and the predictions


def test_the_targets_may_be_mapped_images(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    net = NeuralNetwork(3, [], 3)
    twin = NeuralNetwork(3, [], 3)
    mapped = on_disk(x, tmp_path, "x")
    net.fit(mapped, mapped, loss="l1", verbose=0)
    twin.fit(x, x, loss="l1", verbose=0)
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()


# The place of what is wrong


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("held_out", [0.0, 0.25])
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("x", np.nan, r"x holds 1 number\(s\) that are not finite, the first is nan at x\[31, 2\]"),
        ("y", 7, r"y\[31\] is 7, but the network has 3 classes"),
        ("sample_weight", -1.0, r"sample_weight must hold finite numbers >= 0, got -1.0 at sample_weight\[31\]"),
    ],
)
def test_the_place_in_a_mapped_array_is_named_and_not_that_in_the_batch(
    tmp_path, shuffle, held_out, name, value, words
):
    x, y = problem()
    arrays = {"x": x, "y": y % 2, "sample_weight": np.ones(40)}
    arrays[name][(31, 2) if name == "x" else 31] = value
    if held_out and name == "y":
        pytest.skip("labels are looked at as a whole to hold them out in proportion")
    arrays = {name: on_disk(values, tmp_path, name) for name, values in arrays.items()}
    with pytest.raises((NumericError, ValueError), match=words):
        fit(**arrays, batch_size=8, shuffle=shuffle, validation_split=held_out, epochs=2)


def test_the_place_in_mapped_arrays_of_validation_and_evaluation_is_named(tmp_path):
    x, y = problem(600)
    net = small_net()
    net.fit(x, y, loss="cross_entropy", verbose=0)
    x[580, 1] = np.inf
    x, y = on_disk(x, tmp_path, "x"), on_disk(y, tmp_path, "y")
    with pytest.raises(NumericError, match=r"the first is inf at x\[580, 1\]"):
        net.evaluate(x, y)
    with pytest.raises(NumericError, match=r"validation x holds .*, the first is inf at validation x\[580, 1\]"):
        fit(x[:500].copy(), y[:500].copy(), validation_data=(x, y))


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_loader_knows_the_row_of_what_is_wrong_in_a_batch(prefetch):
    x, y = problem()
    x[31, 2] = np.nan
    with pytest.raises(NumericError, match=r"batch \d: x\[\d, 2\]; it comes from row 31 of the arrays"):
        fit(Loader(x, y, batch_size=8, prefetch=prefetch))
    x, y = problem()
    y[30] = 9
    with pytest.raises(ValueError, match=r"batch \d: y\[\d\] is 9, .*; it comes from row 30 of the arrays"):
        fit(Loader(x, y, batch_size=8, prefetch=prefetch))


# Labels that change


@pytest.mark.parametrize("label", [100, 10**9, -1, -(10**9)])
@pytest.mark.parametrize("held_out", [0.0, 0.25])
def test_a_label_that_a_callback_spoils_is_named(backend, label, held_out):
    x, y = problem()
    y = np.ascontiguousarray(y % 2, np.int64)

    class Spoil(Callback):
        def on_epoch_end(self, training):
            y[33] = label

    words = rf"y\[33\] is {label}, but the network has 3 classes"
    with pytest.raises(ValueError, match=words):
        small_net().fit(
            *(x, y), loss="cross_entropy", epochs=3, validation_split=held_out, verbose=0, callbacks=[Spoil()]
        )


def test_a_label_of_validation_that_a_callback_spoils_is_named(backend):
    x, y = problem()
    validation = y.astype(np.int64)

    class Spoil(Callback):
        def on_epoch_end(self, training):
            validation[4] = 9

    with pytest.raises(ValueError, match=r"validation y\[4\] is 9"):
        small_net().fit(
            *(x, y), loss="cross_entropy", epochs=3, verbose=0, validation_data=(x, validation), callbacks=[Spoil()]
        )


def test_labels_that_a_callback_changes_are_learned(backend):
    x, y = problem()
    y = np.zeros(40, np.int64)

    class Relabel(Callback):
        def on_epoch_end(self, training):
            y[:] = 2

    net = small_net()
    net.fit(x, y, loss="cross_entropy", optimizer=Adam(0.1), epochs=30, verbose=0, callbacks=[Relabel()])
    assert (net.predict_classes(x) == 2).all()
