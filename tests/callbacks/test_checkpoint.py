"""A training that was stopped anywhere, and goes on from its newest checkpoint, ends with the same bits."""

import errno
import os
import warnings

import numpy as np
import pytest
from trainings import problem, small_net

import nnfs
from nnfs import BatchNorm, Conv2D, Dense, Dropout, Flatten, FormatError, ReLU, Sequential
from nnfs.callbacks import Callback, Checkpoint, EarlyStopping, ReduceOnPlateau, Statistics
from nnfs.data import Loader
from nnfs.io.checkpoints import list_checkpoints, load_checkpoint, newest_checkpoint
from nnfs.optimizers import SGD, Adam, AdamW, RMSprop
from nnfs.schedules import Cosine, WarmUp


def jitter(x, rng):
    return x + rng.normal(scale=0.1, size=x.shape).astype(x.dtype)


OPTIMIZERS = {
    "momentum": lambda: SGD(WarmUp(Cosine(0.2, 12), 4), momentum=0.9, nesterov=True),
    "adam": lambda: Adam(Cosine(0.02, 20)),
    "adamw": lambda: AdamW(0.01),
    "rmsprop": lambda: RMSprop(0.003),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Do not wait for the disk, hundreds of times; that files are on it when they get their names is atomic's test."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


class Interrupt(Callback):
    """Stop after some steps, as Ctrl-C does."""

    def __init__(self, after):
        self.after = after

    def on_pause(self, training):
        if training.trainer.steps == self.after:
            raise KeyboardInterrupt


def train(folder, *, optimizer="adam", resume=False, after=None, every_steps=1, callbacks=(), seed=3, **arguments):
    """Train on 32 samples, held out of 40, in batches of 5: 7 steps an epoch, the last one smaller."""
    net = Sequential([Dense(6), BatchNorm(), ReLU(), Dropout(0.3), Dense(3)], 4, seed=seed)
    x, y = problem()
    others = [Interrupt(after)] if after else []
    fixed = {
        "loss": "cross_entropy",
        "optimizer": OPTIMIZERS[optimizer](),
        "epochs": 3,
        "batch_size": 5,
        "validation_split": 0.2,
        "augment": [jitter],
        "sample_weight": np.linspace(0.5, 1, 40),
        "verbose": 0,
    }
    history = net.fit(
        x,
        y,
        **fixed | arguments,
        callbacks=[*others, *callbacks, Checkpoint(folder, every_steps=every_steps, resume=resume)],
    )
    return fingerprint(net, history)


def fingerprint(net, history):
    epochs = [{name: value for name, value in figures.items() if name != "seconds"} for figures in history.epochs]
    generators = [rng.bit_generator.state for rng in (net.shuffling, net.dropout, net.augmentation)]
    return {name: array.tobytes() for name, array in net.state_dict().items()}, history.step_losses, epochs, generators


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("after", [1, 6, 7, 8, 13, 20])
def test_it_goes_on_with_the_same_bits(backend, tmp_path, optimizer, after):
    wanted = train(tmp_path / "whole", optimizer=optimizer)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", optimizer=optimizer, after=after, every_steps=1 + after % 3)
    resumed = train(tmp_path / "broken", optimizer=optimizer, resume=True, every_steps=2)
    assert resumed == wanted
    assert len(wanted[1]) == 21
    assert train(tmp_path / "broken", optimizer=optimizer, resume=True) == wanted  # nothing is left to do


@pytest.mark.parametrize("every", [{"every_epochs": 1}, {"every_epochs": 2}, {"seconds": 0}, {}])
def test_checkpoints_come_as_often_as_wanted(tmp_path, every):
    steps = []

    class Look(Callback):
        def on_epoch_begin(self, training):
            steps.append([int(os.path.basename(path)[11:23]) for path in list_checkpoints(tmp_path / "a")])

    net, (x, y) = Sequential([Dense(3)], 4), problem()
    callbacks = [Look(), Checkpoint(tmp_path / "a", **every)]
    net.fit(x, y, loss="cross_entropy", epochs=5, batch_size=20, verbose=0, callbacks=callbacks)
    if "seconds" in every:
        assert steps == [[], [1, 2], [3, 4], [5, 6], [7, 8]]
    elif every.get("every_epochs") == 2:
        assert steps == [[], [], [4], [4], [4, 8]]
    else:
        assert steps == [[], [2], [2, 4], [4, 6], [6, 8]]
    assert list_checkpoints(tmp_path / "a")[-1].endswith("checkpoint-000000000010.safetensors")  # the end, in any case


def test_what_callbacks_remember_goes_on_too(tmp_path):
    def callbacks():
        return [
            EarlyStopping("val_accuracy", patience=2),
            ReduceOnPlateau("loss", patience=1, factor=0.5),
            Statistics(every_steps=2),
        ]

    arguments = {"epochs": 12, "optimizer": "momentum"}
    wanted = train(tmp_path / "whole", callbacks=callbacks(), **arguments)
    assert len(wanted[2]) < 12  # it stops early
    steps = len(wanted[1])
    for after in (3, 7, 16, steps - 1):
        folder = tmp_path / str(after)
        with pytest.raises(KeyboardInterrupt):
            train(folder, callbacks=callbacks(), after=after, **arguments)
        again = callbacks()
        assert train(folder, callbacks=again, resume=True, **arguments) == wanted
        assert [row["step"] for row in again[2].rows] == [step for step in range(2, steps + 1, 2) for _ in range(6)]


def test_more_epochs_can_follow(tmp_path):
    wanted = train(tmp_path / "a", epochs=4)
    train(tmp_path / "b", epochs=2)
    assert train(tmp_path / "b", epochs=4, resume=True) == wanted


@pytest.mark.parametrize("callbacks", [list, lambda: [EarlyStopping("loss", patience=1, minimum_change=10)]])
def test_a_program_that_was_finished_can_run_again(tmp_path, callbacks):
    x, y = problem()
    results = []
    for _ in range(2):
        net = small_net()
        both = [*callbacks(), Checkpoint(tmp_path / "run", resume=True)]
        net.fit(x, y, loss="cross_entropy", epochs=3, callbacks=both, verbose=0)
        nnfs.save(net, tmp_path / "net.safetensors")
        saved = nnfs.load(tmp_path / "net.safetensors")
        results.append((net.digest(), net.evaluate(x, y), saved.predict_proba(x).tolist()))
    assert results[0] == results[1]


def test_a_checkpoint_is_a_network_too(tmp_path):
    train(tmp_path)
    path = list_checkpoints(tmp_path)[-1]
    net = nnfs.load(path)
    state = load_checkpoint(path)["network"]
    assert all((state[name] == values).all() for name, values in net.state_dict().items())
    assert [type(layer).__name__ for layer in net.layers] == ["Dense", "BatchNorm", "ReLU", "Dropout", "Dense"]


class Again:
    """Give the same batches at each pass."""

    def __iter__(self):
        x, y = problem()
        return iter([(x[start : start + 5], y[start : start + 5]) for start in range(0, 40, 5)])


def mapped(folder):
    arrays = []
    for name, values in zip("xy", problem(), strict=True):
        values.tofile(folder / name)
        arrays.append(np.memmap(folder / name, values.dtype, "r", shape=values.shape))
    return arrays


SOURCES = {
    "loader": lambda folder: (Loader(*problem(), batch_size=5, augment=[jitter], prefetch=3),),
    "iterable": lambda folder: (Again(),),
    "list": lambda folder: (list(Again()),),
    "mapped": mapped,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("after", [3, 8, 11])
def test_whatever_gives_the_batches_it_goes_on_where_it_was(tmp_path, source, after):
    def fit(folder, *others, resume=False):
        net = Sequential([Dense(6), BatchNorm(), ReLU(), Dropout(0.3), Dense(3)], 4, seed=3)
        callbacks = [*others, Checkpoint(folder, every_steps=2, resume=resume)]
        arguments = {"loss": "cross_entropy", "epochs": 3, "augment": [jitter], "verbose": 0}
        if source == "mapped":
            arguments["batch_size"] = 5
        return fingerprint(net, net.fit(*SOURCES[source](tmp_path), **arguments, callbacks=callbacks))

    wanted = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "broken", Interrupt(after))
    assert fit(tmp_path / "broken", resume=True) == wanted
    assert len(wanted[1]) == 24


# Which training it goes on with


def test_a_folder_with_checkpoints_is_no_folder_for_another_training(tmp_path):
    train(tmp_path)
    before = list_checkpoints(tmp_path)
    with pytest.raises(ValueError, match=r"holds 2 checkpoint\(s\) of another training; .*resume=True\)"):
        train(tmp_path)
    assert list_checkpoints(tmp_path) == before


def test_resuming_where_there_is_nothing_begins(tmp_path):
    assert train(tmp_path / "a", resume=True) == train(tmp_path / "b")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"batch_size": 6}, "had other settings: batch_size was 5, is 6"),
        ({"optimizer": "adamw"}, "had other settings: optimizer was .*Adam.*, is .*AdamW"),
        (
            {"loss": nnfs.losses.CrossEntropy(label_smoothing=0.1)},
            "had other settings: loss.CrossEntropy.label_smoothing was 0.0, is 0.1; give",
        ),
        ({"seed": 4}, "had other settings: seed was 3, is 4; give the same again"),
        ({"shuffle": False}, "had other settings: shuffle was True, is False"),
        ({"augment": []}, r"had other settings: augment was \['jitter'\], is \[\]"),
        ({"clip_norm": 1.0}, "had other settings: clipping was None"),
        ({"class_weight": {0: 2}}, "had other settings: class_weight was None"),
        ({"validation_split": 0.25}, "had other settings: validation_split was 0.2, is 0.25"),
        ({"sample_weight": np.ones(40)}, "had other data"),
        ({"sample_weight": None}, "had other data"),
    ],
)
def test_other_settings_or_data_are_an_error(tmp_path, arguments, words):
    train(tmp_path)
    with pytest.raises(ValueError, match=words):
        train(tmp_path, resume=True, **arguments)


def test_other_samples_or_layers_are_an_error_that_changes_nothing(tmp_path):
    x, y = problem()
    arguments = {"loss": "cross_entropy", "verbose": 0}
    Sequential([Dense(3)], 4).fit(x, y, callbacks=[Checkpoint(tmp_path)], **arguments)
    other = x.copy()
    other[17, 2] += 1
    net = Sequential([Dense(3)], 4)
    net.vector.value += 1
    before = net.vector.value.copy()
    for data in ((other, y), (x, y[::-1]), (x[:-1], y[:-1]), (x.astype("float16"), y.astype("int8"))):
        if len(data[0]) == 40 and data[0].dtype == "float16":
            continue
        with pytest.raises(ValueError, match="had other data: x, y, sample_weight or validation_data differ"):
            net.fit(*data, callbacks=[Checkpoint(tmp_path, resume=True)], **arguments)
    with pytest.raises(ValueError, match="had other settings: layers was"):
        Sequential([Dense(3), ReLU()], 4).fit(x, y, callbacks=[Checkpoint(tmp_path, resume=True)], **arguments)
    np.testing.assert_array_equal(net.vector.value, before)


def test_another_backend_or_version_is_a_warning(tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, after=9)
    monkeypatch.setattr(np, "__version__", "1.0.0")
    words = "goes on elsewhere than it began, .* numpy was '.*', is '1.0.0'"
    with pytest.warns(UserWarning, match=words):
        train(tmp_path, resume=True)


def test_other_ways_to_the_same_numbers_are_a_warning(tmp_path, monkeypatch):
    x, y = np.zeros((4, 1, 6, 6), "f"), [0, 1, 0, 1]

    def fit():
        net = Sequential([Conv2D(2, 3), ReLU(), Flatten(), Dense(2)], (1, 6, 6))
        net.fit(x, y, loss="cross_entropy", verbose=0, callbacks=[Checkpoint(tmp_path, resume=True)])

    fit()
    monkeypatch.setenv("NNFS_FUSE", "0")
    with pytest.warns(UserWarning, match="numbers may differ in their last bits: nodes was .*, is .*'Conv2D', 'ReLU'"):
        fit()


@pytest.mark.parametrize(
    "other",
    [
        lambda x, y: Loader(x, y, batch_size=6),
        lambda x, y: Loader(x, y, batch_size=5, shuffle=False),
        lambda x, y: Loader(x, y, batch_size=5, seed=1),
        lambda x, y: Loader(x, y, batch_size=5, augment=[jitter]),
        lambda x, y: Loader(x + 1, y, batch_size=5),
        lambda x, y: Loader(x, y, np.ones(40), batch_size=5),
        lambda x, y: [(x, y)],
    ],
)
def test_another_loader_is_other_data(tmp_path, other):
    x, y = problem()

    def fit(batches):
        net = Sequential([Dense(3)], 4)
        net.fit(batches, loss="cross_entropy", verbose=0, callbacks=[Checkpoint(tmp_path, resume=True)])

    fit(Loader(x, y, batch_size=5))
    fit(Loader(x, y, batch_size=5, prefetch=0))
    with pytest.raises(ValueError, match=r"had other data: .* or what a Loader does with them; give the same again"):
        fit(other(x, y))


# What goes wrong


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_a_damaged_checkpoint_is_passed_over_and_said(tmp_path, damage):
    wanted = train(tmp_path / "whole")
    folder = tmp_path / "broken"
    with pytest.raises(KeyboardInterrupt):
        train(folder, after=11)
    older, newest = list_checkpoints(folder)
    with open(newest, "r+b") as file:
        data = bytearray(file.read())
        if damage == "flip":
            data[-40] ^= 1
        file.seek(0)
        file.truncate()
        file.write({"cut": data[:-1], "flip": data, "empty": b"", "text": b"not a checkpoint at all"}[damage])
    with pytest.warns(UserWarning, match=f"a damaged checkpoint was skipped: {newest}: .*Continuing from {older}"):
        assert train(folder, resume=True) == wanted
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert train(folder, resume=True) == wanted  # it was written anew
    for path in list_checkpoints(folder):
        os.truncate(path, 100)
    with pytest.raises(
        FormatError, match=f"no checkpoint is whole; without any, the training starts from the beginning: {newest[:20]}"
    ):
        train(folder, resume=True)


def test_a_full_disk_ends_the_training_or_not_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    calls = []

    def full(handle):
        calls.append(handle)
        if len(calls) > 13:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    x, y = problem()

    def fit(folder, **arguments):
        net = Sequential([Dense(3)], 4)
        checkpoint = Checkpoint(folder, every_steps=1, **arguments)
        net.fit(x, y, loss="cross_entropy", batch_size=4, verbose=0, callbacks=[checkpoint])
        return net.vector.value.tobytes()

    wanted = fit(tmp_path / "a")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device \(.* bytes needed, .* free\)"):
        fit(tmp_path / "b")
    assert newest_checkpoint(tmp_path / "b")["steps"] == 6
    assert len(os.listdir(tmp_path / "b")) == 2
    calls.clear()
    with pytest.warns(UserWarning, match="no checkpoint was saved, training goes on: .*No space left"):
        assert fit(tmp_path / "c", on_save_error="warn") == wanted
    monkeypatch.undo()
    assert newest_checkpoint(tmp_path / "c")["steps"] == 6
    assert fit(tmp_path / "b", resume=True) == wanted


def test_many_checkpoints_leave_two_files_and_no_open_handle(tmp_path):
    handles = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else None
    train(tmp_path, epochs=10)
    assert len(os.listdir(tmp_path)) == 2
    if handles is not None:
        assert len(os.listdir("/proc/self/fd")) == handles


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"every_steps": 0}, ValueError),
        ({"every_epochs": 1.5}, TypeError),
        ({"seconds": -1}, ValueError),
        ({"keep": 0}, ValueError),
        ({"on_save_error": "ignore"}, ValueError),
    ],
)
def test_bad_arguments(tmp_path, arguments, error):
    with pytest.raises(error, match="Checkpoint: "):
        Checkpoint(tmp_path, **arguments)
