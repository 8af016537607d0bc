"""Networks of PyTorch: equal outputs, equal weights, and an error for every module that cannot be converted."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import nnfs
import nnfs.io.torch
from nnfs import DTypeError, ShapeError, UnsupportedError
from nnfs.io.torch import to_network


def normal(shape, dtype="f4"):
    return np.random.default_rng(sum(shape)).normal(0, 1, shape).astype(dtype)


def sequential(torch, *modules, seed=0):
    """Return a Sequential whose statistics and scales are neither 0 nor 1, which would hide a mistake."""
    module = torch.nn.Sequential(*modules)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.ndim == 1:
                tensor += torch.empty_like(tensor).uniform_(0.0, 0.3, generator=generator)
    return module.eval()


def outputs(torch, module, x):
    return module(torch.from_numpy(x)).detach().numpy()


def check(torch, module, shape, *, rows=3, dtype="f4"):
    """Convert a module, compare the outputs, and return the network."""
    network = to_network(module, shape, seed=1)
    x = normal((rows, *shape), dtype)
    wanted = outputs(torch, module, x)
    assert network.dtype == x.dtype
    assert network.predict(x).shape == wanted.shape
    np.testing.assert_allclose(network.predict(x), wanted, rtol=1e-5, atol=1e-5)
    return network


IMAGE = (4, 7, 6)
EVEN_WINDOWS = pytest.mark.filterwarnings("ignore:Using padding='same'")
"""Modules for which PyTorch warns that it copies the image."""


@EVEN_WINDOWS
@pytest.mark.parametrize(
    ("make", "shape", "layers"),
    [
        (lambda nn: nn.Linear(5, 3), (5,), "Dense(3)"),
        (lambda nn: nn.Linear(5, 3, bias=False), (5,), "Dense(3, use_bias=False)"),
        (lambda nn: nn.Conv2d(4, 6, 3), IMAGE, "Conv2D(6, 3)"),
        (lambda nn: nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 0)), IMAGE, "Conv2D(6, (3, 2), stride=(2, 1), padding=(1, 0))"),
        (lambda nn: nn.Conv2d(4, 6, 3, padding="same"), IMAGE, "Conv2D(6, 3, padding='same')"),
        (lambda nn: nn.Conv2d(4, 6, (2, 4), padding="same"), IMAGE, "Conv2D(6, (2, 4), padding='same')"),
        (lambda nn: nn.Conv2d(4, 1, 2, 1, "same", 3), IMAGE, "Conv2D(1, 2, padding='same', dilation=3)"),
        (lambda nn: nn.Conv2d(4, 6, 3, padding="valid"), IMAGE, "Conv2D(6, 3)"),
        (lambda nn: nn.Conv2d(4, 8, 2, dilation=2, groups=2), IMAGE, "Conv2D(8, 2, dilation=2, groups=2)"),
        (lambda nn: nn.Conv2d(4, 4, 3, groups=4, bias=False), IMAGE, "Conv2D(4, 3, groups=4, use_bias=False)"),
        (lambda nn: nn.ConvTranspose2d(4, 6, 3), IMAGE, "ConvTranspose2D(6, 3)"),
        (
            lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), 2, (1, 0), output_padding=1, groups=2, bias=False),
            IMAGE,
            "ConvTranspose2D(6, (3, 2), stride=2, padding=(1, 0), output_padding=1, groups=2, use_bias=False)",
        ),
        (lambda nn: nn.ConvTranspose2d(4, 6, 2, dilation=2), IMAGE, "ConvTranspose2D(6, 2, dilation=2)"),
        (lambda nn: nn.MaxPool2d(2), IMAGE, "MaxPool2D(2)"),
        (lambda nn: nn.MaxPool2d((3, 2), 1, (1, 0)), IMAGE, "MaxPool2D((3, 2), stride=1, padding=(1, 0))"),
        (lambda nn: nn.MaxPool2d([2, 2], [1, 2]), IMAGE, "MaxPool2D(2, stride=[1, 2])"),
        (lambda nn: nn.AvgPool2d(3, 2, 1), IMAGE, "AvgPool2D(3, stride=2, padding=1)"),
        (
            lambda nn: nn.AvgPool2d(3, 2, (0, 1), count_include_pad=False),
            IMAGE,
            "AvgPool2D(3, stride=2, padding=(0, 1), count_include_pad=False)",
        ),
        (lambda nn: nn.AdaptiveAvgPool2d(1), IMAGE, "GlobalAvgPool2D(), Reshape((4, 1, 1))"),
        (lambda nn: nn.AdaptiveMaxPool2d((1, 1)), IMAGE, "GlobalMaxPool2D(), Reshape((4, 1, 1))"),
        (lambda nn: nn.BatchNorm1d(5), (5,), "BatchNorm()"),
        (lambda nn: nn.BatchNorm2d(4, eps=1e-3, momentum=0.3), IMAGE, "BatchNorm(momentum=0.3, epsilon=0.001)"),
        (lambda nn: nn.LayerNorm(5, eps=1e-3), (5,), "LayerNorm(1, epsilon=0.001)"),
        (lambda nn: nn.LayerNorm((7, 6)), IMAGE, "LayerNorm(2)"),
        (lambda nn: nn.Dropout(0.3), (5,), "Dropout(0.3)"),
        (lambda nn: nn.Flatten(), IMAGE, "Flatten()"),
        (lambda nn: nn.Flatten(-3, 3), IMAGE, "Flatten()"),
        (lambda nn: nn.Flatten(2), IMAGE, "Reshape((4, 42))"),
        (lambda nn: nn.Flatten(1, 2), IMAGE, "Reshape((28, 6))"),
        (lambda nn: nn.Unflatten(1, (2, 2)), IMAGE, "Reshape((2, 2, 7, 6))"),
        (lambda nn: nn.Unflatten(-1, (3, -1)), IMAGE, "Reshape((4, 7, 3, -1))"),
        (lambda nn: nn.ReLU(inplace=True), IMAGE, "ReLU()"),
        (lambda nn: nn.LeakyReLU(0.2), (5,), "LeakyReLU(0.2)"),
        (lambda nn: nn.ELU(0.7), (5,), "ELU(0.7)"),
        (lambda nn: nn.GELU(), (5,), "GELU()"),
        (lambda nn: nn.GELU(approximate="tanh"), (5,), "GELU('tanh')"),
        (lambda nn: nn.SiLU(), (5,), "SiLU()"),
        (lambda nn: nn.Sigmoid(), (5,), "Sigmoid()"),
        (lambda nn: nn.Tanh(), (5,), "Tanh()"),
        (lambda nn: nn.Softmax(dim=1), (5,), "Softmax()"),
        (lambda nn: nn.Softmax(dim=-1), (5,), "Softmax()"),
        (lambda nn: nn.Softplus(2.0), (5,), "Softplus(2.0)"),
        (lambda nn: nn.Upsample(scale_factor=2), IMAGE, "Upsample2D(2)"),
        (lambda nn: nn.Upsample(scale_factor=(1.0, 3.0)), IMAGE, "Upsample2D((1, 3))"),
        (lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"), IMAGE, "Upsample2D(2, mode='bilinear')"),
        (lambda nn: nn.ZeroPad2d((1, 2, 3, 0)), IMAGE, "Padding2D((3, 0, 1, 2))"),
        (lambda nn: nn.Sequential(nn.Identity(), nn.Tanh()), IMAGE, "Tanh()"),
    ],
)
def test_every_supported_module_is_converted(backend, torch, make, shape, layers):
    network = check(torch, sequential(torch, make(torch.nn)), shape)
    assert repr(network.layers) == f"[{layers}]"


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


def changed(module, **attributes):
    for name, value in attributes.items():
        setattr(module, name, value)
    return module


def hooked(module, kind):
    getattr(module, f"register_{kind}_hook")(lambda *_: None)
    return module


def sparse(nn):
    return nn.Parameter(nn.Linear(5, 3).weight.detach().to_sparse())


def subclass(nn):
    class Linear(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    return Linear(5, 3)


@pytest.mark.parametrize(
    ("make", "shape", "text"),
    [
        (lambda nn: nn.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"), IMAGE, "padding_mode: got 'reflect'"),
        (lambda nn: nn.MaxPool2d(2, ceil_mode=True), IMAGE, "ceil_mode: got True, supported is False"),
        (lambda nn: nn.MaxPool2d(2, return_indices=True), IMAGE, "return_indices: got True"),
        (lambda nn: nn.MaxPool2d(2, dilation=2), IMAGE, "dilation: got 2, supported is 1"),
        (lambda nn: nn.AvgPool2d(2, ceil_mode=True), IMAGE, "ceil_mode: got True"),
        (lambda nn: nn.AvgPool2d(2, divisor_override=3), IMAGE, "divisor_override: got 3, supported is None"),
        (lambda nn: nn.AdaptiveAvgPool2d(2), IMAGE, "output_size: got 2, supported is 1"),
        (lambda nn: nn.AdaptiveMaxPool2d(1, return_indices=True), IMAGE, "return_indices: got True"),
        (lambda nn: nn.BatchNorm2d(4, affine=False), IMAGE, "affine: got False, supported is True"),
        (lambda nn: nn.BatchNorm2d(4, track_running_stats=False), IMAGE, "track_running_stats: got False"),
        (lambda nn: nn.BatchNorm2d(4, momentum=None), IMAGE, "momentum must be a number, got None"),
        (lambda nn: nn.BatchNorm1d(4), (4, 7), r"got samples of shape \(4, 7\), supported are features"),
        (lambda nn: nn.LayerNorm(6, elementwise_affine=False), IMAGE, "elementwise_affine: got False"),
        (lambda nn: nn.LayerNorm(6, bias=False), IMAGE, "weights: got weight, supported are weight, bias"),
        (lambda nn: nn.Linear(6, 2), IMAGE, r"supported are features \(D,\)"),
        (lambda nn: nn.Softmax(dim=1), IMAGE, r"supported are features \(D,\)"),
        (lambda nn: nn.Softmax(), (5,), "dim: got None"),
        (lambda nn: nn.Softmax(dim=0), (5,), "dim: got 0"),
        (lambda nn: nn.Flatten(0), IMAGE, "start_dim: got 0, supported are 1 to 3"),
        (lambda nn: nn.Dropout(1.0), (5,), "rate must be .* < 1"),
        (lambda nn: nn.LeakyReLU(2.0), (5,), "negative_slope must be"),
        (lambda nn: nn.ELU(-1.0), (5,), "alpha must be"),
        (lambda nn: nn.Softplus(threshold=5), (5,), "threshold: got 5, supported is 20 or more"),
        (lambda nn: nn.Upsample(scale_factor=1.5), IMAGE, "scale_factor: got 1.5, supported are whole numbers"),
        (lambda nn: nn.Upsample(size=9), IMAGE, "scale_factor: got None"),
        (lambda nn: nn.Upsample(scale_factor=2, mode="bicubic"), IMAGE, "mode: got 'bicubic'"),
        (lambda nn: nn.Upsample(None, 2, "bilinear", align_corners=True), IMAGE, "align_corners: got True"),
        (lambda nn: nn.PReLU(), (5,), "no layer of nnfs does this; supported are .*LeakyReLU"),
        (lambda nn: nn.LazyLinear(3), (5,), "no layer of nnfs does this"),
        (lambda nn: subclass(nn), (5,), "no layer of nnfs does this"),
        (lambda nn: nn.utils.parametrizations.weight_norm(nn.Linear(5, 3)), (5,), "no layer of nnfs"),
        (lambda nn: changed(nn.ReLU(), forward=abs), (5,), "forward: got one of its own"),
        (lambda nn: hooked(nn.ReLU(), "forward"), (5,), "_forward_hooks: got 1, supported is none"),
        (lambda nn: hooked(nn.ReLU(), "forward_pre"), (5,), "_forward_pre_hooks: got 1"),
        (lambda nn: hooked(nn.ReLU(), "full_backward"), (5,), "_backward_hooks: got 1"),
        (lambda nn: hooked(nn.ReLU(), "full_backward_pre"), (5,), "_backward_pre_hooks: got 1"),
        (lambda nn: nn.Linear(5, 3).half(), (5,), "weight: got float16, supported are float32 and float64"),
        (lambda nn: nn.Linear(5, 3).bfloat16(), (5,), "weight: got bfloat16"),
        (lambda nn: nn.Linear(5, 3).double(), (5,), "weight: got float64 .*, wanted float32"),
        (lambda nn: nn.Linear(5, 3, device="meta"), (5,), "weight: got a tensor on meta, supported is cpu"),
        (lambda nn: changed(nn.Linear(5, 3), out_features=4), (5,), r"weight: got .*\(3, 5\), wanted .*\(4, 5\)"),
        (lambda nn: changed(nn.Linear(5, 3), scale=nn.Linear(2, 3).bias), (5,), "scale, supported are weight, bias"),
        (lambda nn: changed(nn.Linear(5, 3), weight=sparse(nn)), (5,), "Cannot access data pointer"),
    ],
)
def test_modules_that_compute_something_else_are_refused(torch, make, shape, text):
    module = torch.nn.Sequential(torch.nn.LayerNorm(shape[-1]), torch.nn.Sequential(torch.nn.ReLU()))
    module[1].add_module("odd", make(torch.nn))
    before = {name: tensor.clone() for name, tensor in module[0].state_dict().items()}
    with pytest.raises(UnsupportedError, match=rf"^to_network: module 1\.odd, \w+: .*{text}"):
        to_network(module, shape)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module[0].state_dict().items())


def test_an_error_carries_the_place_and_the_class_of_the_module(torch):
    with pytest.raises(UnsupportedError) as caught:
        to_network(torch.nn.Sequential(torch.nn.MaxPool2d(2, ceil_mode=True)), IMAGE)
    assert vars(caught.value) == {"node": "0", "operator": "MaxPool2d"}


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda nn: nn.Conv2d(3, 2, 3), "Conv2d: in_channels is 3, got 4"),
        (lambda nn: nn.Conv2d(4, 2, 9), r"Conv2D: kernel_size \(9, 9\) reaches over"),
        (lambda nn: nn.BatchNorm2d(3), "num_features is 3, got 4"),
        (lambda nn: nn.LayerNorm((4, 6)), r"normalized_shape is \(4, 6\), got samples of shape \(4, 7, 6\)"),
        (lambda nn: nn.Sequential(nn.Flatten(), nn.Linear(24, 2)), "in_features is 24, got 168"),
        (lambda nn: nn.Unflatten(1, (3, 2)), "do not make the shape"),
        (lambda nn: nn.ConvTranspose2d(4, 6, 1, 1, 0, 1, dilation=2), "output_padding must be smaller than stride"),
        (lambda nn: nn.ZeroPad2d(-1), "padding must be an integer from 0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(torch, make, text):
    with pytest.raises(ShapeError, match=rf"^to_network: module 0.*{text}"):
        to_network(torch.nn.Sequential(make(torch.nn)), IMAGE)


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
