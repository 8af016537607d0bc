"""The copy of every layer in PyTorch computes what the layer does, forward and backward."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from layer_examples import all_examples

import nnfs
from nnfs.io.torch.modules import MODULES, Twins
from nnfs.io.torch.twin import TorchTwin
from nnfs.layers import LAYERS
from nnfs.losses import LOSSES

UNEVEN = [
    (nnfs.Conv2D(2, 3, padding=(1, 0, 0, 2)), (2, 5, 6)),
    (nnfs.Conv2D(2, (2, 3), stride=2, padding="same"), (2, 5, 6)),
    (nnfs.ConvTranspose2D(2, 3, stride=2, padding=(1, 0, 2, 1), output_padding=1), (2, 4, 3)),
    (nnfs.ConvTranspose2D(2, 3, stride=3, padding=(0, 1, 0, 0), output_padding=2), (2, 4, 3)),
    (nnfs.MaxPool2D(3, padding=(1, 0, 0, 1)), (2, 5, 6)),
    (nnfs.AvgPool2D(3, padding=(1, 0, 0, 1)), (2, 5, 6)),
    (nnfs.AvgPool2D(3, padding=(1, 0, 0, 1), count_include_pad=False), (2, 5, 6)),
    (nnfs.GlobalMaxPool2D(), (2, 5, 6)),
    (nnfs.Conv1D(2, 3, padding=(3, 0)), (2, 6)),
    (nnfs.MaxPool1D(3, padding=(1, 0)), (2, 6)),
    (nnfs.AvgPool1D(3, padding=(0, 1), count_include_pad=False), (2, 6)),
]
CASES = [(example.layer, example.input_shape) for example in all_examples()] + UNEVEN


def network_of(layer, input_shape):
    """Return a network of a copy of the layer alone, none of whose numbers are the first ones."""
    net = nnfs.Sequential([copy.deepcopy(layer)], input_shape, seed=5, dtype="float64")
    rng = np.random.default_rng(1)
    for array in (*(parameter.value for parameter in net.parameters.values()), *net.buffers.values()):
        if array.dtype.kind == "f":
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    return net


def test_every_layer_and_every_loss_has_a_counterpart(torch):
    assert set(MODULES) == set(LAYERS.values())
    net = nnfs.Sequential([nnfs.Dense(2)], 2)
    for loss in LOSSES:
        TorchTwin(net, loss=loss, optimizer=nnfs.optimizers.SGD())


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("layer", "input_shape"), CASES, ids=str)
def test_its_outputs_gradients_and_buffers_are_equal(backend, torch, layer, input_shape, training):
    net = network_of(layer, input_shape)
    model = Twins(torch, copy.deepcopy(net.dropout)).sequence(net.layers).double().train(training)
    assert set(model.state_dict()) == set(net.state_dict())
    model.load_state_dict({name: torch.tensor(array) for name, array in net.state_dict().items()})
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(4, *input_shape)), rng.normal(size=(4, *net.output_shape))
    workspace = net.workspace()
    net.layers.mark_wanted(workspace, needs_input_grad=True)
    y = net.forward(x, workspace, training=training)
    dx = net.backward(dy, workspace)
    theirs_x = torch.tensor(x, requires_grad=True)
    theirs = model(theirs_x)
    theirs.backward(torch.tensor(dy))
    close = {"rtol": 1e-8, "atol": 1e-9}
    np.testing.assert_allclose(y, theirs.detach().numpy(), **close)
    np.testing.assert_allclose(dx, theirs_x.grad.numpy(), **close)
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(net.parameters[name].grad, parameter.grad.numpy(), **close)
    for name, buffer in model.named_buffers():
        np.testing.assert_allclose(net.buffers[name], buffer.numpy(), **close)


def test_a_layer_that_stands_in_a_network_twice_is_one_module(torch):
    twice = nnfs.Dense(3)
    net = nnfs.Sequential([twice, nnfs.ReLU(), nnfs.Residual([twice])], 3, dtype="float64")
    model = TorchTwin(net, loss="mean_squared_error", optimizer=nnfs.optimizers.SGD()).model
    assert model[0] is model[2].body[0]
    assert set(model.state_dict()) == set(net.state_dict())
    assert len(list(model.parameters())) == 2
