"""The modules of PyTorch that have a layer, and what is refused."""

from __future__ import annotations

import pytest
from torch_modules import IMAGE, SIGNAL, check, sequential

from nnfs import ShapeError, UnsupportedError
from nnfs.io.torch import to_network

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
        (lambda nn: nn.Conv1d(4, 6, 3), SIGNAL, "Conv1D(6, 3)"),
        (lambda nn: nn.Conv1d(4, 6, 3, 2, 1), SIGNAL, "Conv1D(6, 3, stride=2, padding=1)"),
        (lambda nn: nn.Conv1d(4, 6, 4, padding="same"), SIGNAL, "Conv1D(6, 4, padding='same')"),
        (lambda nn: nn.Conv1d(4, 8, 2, dilation=2, groups=2), SIGNAL, "Conv1D(8, 2, dilation=2, groups=2)"),
        (lambda nn: nn.MaxPool1d(3, 2, 1), SIGNAL, "MaxPool1D(3, stride=2, padding=1)"),
        (lambda nn: nn.AvgPool1d(3, count_include_pad=False), SIGNAL, "AvgPool1D(3, count_include_pad=False)"),
        (lambda nn: nn.AdaptiveAvgPool1d(1), SIGNAL, "GlobalAvgPool1D(), Reshape((4, 1))"),
        (lambda nn: nn.AdaptiveMaxPool1d(1), SIGNAL, "GlobalMaxPool1D(), Reshape((4, 1))"),
        (lambda nn: nn.BatchNorm1d(4), SIGNAL, "BatchNorm()"),
        (lambda nn: nn.LayerNorm(9), SIGNAL, "LayerNorm(1)"),
        (lambda nn: nn.GroupNorm(2, 4, eps=1e-3), SIGNAL, "GroupNorm(2, epsilon=0.001)"),
        (lambda nn: nn.InstanceNorm1d(4, affine=True), SIGNAL, "GroupNorm(4)"),
        (lambda nn: nn.InstanceNorm2d(4, affine=True), IMAGE, "GroupNorm(4)"),
        (lambda nn: nn.Mish(), IMAGE, "Mish()"),
        (lambda nn: nn.Softsign(), IMAGE, "Softsign()"),
        (lambda nn: nn.LogSoftmax(1), (5,), "LogSoftmax()"),
        (lambda nn: nn.Linear(9, 3), SIGNAL, "Dense(3)"),
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
        (lambda nn: nn.BatchNorm1d(4), IMAGE, r"got samples of shape \(4, 7, 6\), supported are features"),
        (lambda nn: nn.MaxPool1d(2, dilation=2), SIGNAL, "dilation: got 2, supported is 1"),
        (lambda nn: nn.AvgPool1d(2, ceil_mode=True), SIGNAL, "ceil_mode: got True"),
        (lambda nn: nn.AdaptiveAvgPool1d(3), SIGNAL, "output_size: got 3, supported is 1"),
        (lambda nn: nn.GroupNorm(2, 4, affine=False), IMAGE, "affine: got False"),
        (lambda nn: nn.InstanceNorm2d(4), IMAGE, "affine: got False"),
        (lambda nn: nn.LayerNorm(6, elementwise_affine=False), IMAGE, "elementwise_affine: got False"),
        (lambda nn: nn.LayerNorm(6, bias=False), IMAGE, "weights: got weight, supported are weight, bias"),
        (lambda nn: nn.Linear(6, 2), IMAGE, r"supported are features \(D,\) and signals \(C, L\)"),
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
