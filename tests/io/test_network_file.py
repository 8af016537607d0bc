"""Files of networks: equal outputs after saving and loading, and an error of nnfs for every wrong file."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import nnfs
from nnfs import (
    CNN,
    ELU,
    GELU,
    AvgPool2D,
    BatchNorm,
    ChecksumError,
    Concat,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    DTypeError,
    Flatten,
    FormatError,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    NeuralNetwork,
    Normalization,
    NumericError,
    Padding2D,
    ReLU,
    Reshape,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    UnsupportedError,
    Upsample2D,
)
from nnfs.io import network_file
from nnfs.losses import LOSSES, Huber, Loss


def layers_of_many_kinds():
    return [
        Normalization(mean_initializer="ones"),
        Padding2D((1, 0, 2, 1)),
        Conv2D(4, (3, 2), stride=(1, 2), padding="same", dilation=1, groups=2, initializer="glorot_normal"),
        BatchNorm(momentum=0.2),
        ReLU(),
        MaxPool2D(2, stride=(1, 2), padding=1),
        Conv2D(2, 1, use_bias=False),
        LeakyReLU(0.2),
        Residual([Conv2D(2, 1), GELU("tanh"), Residual([SiLU()])], [ConvTranspose2D(2, 1, bias_initializer="ones")]),
        Concat([[Upsample2D((1, 2)), ELU(0.5)], [Upsample2D((1, 2), mode="bilinear")]]),
        AvgPool2D((1, 2), count_include_pad=False),
        LayerNorm(2, epsilon=1e-3),
        Concat([[GlobalAvgPool2D()], [GlobalMaxPool2D()], [Flatten()]]),
        Softplus(2),
        Reshape((-1, 4)),
        Flatten(),
        Dense(5, bias_initializer="lecun_normal"),
        Tanh(),
        Dropout(0.25),
        Sigmoid(),
        Dense(3),
        Softmax(),
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loaded_network_has_equal_outputs(dtype, backend, path):
    network = Sequential(layers_of_many_kinds(), (2, 6, 7), seed=5, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(4, 2, 6, 7)).astype(dtype)
    nnfs.save(network, path)
    loaded = nnfs.load(path)
    assert loaded.predict(x).tobytes() == network.predict(x).tobytes()
    assert repr(loaded) == repr(network)
    assert (loaded.seed, loaded.dtype, loaded.loss) == (5, np.dtype(dtype), None)


@pytest.mark.parametrize("make", [lambda: NeuralNetwork(4, [3], 2), lambda: CNN((1, 8, 8), [2], 3, hidden_units=[4])])
def test_a_model_comes_back_as_a_plain_sequential(make, path):
    network = make()
    nnfs.save(network, path)
    assert type(nnfs.load(path)) is Sequential
    assert repr(nnfs.load(path).layers) == repr(network.layers)


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_is_saved(name, path):
    network = NeuralNetwork(2, [], 2)
    network.loss = Huber(0.3) if name == "huber" else LOSSES[name]()
    nnfs.save(network, path)
    assert repr(nnfs.load(path).loss) == repr(network.loss)


def test_a_loaded_network_trains_like_the_saved_one(path):
    network = NeuralNetwork(2, [8], 1, seed=3)
    x = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    nnfs.save(network, path)
    loaded = nnfs.load(path)
    for each in (network, loaded):
        each.fit(x, x[:, :1] * x[:, 1:], loss="mean_squared_error", epochs=2, verbose=0)
    assert loaded.vector.value.tobytes() == network.vector.value.tobytes()
    assert loaded.evaluate(x, x[:, :1]) == network.evaluate(x, x[:, :1])


def test_the_same_network_gives_the_same_file(path):
    contents = set()
    for _ in range(3):
        nnfs.save(Sequential([Dense(3), Dense(2)], 4, seed=7), path)
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_numpy_numbers_and_functions_become_plain_values(path):
    def ones(shape, fan_in, fan_out, rng):
        return np.ones(shape)

    layers = [Conv2D(np.int64(2), (np.int32(3), 3), initializer=ones), LeakyReLU(np.float32(0.5)), Flatten()]
    dense = Dense(2, initializer=nnfs.initializers.lecun_normal)
    network = Sequential([*layers, dense], (1, 5, 5))
    nnfs.save(network, path)
    loaded = nnfs.load(path)
    assert loaded.layers[0].config()["initializer"] == "zeros"
    assert loaded.layers[3].initializer == "lecun_normal"
    assert loaded.layers[0].kernel_size == (3, 3)
    assert loaded.vector.value.tobytes() == network.vector.value.tobytes()


def test_a_layer_used_twice_is_one_layer_again(path):
    shared = Dense(3)
    network = Sequential([shared, ReLU(), shared], 3)
    nnfs.save(network, path)
    loaded = nnfs.load(path)
    assert loaded.layers[0] is loaded.layers[2]
    assert loaded.vector.value.size == 12
    assert list(loaded.parameters) == ["0.weight", "0.bias", "2.weight", "2.bias"]


class Scale(Layer):
    """A layer of a user, with a parameter of its own."""

    def __init__(self, factors=(1.0, 2.0), *, options=None):
        self.factors = factors
        self.options = options

    def build(self, input_shape, rng, dtype):
        self.scale = nnfs.Parameter(np.array(self.factors, dtype))

    def forward(self, x, ctx):
        return x * self.scale.value


def test_a_layer_class_of_the_users_is_saved_and_loaded(path):
    network = Sequential([Dense(2), Scale((3.0, 4.0), options={"a": [1, None]})], 2)
    network.layers[1].scale.value[...] = [5, 6]
    nnfs.save(network, path)
    with pytest.raises(UnsupportedError, match=r"layers\[1\] is 'Scale'.* nnfs.load\(path, layers=\[Scale\]\)"):
        nnfs.load(path)
    loaded = nnfs.load(path, layers=[Scale])
    assert loaded.layers[1].factors == (3.0, 4.0)
    assert loaded.layers[1].options == {"a": (1, None)}
    np.testing.assert_array_equal(loaded.layers[1].scale.value, [5, 6])


def test_wrong_layer_classes_and_known_names_are_refused(path):
    nnfs.save(NeuralNetwork(2, [], 1), path)
    with pytest.raises(DTypeError, match="classes that extend Layer, got 3"):
        nnfs.load(path, layers=[3])
    with pytest.raises(DTypeError, match="must be a list of classes"):
        nnfs.load(path, layers=Scale)
    with pytest.raises(DTypeError, match="Dense"):
        nnfs.load(path, layers=[Dense(1)])
    own = type("Dense", (Layer,), {})
    with pytest.raises(ValueError, match="two layer classes have the name Dense"):
        nnfs.load(path, layers=[own])


def test_a_network_that_could_not_be_loaded_is_not_saved(path):
    class Forgetful(Layer):
        def __init__(self, rate):
            pass

    own = type("ReLU", (Layer,), {})
    cases = [
        (Scale(options=object()), "layer 0, Scale: options is <object"),
        (Scale(options=float("nan")), "layer 0, Scale: options is nan"),
        (Scale(options=len), "layer 0, Scale: options is <built-in"),
        (Forgetful(1), "layer 0, Forgetful: must keep each argument"),
        (own(), "your class has the name of a layer of nnfs"),
    ]
    for layer, words in cases:
        with pytest.raises(UnsupportedError, match=words):
            nnfs.save(Sequential([layer], 2), path)
        assert not path.exists()
    with pytest.raises(DTypeError, match="network must be a Sequential, got dict"):
        nnfs.save({}, path)


def test_an_estimator_is_refused_with_the_network_in_it(path):
    pytest.importorskip("sklearn")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from nnfs.sklearn import NNClassifier

    for estimator, own in (
        (NNClassifier(), "estimator"),
        (make_pipeline(StandardScaler(), NNClassifier()), r"pipeline\[-1\]"),
    ):
        with pytest.raises(DTypeError, match=rf"got {type(estimator).__name__}; its network is {own}\.network_"):
            nnfs.save(estimator, path)
    assert not path.exists()


def test_a_loss_of_the_user_is_left_out(path):
    class Own(Loss):
        name = "own"

    network = NeuralNetwork(2, [], 1)
    network.loss = Own()
    nnfs.save(network, path)
    assert nnfs.load(path).loss is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_broken_network_never_replaces_a_good_file(value, path):
    network = NeuralNetwork(2, [3], 1)
    nnfs.save(network, path)
    before = path.read_bytes()
    network.parameters["2.weight"].value[0, 1] = value
    with pytest.raises(NumericError, match=r"2\.weight holds 1 of 3 numbers that are not finite"):
        nnfs.save(network, path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_an_error_for_weights_alone_shows_how_to_load_them(path):
    nnfs.io.save_weights(NeuralNetwork(2, [3], 1).state_dict(), path)
    with pytest.raises(FormatError, match=r"weights alone.*network.load_state_dict\(nnfs.io.load_weights\('"):
        nnfs.load(path)


def test_flipped_bits_of_the_header_are_found(path):
    nnfs.save(Sequential([Dense(1, use_bias=False)], 1), path)
    whole = path.read_bytes()
    # All bits were tried once. Every third bit tests each byte, and takes a third of the time.
    for bit in range(0, 8 * (8 + int.from_bytes(whole[:8], "little")), 3):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises((FormatError, UnsupportedError)):
            nnfs.load(path)


def test_every_flipped_byte_of_the_weights_is_found(path, saved):
    whole = path.read_bytes()
    for index in range(8 + int.from_bytes(whole[:8], "little"), len(whole)):
        flipped = bytearray(whole)
        flipped[index] ^= 255
        path.write_bytes(flipped)
        with pytest.raises(ChecksumError, match=r"was changed after it was written: got the SHA-256 \w+, wanted '\w+'"):
            nnfs.load(path)


def test_a_failed_write_leaves_the_old_file(path, saved, monkeypatch):
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nnfs.system.atomic.os.replace", fail)
    with pytest.raises(OSError, match="No space left") as caught:
        nnfs.save(NeuralNetwork(2, [], 1), path)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_weights_go_to_pytorch_and_back(path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    network = CNN((1, 8, 8), [4], 3, padding=0, hidden_units=[16], output_shape=5, seed=2)
    nnfs.save(network, path)
    nn = torch.nn
    theirs = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Linear(16, 5)
    )
    assert theirs.load_state_dict(load_file(path), strict=True)
    x = np.random.default_rng(0).normal(size=(3, 1, 8, 8)).astype(np.float32)
    with torch.no_grad():
        np.testing.assert_allclose(theirs(torch.from_numpy(x)).numpy(), network.predict(x), rtol=1e-5, atol=1e-6)
        for parameter in theirs.parameters():
            parameter += 0.1
    save_file(theirs.state_dict(), path)
    network.load_state_dict(nnfs.io.load_weights(path))
    with torch.no_grad():
        np.testing.assert_allclose(theirs(torch.from_numpy(x)).numpy(), network.predict(x), rtol=1e-5, atol=1e-6)


def test_weights_of_pytorch_in_16_bits_go_into_a_network(backend, path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    weight = torch.tensor([[1.5, -2.25], [0.125, 3e38]])
    bias = torch.tensor([0.5, 2.0])
    save_file({"0.weight": weight.bfloat16(), "0.bias": bias.half()}, path)
    state = nnfs.io.load_weights(path)
    np.testing.assert_array_equal(state["0.weight"], weight.bfloat16().float().numpy(), strict=True)
    network = nnfs.Sequential([nnfs.Dense(2)], 2)
    network.load_state_dict(state)
    np.testing.assert_array_equal(network.layers[0].bias.value, bias.numpy(), strict=True)


def test_importing_loads_nothing_heavy():
    script = "import sys, numpy; before = set(sys.modules); import nnfs.io; print(*(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"json", "hashlib", "safetensors", "tempfile", "shutil"} & set(ran.stdout.split())
    assert network_file.save is nnfs.save
