"""What layers that hold layers share."""

import pytest

import nnfs
from nnfs import Concat, Residual, Sequential, Tanh, UnsupportedError
from nnfs.layers.chain import DEEPEST, MOST
from nnfs.layers.container import Container, as_chain


def nested(levels, block=lambda layer: Concat([[layer]])):
    layer = Tanh()
    for _ in range(levels):
        layer = block(layer)
    return layer


def test_the_deepest_network_is_saved_and_loaded(tmp_path):
    net = Sequential([nested(DEEPEST - 1)], 2)
    nnfs.save(net, tmp_path / "net.safetensors")
    assert repr(nnfs.load(tmp_path / "net.safetensors")) == repr(net)


@pytest.mark.parametrize("block", [lambda layer: Concat([[], [layer]]), lambda layer: Residual([layer])])
def test_layers_within_layers_without_end_are_refused(block):
    with pytest.raises(UnsupportedError, match=f"layers stand {DEEPEST + 1} deep within each other, at most {DEEPEST}"):
        Sequential([nested(DEEPEST, block)], 2)


def test_more_layers_than_anybody_has_are_refused():
    layer = Tanh()
    for _ in range(3):
        layer = Residual([layer] * 10)
    with pytest.raises(UnsupportedError, match="layers are 11110 layers, with those within them; at most 10000"):
        as_chain([layer] * 10, "layers")
    with pytest.raises(UnsupportedError, match=f"layers are {MOST + 1} layers"):
        as_chain([Tanh()] * (MOST + 1), "layers")


def test_chains_that_a_subclass_leaves_out_are_named():
    class Half(Container):
        pass

    with pytest.raises(NotImplementedError, match="Half has no chains"):
        _ = Half().parameters
