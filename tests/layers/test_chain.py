"""How layers run one after the other; `Sequential` has its own tests of a chain that stands alone."""

import copy

import numpy as np
import pytest

from nnfs import Dense, Layer, Residual, Sequential, ShapeError
from nnfs.layers.context import Context


def test_a_layer_that_lies_is_found_within(backend):
    class Liar(Layer):
        def forward(self, x, ctx):
            return x[:, :1]

    net = Sequential([Residual([Dense(3), Liar()])], 3)
    with pytest.raises(ShapeError, match=r"layer 0.body.1, Liar\(\): forward returned an array \(2, 1\)"):
        net.predict(np.zeros((2, 3), "float32"))


def test_the_gradient_of_the_input_may_be_asked_for_from_pass_to_pass(backend):
    net = Sequential([Residual([Dense(3)], [Dense(3)])], 3, dtype="float64")
    workspace, x = net.workspace(), np.ones((2, 3))
    wanted = []
    for asked in (False, True, False, True):
        workspace[0].needs_input_grad = asked
        net.forward(x, workspace)
        wanted.append(net.backward(x, workspace))
    assert [gradient is not None for gradient in wanted] == [False, True, False, True]
    np.testing.assert_allclose(
        wanted[1], x @ net.parameters["0.body.0.weight"].value + x @ net.parameters["0.shortcut.0.weight"].value
    )


class Probe(Layer):
    """Pass everything on, and note each gradient that comes."""

    seen = 0

    def forward(self, x, ctx):
        return x

    def backward(self, dy, ctx):
        self.seen += 1
        return dy


class Guarded(Probe):
    """Look first, as layers need not."""

    def backward(self, dy, ctx):
        return super().backward(dy, ctx) if ctx.needs_input_grad else None


@pytest.mark.parametrize("probe", [Probe, Guarded])
def test_backward_stops_before_the_first_layer_with_parameters(backend, probe):
    first, inner, last = probe(), probe(), probe()
    net = Sequential([first, Residual([inner, Dense(2)]), last], 2, dtype="float64")
    workspace, x = net.workspace(), np.ones((3, 2))
    net.forward(x, workspace)
    assert net.backward(x, workspace) is None
    assert [layer.seen for layer in (first, inner, last)] == [0, 0, 1]
    np.testing.assert_array_equal(net.parameters["1.body.1.bias"].grad, [3, 3])
    for ctx in workspace:
        ctx.needs_input_grad = True
    net.forward(x, workspace)
    np.testing.assert_allclose(net.backward(x, workspace), x + x @ net.parameters["1.body.1.weight"].value)
    assert [layer.seen for layer in (first, inner, last)] == [1, 1, 2]


def test_bytes_of_passes_within_are_counted():
    ctx = Context()
    ctx.workspace("body", 2)[1].empty("y", (10,), "float64")
    assert ctx.nbytes == 80
    assert ctx.workspace("body", 2)[1].nbytes == 80


def test_a_copy_shares_nothing():
    net = Sequential([Residual([Dense(2)])], 2)
    twin = copy.deepcopy(net)
    assert twin.layers[0].body[0] is not net.layers[0].body[0]
    assert twin.layers[0].body.nodes[0] is twin.layers[0].body[0]
    assert np.shares_memory(twin.layers[0].body[0].weight.value, twin.vector.value)
