"""Networks of PyTorch: equal outputs, equal weights, and an error for every module that cannot be converted."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from torch_modules import IMAGE, check, normal, outputs, sequential

import nnfs
import nnfs.io.torch
from nnfs import DTypeError, UnsupportedError
from nnfs.io.torch import to_network

EVEN_WINDOWS = pytest.mark.filterwarnings("ignore:Using padding='same'")
"""Modules for which PyTorch warns that it copies the image."""


def random_modules(torch, rng):
    """Return the modules of a small network for images, and their shape."""
    nn = torch.nn
    channels, size = int(rng.integers(1, 5)), int(rng.integers(8, 12))
    shape, modules = (channels, size, size), []
    activations = [nn.ReLU(), nn.LeakyReLU(0.1), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Tanh(), nn.Sigmoid(), nn.Softplus()]
    for _ in range(rng.integers(0, 4)):
        filters, kernel = channels * int(rng.integers(1, 4)), int(rng.integers(1, 4))
        groups = channels if rng.random() < 0.3 else 1
        block = [
            nn.Conv2d(channels, filters, kernel, padding="same", groups=groups, bias=rng.random() < 0.5)
            if rng.random() < 0.7
            else nn.ConvTranspose2d(channels, filters, kernel, padding=kernel // 2, groups=groups)
        ]
        channels = filters
        if rng.random() < 0.5:
            block.append(nn.BatchNorm2d(channels))
        block.append(activations[rng.integers(len(activations))])
        if rng.random() < 0.5:
            block.append([nn.MaxPool2d(2, 1), nn.AvgPool2d(3, 1, 1), nn.ZeroPad2d(1)][rng.integers(3)])
        modules += [nn.Sequential(*block)] if rng.random() < 0.5 else block
    modules += [nn.AdaptiveAvgPool2d(1)] if rng.random() < 0.5 else []
    modules.append(nn.Flatten())
    features = nn.Sequential(*modules)(torch.zeros(2, *shape)).shape[1]
    modules += [nn.Linear(features, 9), nn.BatchNorm1d(9), nn.Dropout(), nn.Identity(), nn.LayerNorm(9)]
    return [*modules, activations[rng.integers(len(activations))], nn.Linear(9, 5, bias=rng.random() < 0.5)], shape


@EVEN_WINDOWS
@pytest.mark.parametrize("seed", range(16))
def test_random_networks_have_equal_outputs(backend, torch, seed):
    modules, shape = random_modules(torch, np.random.default_rng(seed))
    network = check(torch, sequential(torch, *modules, seed=seed), shape)
    before = network.vector.value.copy()
    network.fit(normal((8, *shape)), np.arange(8) % 5, loss="cross_entropy", verbose=0)
    assert not np.array_equal(network.vector.value, before)


def test_networks_of_float64_are_converted(backend, torch):
    nn = torch.nn
    check(torch, sequential(torch, nn.Linear(5, 3), nn.BatchNorm1d(3)).double(), (5,), dtype="f8")


def test_statistics_follow_batches_as_in_pytorch(backend, torch):
    """The momentum is PyTorch's; that of Keras and ONNX is 1 minus it."""
    module = sequential(torch, torch.nn.BatchNorm2d(4, momentum=0.3))
    network = to_network(module, IMAGE)
    x = normal((6, *IMAGE))
    network.forward(x, network.workspace(), training=True)
    outputs(torch, module.train(), x)
    for name, tensor in module.state_dict().items():
        np.testing.assert_allclose(network.state_dict()[name], tensor.numpy(), rtol=1e-5, err_msg=name)


def convolutional(torch):
    nn = torch.nn
    return sequential(
        torch, nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 3)
    )


def test_weights_are_copied_and_the_module_is_not_modified(torch):
    module = convolutional(torch).train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    network = to_network(module, (1, 6, 6))
    network.fit(normal((8, 1, 6, 6)), np.arange(8) % 3, loss="cross_entropy", verbose=0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert all(tensor.requires_grad and tensor.grad is None for tensor in module.parameters())
    assert module.training
    with torch.no_grad():
        module[0].weight.zero_()
    assert network.state_dict()["0.weight"].all()


def test_weights_keep_their_names(torch):
    module = convolutional(torch)
    network = to_network(module, (1, 6, 6))
    network.fit(normal((8, 1, 6, 6)), np.arange(8) % 3, loss="cross_entropy", verbose=0)
    state = network.state_dict()
    assert set(state) == set(module.state_dict())
    module.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    x = normal((3, 1, 6, 6))
    np.testing.assert_allclose(network.predict(x), outputs(torch, module, x), rtol=1e-5, atol=1e-5)


def test_a_module_without_weights_may_occur_twice(torch):
    activation = torch.nn.Tanh()
    network = check(torch, sequential(torch, activation, torch.nn.Linear(5, 5), activation), (5,))
    assert repr(network.layers) == "[Tanh(), Dense(5), Tanh()]"


def test_an_error_carries_the_place_and_the_class_of_the_module(torch):
    with pytest.raises(UnsupportedError) as caught:
        to_network(torch.nn.Sequential(torch.nn.MaxPool2d(2, ceil_mode=True)), IMAGE)
    assert vars(caught.value) == {"node": "0", "operator": "MaxPool2d"}


def test_weights_that_two_modules_share_are_refused(torch):
    linear, other = torch.nn.Linear(5, 5), torch.nn.Linear(5, 5)
    other.weight = linear.weight
    for twice in (linear, other):
        with pytest.raises(UnsupportedError, match=r"module 2, Linear: weight: got the same tensor as 0\.weight"):
            to_network(torch.nn.Sequential(linear, torch.nn.ReLU(), twice), 5)


def test_a_sequential_that_holds_itself_is_refused(torch):
    module = torch.nn.Sequential(torch.nn.ReLU())
    module.append(module)
    with pytest.raises(UnsupportedError, match="more than 10000 modules"):
        to_network(module, 5)


def test_only_a_plain_sequential_is_taken(torch):
    class Own(torch.nn.Sequential):
        def forward(self, x):
            return x

    plain = torch.nn.Sequential(torch.nn.Linear(5, 3))
    for module in (Own(*plain), plain[0], plain.state_dict(), "net.pt", None, nnfs.Sequential([nnfs.ReLU()], 5)):
        with pytest.raises(DTypeError, match=r"must be a plain torch\.nn\.Sequential, got \w+; .* ONNX"):
            to_network(module, 5)
    for module in (torch.nn.Sequential(), torch.nn.Sequential(torch.nn.Identity())):
        with pytest.raises(UnsupportedError, match="nothing that a layer does"):
            to_network(module, 5)


FAKES = """
import sys

import numpy as np

sys.modules["torch"] = None  # from here on, importing it is an error


class Tensor:
    type, dtype, device = "cpu", "torch.float32", property(lambda self: self)

    def __init__(self, array):
        array = np.array(array, np.float32)
        self.data_ptr, self.numel, self.numpy = (lambda: array.ctypes.data), (lambda: array.size), (lambda: array)

    def detach(self):
        return self


class Module:
    _forward_pre_hooks = _forward_hooks = _backward_pre_hooks = _backward_hooks = {}

    def __init__(self, *modules, **attributes):
        vars(self).update(attributes, _modules={str(index): module for index, module in enumerate(modules)})

    def named_parameters(self, recurse):
        return [(name, value) for name, value in vars(self).items() if isinstance(value, Tensor)]

    def named_buffers(self, recurse):
        return []

def make(name, *modules, **attributes):
    return type(name, (Module,), {"__module__": "torch.nn.modules.fake"})(*modules, **attributes)


import nnfs.io.torch

linear = make("Linear", in_features=2, out_features=1, weight=Tensor([[1, 2]]), bias=Tensor([3]))
network = nnfs.io.torch.to_network(make("Sequential", linear, make("ReLU")), 2)
assert network.predict([[10, 20]]) == 53
assert not [name for name in sys.modules if name.split(".")[0] == "torch" and name != "torch"]
print(network.layers)
"""


def test_pytorch_is_not_imported():
    ran = subprocess.run([sys.executable, "-c", FAKES], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "[Dense(1), ReLU()]\n"
