"""A checkpoint is that of one training: other settings or data are an error, another machine is a warning."""

import numpy as np
import pytest
from checkpointed_training import jitter, train
from trainings import problem

import nnfs
from nnfs import Conv2D, Dense, Flatten, ReLU, Sequential
from nnfs.callbacks import Checkpoint
from nnfs.data import Loader
from nnfs.io.checkpoints import list_checkpoints

pytestmark = pytest.mark.usefixtures("no_fsync")


def test_a_folder_with_checkpoints_is_no_folder_for_another_training(tmp_path):
    train(tmp_path)
    before = list_checkpoints(tmp_path)
    with pytest.raises(ValueError, match=r"holds 2 checkpoint\(s\) of another training; .*resume=True\)"):
        train(tmp_path)
    assert list_checkpoints(tmp_path) == before


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
