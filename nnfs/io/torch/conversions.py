"""The conversion of modules into layers: one function for each class of PyTorch, in the table `CONVERSIONS`.

It takes the module and the shape of its samples, and returns a list of layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from ...arguments.shapes import Shape
from ...errors import ShapeError, UnsupportedError
from ...layers import (
    ELU,
    GELU,
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Clip,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    Layer,
    LayerNorm,
    LeakyReLU,
    LogSoftmax,
    MaxPool1D,
    MaxPool2D,
    Mish,
    Padding2D,
    ReLU,
    Reshape,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    Upsample2D,
)

Module: TypeAlias = Any
"""A ``torch.nn.Module``, typed as Any so that a type checker needs no PyTorch."""


def _adaptive(layer: Callable[[], Layer]) -> Callable[[Module, Shape], list[Layer]]:
    """Return the function for a pool over all of a channel: its result has axes of 1 in PyTorch, and is (C,) here."""

    def convert(module: Module, shape: Shape) -> list[Layer]:
        if _short(module.output_size) != 1:
            raise UnsupportedError(f"output_size: got {module.output_size}, supported is 1")
        if hasattr(module, "return_indices"):
            _only(module, return_indices=False)
        return [layer(), Reshape((*shape[:1], *(1,) * (len(shape) - 1)))]

    return convert


def _avg_pool(layer: type[AvgPool2D]) -> Callable[[Module, Shape], list[Layer]]:
    def convert(module: Module, shape: Shape) -> list[Layer]:
        _only(module, ceil_mode=False)
        if getattr(module, "divisor_override", None) is not None:  # AvgPool1d has none
            _only(module, divisor_override=None)
        return [layer(**_pool(module), count_include_pad=module.count_include_pad)]

    return convert


def _batch_norm(*ranks: int) -> Callable[[Module, Shape], list[Layer]]:
    def convert(module: Module, shape: Shape) -> list[Layer]:
        _only(module, affine=True, track_running_stats=True)
        _rank(shape, *ranks)
        _size(module, "num_features", shape[0])
        return [BatchNorm(momentum=module.momentum, epsilon=module.eps)]

    return convert


def _conv(layer: type[Conv2D]) -> Callable[[Module, Shape], list[Layer]]:
    def convert(module: Module, shape: Shape) -> list[Layer]:
        padding = 0 if module.padding == "valid" else _short(module.padding)
        return [layer(**_convolution(module, shape), padding=padding)]

    return convert


def _conv_transpose2d(module: Module, shape: Shape) -> list[Layer]:
    padding, output_padding = _short(module.padding), _short(module.output_padding)
    return [ConvTranspose2D(**_convolution(module, shape), padding=padding, output_padding=output_padding)]


def _convolution(module: Module, shape: Shape) -> dict[str, Any]:
    """Return the arguments that convolutions share."""
    _only(module, padding_mode="zeros")
    _size(module, "in_channels", shape[0])
    return {
        "filters": module.out_channels,
        "kernel_size": _short(module.kernel_size),
        "stride": _short(module.stride),
        "dilation": _short(module.dilation),
        "groups": module.groups,
        "use_bias": module.bias is not None,
    }


def _flatten(module: Module, shape: Shape) -> list[Layer]:
    first, last = _axis(module, "start_dim", shape), _axis(module, "end_dim", shape)
    if (first, last) == (0, len(shape) - 1):
        return [Flatten()]
    return [Reshape((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))]


def _group_norm(module: Module, shape: Shape) -> list[Layer]:
    _only(module, affine=True)
    _rank(shape, 2, 3)
    _size(module, "num_channels", shape[0])
    return [GroupNorm(module.num_groups, epsilon=module.eps)]


def _instance_norm(module: Module, shape: Shape) -> list[Layer]:
    _only(module, affine=True, track_running_stats=False)
    _size(module, "num_features", shape[0])
    return [GroupNorm(shape[0], epsilon=module.eps)]


def _layer_norm(module: Module, shape: Shape) -> list[Layer]:
    _only(module, elementwise_affine=True)
    axes = tuple(module.normalized_shape)
    if shape[-len(axes) :] != axes:
        raise ShapeError(f"normalized_shape is {axes}, got samples of shape {shape}")
    return [LayerNorm(len(axes), epsilon=module.eps)]


def _linear(module: Module, shape: Shape) -> list[Layer]:
    _rank(shape, 1, 2)
    _size(module, "in_features", shape[-1])
    return [Dense(module.out_features, use_bias=module.bias is not None)]


def _max_pool(layer: type[MaxPool2D]) -> Callable[[Module, Shape], list[Layer]]:
    def convert(module: Module, shape: Shape) -> list[Layer]:
        _only(module, ceil_mode=False, return_indices=False)
        if _short(module.dilation) != 1:
            raise UnsupportedError(f"dilation: got {module.dilation}, supported is 1")
        return [layer(**_pool(module))]

    return convert


def _pool(module: Module) -> dict[str, Any]:
    """Return the arguments that pools share."""
    size, stride = _short(module.kernel_size), _short(module.stride)
    padding = _short(module.padding)
    return {"pool_size": size, "stride": None if stride == size else stride, "padding": padding}


def _over_scores(layer: Callable[[], Layer]) -> Callable[[Module, Shape], list[Layer]]:
    def convert(module: Module, shape: Shape) -> list[Layer]:
        _rank(shape, 1)
        _axis(module, "dim", shape)
        return [layer()]

    return convert


def _softplus(module: Module, shape: Shape) -> list[Layer]:
    if module.threshold < 20:  # from 20 on, log(1 + exp(z)) differs from z by 2e-9 at most
        raise UnsupportedError(f"threshold: got {module.threshold}, supported is 20 or more")
    return [Softplus(module.beta)]


def _unflatten(module: Module, shape: Shape) -> list[Layer]:
    axis = _axis(module, "dim", shape)
    return [Reshape((*shape[:axis], *module.unflattened_size, *shape[axis + 1 :]))]


def _upsample(module: Module, shape: Shape) -> list[Layer]:
    if module.mode not in ("nearest", "bilinear"):
        raise UnsupportedError(f"mode: got {module.mode!r}, supported are 'nearest' and 'bilinear'")
    if module.align_corners:
        raise UnsupportedError("align_corners: got True, supported is False")
    factor = _short(module.scale_factor)
    sizes = factor if isinstance(factor, tuple) else (factor,)
    if any(size is None or size != int(size) for size in sizes):
        raise UnsupportedError(f"scale_factor: got {factor}, supported are whole numbers")
    return [Upsample2D(_short(tuple(map(int, sizes))), mode=module.mode)]


def _zero_pad2d(module: Module, shape: Shape) -> list[Layer]:
    left, right, top, bottom = module.padding
    return [Padding2D((top, bottom, left, right))]


CONVERSIONS: dict[str, Callable[[Module, Shape], list[Layer]]] = {
    "AdaptiveAvgPool1d": _adaptive(GlobalAvgPool1D),
    "AdaptiveAvgPool2d": _adaptive(GlobalAvgPool2D),
    "AdaptiveMaxPool1d": _adaptive(GlobalMaxPool1D),
    "AdaptiveMaxPool2d": _adaptive(GlobalMaxPool2D),
    "AvgPool1d": _avg_pool(AvgPool1D),
    "AvgPool2d": _avg_pool(AvgPool2D),
    "BatchNorm1d": _batch_norm(1, 2),
    "BatchNorm2d": _batch_norm(3),
    "Conv1d": _conv(Conv1D),
    "Conv2d": _conv(Conv2D),
    "ConvTranspose2d": _conv_transpose2d,
    "Dropout": lambda module, shape: [Dropout(module.p)],
    "ELU": lambda module, shape: [ELU(module.alpha)],
    "Flatten": _flatten,
    "GELU": lambda module, shape: [GELU(module.approximate)],
    "GroupNorm": _group_norm,
    "Hardsigmoid": lambda module, shape: [HardSigmoid()],
    "Hardswish": lambda module, shape: [HardSwish()],
    "Hardtanh": lambda module, shape: [Clip(module.min_val, module.max_val)],
    "Identity": lambda module, shape: [],
    "InstanceNorm1d": _instance_norm,
    "InstanceNorm2d": _instance_norm,
    "LayerNorm": _layer_norm,
    "LeakyReLU": lambda module, shape: [LeakyReLU(module.negative_slope)],
    "Linear": _linear,
    "LogSoftmax": _over_scores(LogSoftmax),
    "MaxPool1d": _max_pool(MaxPool1D),
    "MaxPool2d": _max_pool(MaxPool2D),
    "Mish": lambda module, shape: [Mish()],
    "ReLU": lambda module, shape: [ReLU()],
    "ReLU6": lambda module, shape: [Clip(0, 6)],
    "Sequential": lambda module, shape: [],
    "SiLU": lambda module, shape: [SiLU()],
    "Sigmoid": lambda module, shape: [Sigmoid()],
    "Softmax": _over_scores(Softmax),
    "Softplus": _softplus,
    "Softsign": lambda module, shape: [Softsign()],
    "Tanh": lambda module, shape: [Tanh()],
    "Unflatten": _unflatten,
    "Upsample": _upsample,
    "ZeroPad2d": _zero_pad2d,
}
"""For each module of PyTorch: the function that returns its layers."""


def _only(module: Module, **supported: Any) -> None:
    """Raise UnsupportedError, which names the option, unless each option of the module has the supported value."""
    for name, value in supported.items():
        got = getattr(module, name)
        if got != value:
            raise UnsupportedError(f"{name}: got {got!r}, supported is {value!r}")


def _rank(shape: Shape, *wanted: int) -> None:
    if len(shape) not in wanted:
        names = {1: "features (D,)", 2: "signals (C, L)", 3: "images (C, H, W)"}
        raise UnsupportedError(
            f"got samples of shape {shape}, supported are {' and '.join(names[rank] for rank in wanted)}"
        )


def _size(module: Module, name: str, got: int) -> None:
    """Raise ShapeError unless the size that the module was made for is that of the samples, ``got``."""
    wanted = getattr(module, name)
    if got != wanted:
        raise ShapeError(f"{name} is {wanted}, got {got}")


def _axis(module: Module, name: str, shape: Shape) -> int:
    """Return an axis of a sample, counted without the batch, from an option of PyTorch, which counts the batch, too."""
    dim = getattr(module, name)
    if isinstance(dim, int) and not isinstance(dim, bool):
        axis = dim - 1 if dim >= 0 else dim + len(shape)
        if 0 <= axis < len(shape):
            return axis
    raise UnsupportedError(
        f"{name}: got {dim!r}, supported are 1 to {len(shape)}, the axes behind the batch, and those from the end",
    )


def _short(value: Any) -> Any:
    """Return one number for a pair of equal numbers, so that layers print shorter; any other value unchanged."""
    return value[0] if isinstance(value, tuple | list) and len(set(value)) == 1 else value
