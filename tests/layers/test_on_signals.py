"""Networks for signals: the bits of the network for images of one row, exact resumption, and what is refused."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import nnfs
from nnfs import (
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Conv1D,
    Conv2D,
    Dense,
    Flatten,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    LayerNorm,
    LeakyReLU,
    MaxPool1D,
    MaxPool2D,
    ReLU,
    Residual,
    Sequential,
    ShapeError,
)
from nnfs.optimizers import Adam

LENGTH = 60


def of_signals(end=GlobalAvgPool1D, **options):
    layers = [Conv1D(6, 5, padding=2), BatchNorm(), ReLU(), MaxPool1D(2), Conv1D(4, 3, stride=2, groups=2), ReLU()]
    layers += [Residual([Conv1D(4, 3, padding="same"), ReLU()]), Conv1D(5, 3, dilation=2, padding=(4, 0)), LeakyReLU()]
    layers += [MaxPool1D(2), AvgPool1D(2, padding=1, count_include_pad=False), BatchNorm(), end(), Dense(3)]
    return Sequential(layers, (2, LENGTH), seed=1, **options)


def of_images(end=GlobalAvgPool2D, **options):
    layers = [Conv2D(6, (1, 5), padding=(0, 2)), BatchNorm(), ReLU(), MaxPool2D((1, 2))]
    layers += [Conv2D(4, (1, 3), stride=(1, 2), groups=2), ReLU()]
    layers += [Residual([Conv2D(4, (1, 3), padding="same"), ReLU()])]
    layers += [Conv2D(5, (1, 3), dilation=(1, 2), padding=(0, 0, 4, 0)), LeakyReLU(), MaxPool2D((1, 2))]
    layers += [AvgPool2D((1, 2), padding=(0, 1), count_include_pad=False), BatchNorm(), end(), Dense(3)]
    return Sequential(layers, (2, 1, LENGTH), seed=1, **options)


def data(rows=50, dtype="f4"):
    x = np.random.default_rng(0).normal(size=(rows, 2, LENGTH)).astype(dtype)
    return x, (x[:, 0].std(axis=1) * 30).astype(int) % 3


ENDS = [(GlobalAvgPool1D, GlobalAvgPool2D), (GlobalMaxPool1D, GlobalMaxPool2D), (Flatten, Flatten)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("ends", ENDS)
def test_they_train_and_predict_with_the_bits_of_images_of_one_row(backend, ends, fuse, dtype):
    ours, theirs = of_signals(ends[0], fuse=fuse, dtype=dtype), of_images(ends[1], fuse=fuse, dtype=dtype)
    x, y = data(dtype=dtype)
    options = {"epochs": 3, "batch_size": 16, "loss": "cross_entropy", "optimizer": "adam", "verbose": 0}
    losses = [net.fit(images, y, **options)["loss"] for net, images in ((ours, x), (theirs, x[:, :, None]))]
    assert losses[0] == losses[1]
    assert ours.vector.value.tobytes() == theirs.vector.value.tobytes()
    assert ours.predict(x).tobytes() == theirs.predict(x[:, :, None]).tobytes()


def test_what_is_fused_for_images_is_fused_for_signals():
    found = [[type(node).__name__.removeprefix("Signal") for node in net.nodes] for net in (of_signals(), of_images())]
    assert [name.replace("1D", "2D") for name in found[0]] == found[1]


def test_an_interrupted_training_goes_on_bit_for_bit(backend, tmp_path):
    x, y = data()
    options = {"batch_size": 16, "loss": "cross_entropy", "optimizer": "adam", "verbose": 0}
    whole = of_signals()
    whole.fit(x, y, epochs=4, **options)
    of_signals().fit(x, y, epochs=2, callbacks=[nnfs.callbacks.Checkpoint(tmp_path)], **options)
    again = of_signals()
    again.fit(x, y, epochs=4, callbacks=[nnfs.callbacks.Checkpoint(tmp_path, resume=True)], **options)
    assert again.digest() == whole.digest()


def test_rows_pass_through_dense_and_layer_norm(backend, tmp_path):
    """T rows of D numbers: every row is treated alike, and no row sees another one before the pool."""
    layers = [Dense(8), LayerNorm(1), ReLU(), Dense(4), Flatten(), Dense(2)]
    net = Sequential(layers, (5, 3), seed=0)
    x = np.random.default_rng(0).normal(size=(40, 5, 3)).astype("f4")
    y = (x.mean((1, 2)) > 0).astype(int)
    history = net.fit(x, y, epochs=30, batch_size=8, loss="cross_entropy", optimizer=Adam(0.02), verbose=0)
    assert history["loss"][-1] < history["loss"][0] / 2
    rows = Sequential(copy.deepcopy([Dense(8), LayerNorm(1), ReLU(), Dense(4)]), (3,), seed=0)
    for name, parameter in rows.parameters.items():
        parameter.value[...] = net.parameters[name].value
    each = rows.predict(np.ascontiguousarray(x[:, 2]))
    np.testing.assert_array_equal(list(net.trace(x))[3][1][:, 2], each)
    nnfs.save(net, tmp_path / "net.safetensors")
    assert nnfs.load(tmp_path / "net.safetensors").predict(x).tobytes() == net.predict(x).tobytes()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_a_kernel_of_keras_gives_its_outputs(backend, keras):
    x = np.random.default_rng(0).normal(size=(3, 20, 2)).astype("f4")  # channels last
    theirs = keras.layers.Conv1D(4, 5, strides=2, padding="valid")
    wanted = keras.ops.convert_to_numpy(theirs(x))
    net = Sequential([Conv1D(4, 5, stride=2)], (2, 20))
    kernel, bias = theirs.get_weights()
    net.load_state_dict({"0.weight": np.ascontiguousarray(kernel.transpose(2, 1, 0)), "0.bias": bias})
    found = net.predict(np.ascontiguousarray(x.transpose(0, 2, 1)))
    np.testing.assert_allclose(found.transpose(0, 2, 1), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("freeze", [0, 4, 7])
@pytest.mark.parametrize("fuse", [True, False])
def test_a_frozen_layer_keeps_its_numbers_and_the_others_learn_as_in_images(backend, fuse, freeze):
    ours, theirs = of_signals(fuse=fuse), of_images(fuse=fuse)
    x, y = data()
    for net, images in ((ours, x), (theirs, x[:, :, None])):
        net.layers[freeze].trainable = False
        net.fit(images, y, epochs=2, loss="cross_entropy", verbose=0)
    assert ours.vector.value.tobytes() == theirs.vector.value.tobytes()
    assert ours.layers[freeze].weight.value.tobytes() == of_signals().layers[freeze].weight.value.tobytes()


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((4, LENGTH), "f4"), r"x must have shape \(N, 2, 60\), got \(4, 60\)"),
        (np.zeros((2, LENGTH), "f4"), r"one sample without its batch axis: x\[None\]"),
        (np.zeros((4, LENGTH, 2), "f4"), r"looks like \(N, L, C\), nnfs wants \(N, C, L\): x.transpose\(0, 2, 1\)"),
        (np.zeros((4, 2, 1, LENGTH), "f4"), r"the numbers would fit: x.reshape\(-1, 2, 60\)"),
    ],
)
def test_samples_of_another_shape_are_refused_with_the_corrected_line(x, words):
    net = of_signals()
    for call in (net.predict, lambda x: net.fit(x, np.zeros(len(x), int), loss="cross_entropy", verbose=0)):
        with pytest.raises(ShapeError, match=words):
            call(x)


def test_one_channel_without_its_axis_is_refused_with_the_corrected_line():
    net = Sequential([Conv1D(2, 3), Flatten(), Dense(2)], (1, 9))
    with pytest.raises(ShapeError, match=r"the channel axis is missing: x\[:, None\]"):
        net.predict(np.zeros((4, 9), "f4"))
