import copy

import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

import nnfs
from nnfs import Dense, Flatten, Normalization, Sequential, ShapeError
from nnfs.data import Standardizer

EXAMPLES = [
    Example(Normalization(mean_initializer="ones"), (1,)),
    Example(Normalization(mean_initializer="he_normal"), (7,)),
    Example(Normalization(mean_initializer="ones"), (3, 4)),
    Example(Normalization(mean_initializer="ones", scale_initializer="ones"), (3, 4, 5)),
]


def measured(input_shape):
    layer = build(Normalization(), input_shape)
    layer.mean[...] = np.arange(input_shape[0])
    layer.scale[...] = 2.0 + np.arange(input_shape[0])
    return layer


@pytest.mark.parametrize("input_shape", [(3,), (3, 5), (3, 2, 2)])
def test_it_is_the_formula(backend, input_shape):
    layer = measured(input_shape)
    x = np.random.default_rng(0).normal(size=(5, *input_shape))
    y, ctx = run(layer, x)
    dx = layer.backward(x, ctx)
    for c in range(3):
        np.testing.assert_allclose(y[:, c], (x[:, c] - c) / (2 + c))
        np.testing.assert_allclose(dx[:, c], x[:, c] / (2 + c))


def test_it_is_set_by_a_standardizer_and_stays_in_training(backend, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal([1000, -3], [50, 0.01], (60, 2)).astype("float32")
    net = Sequential([Normalization(), Dense(2)], 2)
    layer = net.layers[0]
    layer.mean[...], layer.scale[...] = Standardizer.fit(x)
    before = copy.deepcopy(layer.buffers)
    net.fit(x, rng.integers(0, 2, 60), loss="cross_entropy", verbose=0)
    assert all(np.array_equal(array, before[name]) for name, array in layer.buffers.items())
    _, y = next(net.trace(x))
    np.testing.assert_allclose([y.mean(axis=0), y.std(axis=0)], [[0, 0], [1, 1]], atol=1e-4)
    nnfs.save(net, tmp_path / "net.safetensors")
    assert list(net.state_dict()) == ["1.weight", "1.bias", "0.mean", "0.scale"]
    assert nnfs.load(tmp_path / "net.safetensors").predict(x).tobytes() == net.predict(x).tobytes()


def test_other_shapes_are_refused():
    with pytest.raises(ShapeError, match=r"Normalization needs features \(C,\), signals .*, got samples"):
        Normalization().output_shape((1, 2, 3, 4))


def test_an_initializer_that_is_none_is_refused():
    with pytest.raises(ValueError, match="unknown initializer 'one'"):
        Normalization(scale_initializer="one")


@pytest.mark.parametrize(
    ("shape", "line"),
    [
        ((3,), r"write layer.mean\[...\], layer.scale\[...\] = nnfs.data.Standardizer.fit\(x\)$"),
        ((2, 4, 4), r"layer.scale\[...\] = x.mean\(\(0, 2, 3\)\), x.std\(\(0, 2, 3\)\)$"),
    ],
)
def test_a_normalization_that_saw_no_data_says_so_until_it_has(shape, line):
    net = Sequential([Normalization(), Flatten(), Dense(1)], shape)
    x = np.random.default_rng(0).normal(3, 2, (8, *shape)).astype(np.float32)
    with pytest.warns(UserWarning, match=line):
        net.predict(x)
    with pytest.warns(UserWarning, match=line):
        net.fit(x, np.zeros((8, 1), np.float32), loss="l1", verbose=0)
    layer = net.layers[0]
    if len(shape) == 1:
        layer.mean[...], layer.scale[...] = Standardizer.fit(x)
    else:
        layer.mean[...], layer.scale[...] = x.mean((0, 2, 3)), x.std((0, 2, 3))
    net.predict(x)
    assert np.abs(next(net.trace(x))[1].mean()) < 1e-5
