"""What holds for every layer, tested over the ``EXAMPLES`` of each layer's own test file."""

from __future__ import annotations

import copy
import importlib.util
import pickle

import numpy as np
import pytest
from compare import assert_equals_torch
from layer_examples import all_examples
from onnx_models import run_onnxruntime

import nnfs
import nnfs.io.onnx
from nnfs import Sequential, UnsupportedError
from nnfs.layers import LAYERS
from nnfs.layers.context import Context
from nnfs.testing import check_layer

EXAMPLES = all_examples()

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)


def network(example):
    """Return a network of a copy of the layer alone, none of whose numbers are the first ones."""
    net = Sequential([copy.deepcopy(example.layer)], example.input_shape, seed=5)
    rng = np.random.default_rng(1)
    for array in (*(parameter.value for parameter in net.parameters.values()), *net.buffers.values()):
        if array.dtype.kind == "f":
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    return net


def batch(net, rows=3):
    return np.random.default_rng(0).normal(size=(rows, *net.input_shape)).astype(net.dtype)


def test_every_layer_has_an_example():
    assert {type(example.layer) for example in EXAMPLES} == set(LAYERS.values())


@every_example
def test_it_keeps_every_promise_of_a_layer(backend, example):
    check_layer(example.layer, example.input_shape)
    if example.training:
        check_layer(example.layer, example.input_shape, training=True)


@every_example
def test_its_arithmetic_follows_ieee_754_whatever_numpy_is_set_to(backend, example):
    layer = network(example).layers[0]
    for size in (1e-38, 1e30):
        x = np.random.default_rng(0).uniform(-size, size, (4, *example.input_shape)).astype(np.float32)
        ctx = Context()
        ctx.training, ctx.rng = example.training, np.random.default_rng(1)
        with np.errstate(all="raise"):
            y = layer.forward(x, ctx)
            layer.backward(np.full(y.shape, 1e-38, np.float32), ctx)


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # PyTorch pads a copy, and says so
@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.torch], ids=str)
def test_it_equals_pytorch(backend, torch, example):
    for training in (False, True)[: 1 + example.training]:
        layer, module = copy.deepcopy(example.layer), example.torch(torch.nn)
        assert_equals_torch(torch, layer, module, example.input_shape, training=training)


@every_example
def test_called_alone_it_gives_what_its_network_predicts(backend, example):
    net = network(example)
    x = batch(net)
    before = x.copy()
    y = net.layers[0](x)
    np.testing.assert_array_equal(y, net.predict(x))
    assert y.dtype == net.dtype
    assert not np.shares_memory(y, x)
    np.testing.assert_array_equal(x, before)


@every_example
def test_what_is_saved_copied_or_pickled_gives_the_same_outputs(tmp_path, example):
    net = network(example)
    nnfs.save(net, tmp_path / "net.safetensors")
    wanted = net.predict(batch(net)).tobytes()
    for again in (nnfs.load(tmp_path / "net.safetensors"), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert repr(again) == repr(net)
        assert again.predict(batch(net)).tobytes() == wanted
        assert again.digest() == net.digest()
        for array in (again.vector.value, *again.buffers.values()):
            array += 1
    assert net.predict(batch(net)).tobytes() == wanted  # they share nothing


@every_example
def test_it_is_written_as_onnx(tmp_path, example):
    onnx = pytest.importorskip("onnx")
    net = network(example)
    path = tmp_path / "net.onnx"
    if example.no_onnx:
        with pytest.raises(UnsupportedError, match="ONNX has no operator for it"):
            nnfs.io.onnx.save(net, path, verbose=False)
        return
    assert nnfs.io.onnx.save(net, path, verbose=False) <= 1e-4
    if importlib.util.find_spec("onnxruntime"):
        (theirs,) = run_onnxruntime(onnx.load(path), {"input": batch(net)})
        np.testing.assert_allclose(theirs, net.predict(batch(net)), rtol=1e-4, atol=1e-5)
