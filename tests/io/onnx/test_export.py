"""Writing networks: every layer agrees with ONNX's checker, its reference and onnxruntime, and is read back exactly."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx_models import run_onnxruntime

import nnfs
import nnfs.io.onnx
from nnfs import (
    ELU,
    GELU,
    AvgPool2D,
    BatchNorm,
    Concat,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    DTypeError,
    Flatten,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
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
from nnfs.io.onnx import export

NETWORKS = 60


def draw_layers(rng):
    """Return the layers of a random network for images (2, 9, 8); all drawn layers fit together."""

    def pair(low, high):
        return tuple(int(size) for size in rng.integers(low, high, 2))

    def activation():
        choices = (ReLU(), LeakyReLU(round(float(rng.uniform(0, 1)), 3)), Sigmoid(), Tanh(), Dropout(0.3))
        return choices[rng.integers(len(choices))]

    layers = []
    for _ in range(rng.integers(0, 3)):
        padding = ["same", 1, (0, 1), (1, 0, 2, 1)][rng.integers(4)]
        groups = int(rng.integers(1, 3))
        layers.append(
            Conv2D(
                2 * groups,
                pair(1, 4),
                stride=pair(1, 3),
                padding=padding,
                dilation=pair(1, 2),
                groups=groups if groups == 2 else 1,
                use_bias=bool(rng.integers(2)),
                bias_initializer="lecun_normal",
            )
        )
        layers.append(activation())
        if rng.integers(2):
            layers.append(MaxPool2D(2, stride=pair(1, 3), padding=[0, 1, "same"][rng.integers(3)]))
        if rng.integers(2):
            layers.append(Padding2D((1, 2, 0, 1)))
    layers.append(Flatten())
    for _ in range(rng.integers(0, 3)):
        layers += [Dense(int(rng.integers(1, 9)), use_bias=bool(rng.integers(2))), activation()]
    layers.append(Dense(4, bias_initializer="lecun_normal"))
    if rng.integers(2):
        layers.append(Softmax())
    return layers


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_random_networks_have_equal_outputs_in_onnx_and_back(onnxruntime, tmp_path, seed):
    rng = np.random.default_rng(seed)
    network = Sequential(draw_layers(rng), (2, 9, 8), seed=seed)
    path = tmp_path / "network.onnx"
    assert nnfs.io.onnx.save(network, path, verbose=False) <= 1e-5
    graph = nnfs.io.onnx.load(path)
    again = graph.to_network()
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in network.layers]
    state, same = network.state_dict(), again.state_dict()
    assert state.keys() == same.keys()
    assert all(state[name].tobytes() == same[name].tobytes() for name in state)
    for rows in (1, 2, 7):
        x = rng.normal(size=(rows, 2, 9, 8)).astype(np.float32)
        wanted = network.predict(x)
        (theirs,) = run_onnxruntime(onnx.load(path), {"input": x})
        assert np.abs(theirs - wanted).max() <= 1e-5
        assert np.abs(graph.run({"input": x})["output"] - wanted).max() <= 1e-5
        assert again.predict(x).tobytes() == wanted.tobytes()


def images():
    """Return lists of layers for images (4, 6, 5) that the random networks do not contain."""
    return {
        "AvgPool2D": [AvgPool2D(2)],
        "AvgPool2D padded": [AvgPool2D((3, 2), stride=(2, 1), padding=(1, 1, 0, 1))],
        "AvgPool2D of pixels": [AvgPool2D(3, stride=1, padding="same", count_include_pad=False)],
        "BatchNorm": [Conv2D(3, 3), BatchNorm(momentum=0.2, epsilon=1e-3), ReLU()],
        "BatchNorm of features": [Flatten(), Dense(6), BatchNorm()],
        "Concat": [Concat([[Conv2D(2, 1)], [], [Conv2D(3, 3, padding=1), ReLU()]]), Conv2D(2, 2)],
        "Concat of features": [Flatten(), Concat([[Dense(3)], [Dense(2), Tanh()]])],
        "ConvTranspose2D": [ConvTranspose2D(3, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2))],
        "ConvTranspose2D grouped": [ConvTranspose2D(4, 3, groups=2, dilation=2, padding=(1, 0, 2, 1), use_bias=False)],
        "ELU": [ELU(0.3)],
        "GELU": [GELU(), Conv2D(2, 1), GELU("tanh")],
        "GlobalAvgPool2D": [GlobalAvgPool2D(), Dense(3)],
        "GlobalMaxPool2D": [GlobalMaxPool2D(), Dense(3)],
        "LayerNorm": [LayerNorm(), Flatten(), Dense(4), LayerNorm(epsilon=1e-4)],
        "LayerNorm of rows": [LayerNorm(1)],
        "Normalization": [Normalization(), Conv2D(2, 1), ReLU(), Normalization()],
        "Normalization of features": [Flatten(), Normalization(), Dense(3), Normalization()],
        "Reshape": [Reshape((2, -1)), Flatten(), Dense(3)],
        "Residual": [Residual([Conv2D(4, 3, padding=1), ReLU(), Conv2D(4, 3, padding=1)]), ReLU()],
        "Residual with a shortcut": [Residual([Conv2D(6, 3, stride=2, padding=1), SiLU()], [Conv2D(6, 1, stride=2)])],
        "Residual within another": [Residual([Residual([Conv2D(4, 1)]), Concat([[], [ReLU()]]), Conv2D(4, 1)])],
        "SiLU": [SiLU(), Conv2D(2, 1), SiLU()],
        "Softplus": [Softplus()],
        "Softplus sharp": [Conv2D(2, 1), Softplus(2.5), Softplus(0.3)],
        "Upsample2D": [Upsample2D(2), Conv2D(2, 1), Upsample2D((1, 3))],
        "Upsample2D bilinear": [Upsample2D((2, 3), mode="bilinear")],
    }


@pytest.mark.parametrize("name", images())
def test_further_layers_have_equal_outputs_in_onnx_and_back(onnxruntime, tmp_path, backend, name):
    rng = np.random.default_rng(0)
    network = Sequential(images()[name], (4, 6, 5))
    for array in network.buffers.values():
        array[...] = rng.uniform(0.5, 2, array.shape)
    for parameter in network.parameters.values():
        parameter.value[...] += rng.uniform(-0.1, 0.1, parameter.value.shape)
    path = tmp_path / "n.onnx"
    assert nnfs.io.onnx.save(network, path, verbose=False) <= 1e-5
    graph = nnfs.io.onnx.load(path)
    again = graph.to_network()
    assert repr([type(layer) for layer in again.layers]) == repr([type(layer) for layer in network.layers])
    state, same = network.state_dict(), again.state_dict()
    assert state.keys() == same.keys()
    kept = [key for key in state if not key.endswith("num_batches_tracked")]
    assert all(state[key].tobytes() == same[key].tobytes() for key in kept)
    for rows in (1, 2, 7):
        x = rng.normal(size=(rows, 4, 6, 5)).astype(np.float32)
        wanted = network.predict(x)
        (theirs,) = run_onnxruntime(onnx.load(path), {"input": x})
        np.testing.assert_allclose(theirs, wanted, atol=1e-5)
        np.testing.assert_allclose(graph.run({"input": x})["output"], wanted, atol=1e-5)
        np.testing.assert_allclose(again.predict(x), wanted, atol=1e-6)
    assert repr(again.layers[0]) == repr(network.layers[0]) or "same" in repr(network.layers) or "-1" in repr(network)


def test_gelu_needs_opset_20(tmp_path):
    nnfs.io.onnx.save(Sequential([Dense(2), GELU()], 2), tmp_path / "n.onnx", verbose=False)
    model = onnx.load(tmp_path / "n.onnx")
    assert (model.opset_import[0].version, model.ir_version) == (20, 9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_dtypes_are_written(onnxruntime, tmp_path, dtype, backend):
    # onnxruntime has no convolution of float64.
    network = Sequential([Padding2D(1), LeakyReLU(0.01), Flatten(), Dense(2)], (1, 5, 5), dtype=dtype)
    nnfs.io.onnx.save(network, tmp_path / "n.onnx", verbose=False)
    x = np.random.default_rng(0).normal(size=(3, 1, 5, 5)).astype(dtype)
    (theirs,) = run_onnxruntime(onnx.load(tmp_path / "n.onnx"), {"input": x})
    assert theirs.dtype == dtype
    np.testing.assert_allclose(theirs, network.predict(x), atol=1e-5)
    again = nnfs.io.onnx.load(tmp_path / "n.onnx").to_network()
    assert again.dtype == dtype
    assert again.predict(x).tobytes() == network.predict(x).tobytes()


def test_a_convolution_of_float64_is_written(tmp_path):
    network = Sequential([Conv2D(3, 3, padding="same"), Flatten(), Dense(2)], (1, 5, 5), dtype="float64")
    assert nnfs.io.onnx.save(network, tmp_path / "n.onnx", verbose=False) < 1e-12


def test_a_pool_that_the_reference_misreads_is_checked_by_nnfs(onnxruntime, tmp_path, capsys):
    network = Sequential([MaxPool2D((3, 2), stride=1, padding=(1, 0, 0, 1)), Flatten(), Dense(3)], (1, 5, 5))
    assert nnfs.io.onnx.save(network, tmp_path / "n.onnx") < 1e-6
    assert "nnfs's own reading differs by" in capsys.readouterr().out
    x = np.random.default_rng(0).normal(size=(3, 1, 5, 5)).astype(np.float32)
    (theirs,) = run_onnxruntime(onnx.load(tmp_path / "n.onnx"), {"input": x})
    np.testing.assert_allclose(theirs, network.predict(x), atol=1e-5)


def test_the_file_has_the_stated_versions_and_names(tmp_path, capsys):
    network = Sequential([Dense(3), ReLU(), Dropout(0.5), Dense(2, use_bias=False)], 4)
    difference = nnfs.io.onnx.save(network, tmp_path / "n.onnx")
    assert capsys.readouterr().out == (
        f"{tmp_path / 'n.onnx'}: 4 operators of opset 17; ONNX's reference differs by {difference:.2g} at most\n"
    )
    model = onnx.load(tmp_path / "n.onnx")
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 17)]
    assert (model.producer_name, model.producer_version, model.ir_version) == ("nnfs", nnfs.__version__, 8)
    assert [value.name for value in (*model.graph.input, *model.graph.output)] == ["input", "output"]
    names = {tensor.name for tensor in model.graph.initializer}
    assert set(network.state_dict()) < names
    assert not model.graph.value_info


def test_the_same_network_gives_the_same_bytes(tmp_path):
    contents = set()
    for _ in range(2):
        nnfs.io.onnx.save(Sequential([Dense(3), Dense(2)], 4, seed=7), tmp_path / "n.onnx", verbose=False)
        contents.add((tmp_path / "n.onnx").read_bytes())
    assert len(contents) == 1


def test_a_layer_that_occurs_twice_is_written_with_one_weight(tmp_path):
    shared = Dense(4)
    network = Sequential([shared, ReLU(), shared], 4)
    nnfs.io.onnx.save(network, tmp_path / "n.onnx", verbose=False)
    model = onnx.load(tmp_path / "n.onnx")
    assert [tensor.name for tensor in model.graph.initializer] == ["0.weight", "0.bias"]
    x = np.ones((1, 4), np.float32)
    np.testing.assert_allclose(nnfs.io.onnx.load(model).run({"input": x})["output"], network.predict(x), atol=1e-6)


def test_the_network_is_not_modified(tmp_path):
    network = Sequential([Conv2D(2, 3), Flatten(), Dense(2)], (1, 5, 5))
    before = network.vector.value.tobytes(), network.vector.grad.tobytes(), network.dropout.bit_generator.state
    nnfs.io.onnx.save(network, tmp_path / "n.onnx", verbose=False)
    assert before == (
        network.vector.value.tobytes(),
        network.vector.grad.tobytes(),
        network.dropout.bit_generator.state,
    )


class Mine(Layer):
    def forward(self, x, ctx):
        return x


class Rectifier(ReLU):
    pass


class Rounded(Layer):
    def forward(self, x, ctx):
        return np.round(x)

    def onnx_operator(self):
        return "Round", {}


def test_your_own_layer_may_name_its_operator(tmp_path):
    assert nnfs.io.onnx.save(Sequential([Dense(2), Rounded()], 2), tmp_path / "n.onnx", verbose=False) < 1e-6
    assert [node.op_type for node in onnx.load(tmp_path / "n.onnx").graph.node] == ["Gemm", "Round"]


@pytest.mark.parametrize("layer", [Mine(), Rectifier()])
def test_a_layer_of_the_users_is_refused(tmp_path, layer):
    path = tmp_path / "n.onnx"
    path.write_bytes(b"old")
    with pytest.raises(UnsupportedError, match=r"layer 1, \w+\(\): ONNX has no operator"):
        nnfs.io.onnx.save(Sequential([Dense(2), layer], 2), path)
    assert path.read_bytes() == b"old"


def test_weights_that_are_not_finite_are_refused(tmp_path):
    network = Sequential([Dense(2)], 2)
    network.layers[0].weight.value[0, 0] = np.nan
    with pytest.raises(NumericError, match=r"0\.weight holds numbers that are not finite"):
        nnfs.io.onnx.save(network, tmp_path / "n.onnx")
    assert not list(tmp_path.iterdir())


def test_a_wrong_export_is_never_written(tmp_path, monkeypatch):
    monkeypatch.setattr(ReLU, "onnx_operator", lambda layer: ("Sigmoid", {}))
    with pytest.raises(NumericError, match="ONNX's reference gives float32 that differs by"):
        nnfs.io.onnx.save(Sequential([Dense(2), ReLU()], 2), tmp_path / "n.onnx")
    assert not list(tmp_path.iterdir())


def test_a_network_larger_than_a_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_FILE", 2**20 + 10)
    with pytest.raises(UnsupportedError, match="the weights take 24 bytes"):
        nnfs.io.onnx.save(Sequential([Dense(2)], 2), tmp_path / "n.onnx")


def test_anything_but_a_network_is_refused(tmp_path):
    with pytest.raises(DTypeError, match="network must be a Sequential, got dict"):
        nnfs.io.onnx.save({}, tmp_path / "n.onnx")


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        nnfs.io.onnx.save(Sequential([Dense(2)], 2), tmp_path / "missing" / "n.onnx")


@pytest.mark.parametrize("ending", [".safetensors", ".pt", ".PTH", ".npz"])
def test_the_ending_of_another_format_is_refused_with_the_line_to_write(tmp_path, ending):
    network = Sequential([Dense(2)], 2)
    with pytest.raises(ValueError, match=rf"^.*m\{ending}: .*the ending \{ending} is that of .*; write '.*m\.onnx'$"):
        nnfs.io.onnx.save(network, tmp_path / f"m{ending}")
    with pytest.raises(ValueError, match=r"m.bin: what is written is in the format of .onnx files; write '.*m.onnx'"):
        nnfs.io.onnx.save(network, tmp_path / "m.bin")
    assert not list(tmp_path.iterdir())


def test_an_estimator_is_refused_with_the_way_to_its_network(tmp_path):
    sklearn = pytest.importorskip("nnfs.sklearn")
    with pytest.raises(DTypeError, match=r"got NNClassifier. Try: its network, estimator.network_, of a pipeline"):
        nnfs.io.onnx.save(sklearn.NNClassifier(), tmp_path / "n.onnx")


def test_a_network_with_facts_about_pixels_is_written_without_a_warning(tmp_path):
    network = nnfs.CNN((3, 16, 16), filters=[2], kernel_size=3, output_shape=2)
    network.facts = nnfs.Facts(pixels_divided_by=255)
    assert nnfs.io.onnx.save(network, tmp_path / "a.onnx", verbose=False) < 1e-4


@pytest.mark.parametrize("momentum", [0.1, 0.25, 0.9])
def test_momentum_is_converted_between_old_and_new_share(tmp_path, momentum):
    path = tmp_path / "net.onnx"
    nnfs.io.onnx.save(Sequential([Flatten(), BatchNorm(momentum=momentum)], (1, 2, 3)), path)
    (node,) = [node for node in onnx.load(path).graph.node if node.op_type == "BatchNormalization"]
    (written,) = [attribute.f for attribute in node.attribute if attribute.name == "momentum"]
    assert written == pytest.approx(1 - momentum)
    assert nnfs.io.onnx.load(path).to_network().layers[1].momentum == pytest.approx(momentum)
