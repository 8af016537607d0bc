import tracemalloc

import numpy as np
import pytest
from trainings import fit, problem, small_net

from nnfs import Dense, DTypeError, NeuralNetwork, NumericError, Sequential, ShapeError, Trainer
from nnfs.callbacks import Callback
from nnfs.optimizers import Adam


def on_disk(values, folder, name):
    mapped = np.memmap(folder / name, values.dtype, "w+", shape=values.shape)
    mapped[...] = values
    mapped.flush()
    return np.memmap(folder / name, values.dtype, "r", shape=values.shape)


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


def test_mapped_targets_are_held_out_and_weighted_by_class_as_others_are(tmp_path):
    x, y = problem(50)
    y = (y > 0).astype("uint8")

    def train(y, **arguments):
        net = NeuralNetwork(4, [], 1)
        net.fit(x, y, loss="binary_cross_entropy", verbose=0, **arguments)
        return net.digest()

    for arguments in ({"validation_split": 0.2}, {"class_weight": "balanced"}):
        assert train(on_disk(y, tmp_path, "y"), **arguments) == train(y, **arguments)


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
    net = small_net()
    before = net.digest()
    with pytest.raises(ValueError, match=r"^y\[49\] is 7, but the network has 3 classes"):
        fit(on_disk(x, tmp_path, "g"), np.append(y[:-1], 7), net=net)
    regression, wrong = Sequential([Dense(1)], 4), np.append(np.zeros(49, "float32"), np.float32(np.nan))
    with pytest.raises(NumericError, match=r"^y holds 1 number"):
        regression.fit(on_disk(x, tmp_path, "h"), wrong, loss="mean_squared_error", verbose=0)
    assert net.digest() == before
    x[40, 2] = np.inf
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
