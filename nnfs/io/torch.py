"""From PyTorch: a plain ``torch.nn.Sequential`` becomes a network. PyTorch itself is never imported here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .._kernels.interface import Array
from ..arguments.arrays import FLOATS
from ..arguments.shapes import Shape, as_shape
from ..errors import DTypeError, ShapeError, UnsupportedError
from ..layers import (
    ELU,
    GELU,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    GlobalMaxPool2D,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPool2D,
    Padding2D,
    ReLU,
    Reshape,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
    Upsample2D,
)
from ..layers.chain import MOST
from ..sequential import Sequential

Module: TypeAlias = Any
"""A ``torch.nn.Module``; a type checker asks for no PyTorch here either."""


def to_network(module: Module, input_shape: int | Shape, *, seed: int = 0) -> Sequential:
    """Return a network with the layers and the weights of a ``torch.nn.Sequential``, which gives the same and trains.

    A Sequential within it is laid out flat, and Identity is left out. Where there is neither, the keys of the weights
    stay what they were, so that ``net.state_dict()`` goes back into the module too.

    Parameters
    ----------
    module : torch.nn.Sequential
        Not modified. Its weights, all float32 or all float64, are copied, and all of them train here, whatever
        ``requires_grad`` says of them.
    input_shape : int or tuple of int
        Shape of one sample, without the batch axis: PyTorch's modules do not know it.
    seed : int
        Where the network's random numbers come from: shuffling, dropout.

    Raises
    ------
    UnsupportedError
        For a module or an option that no layer of nnfs does, for hooks, and for a class of your own: place in the
        module, what was got, what is supported.
    ShapeError
        Where a module cannot take what the one before gives, or has sizes that the layer refuses.
    DTypeError
        For what is no ``torch.nn.Sequential``.
    """
    if _kind(module) != "Sequential":
        raise DTypeError(
            f"to_network: module must be a plain torch.nn.Sequential, got {type(module).__name__}; a network with a "
            "forward of its own comes in as ONNX: torch.onnx.export, then nnfs.io.onnx.load(path).to_network()"
        )
    shape = start = as_shape(input_shape, "input_shape")
    layers: list[Layer] = []
    given: list[tuple[str, list[Layer], dict[str, Array]]] = []
    owners: dict[int, str] = {}
    for place, part in _parts(module):
        where = f"to_network: module {place}".rstrip() + f", {type(part).__name__}"
        try:
            made, arrays = _convert(part, shape), _arrays(part, place, owners)
            for layer in made:
                shape = layer.output_shape(shape)
        except ShapeError as error:
            raise error.reworded(f"{where}: {error}") from None
        except (ValueError, TypeError, RuntimeError) as error:  # a layer may take less than PyTorch's module
            raise UnsupportedError(f"{where}: {error}", node=place, operator=type(part).__name__) from None
        if layers and isinstance(layers[-1], Reshape) and any(isinstance(layer, Flatten) for layer in made):
            layers.pop()  # so that AdaptiveAvgPool2d(1), Flatten() are two layers here too
        layers += made
        given.append((where, made, arrays))
    if not layers:
        raise UnsupportedError("to_network: the module has nothing that a layer does")
    floats = (array.dtype for *_, arrays in given for array in arrays.values() if array.dtype in FLOATS)
    network = Sequential(layers, start, seed=seed, dtype=next(floats, FLOATS[0]))
    for where, made, arrays in given:
        _fill(made, arrays, where)
    return network


def _parts(module: Module) -> Iterator[tuple[str, Module]]:
    """Yield a module and all within it, each with its place: nothing, ``0``, ``1``, ``3``, ``3.conv``, ..."""
    waiting, seen = [("", module)], 0
    while waiting:
        place, part = waiting.pop()
        seen += 1
        if seen > MOST:  # a Sequential may hold itself
            raise UnsupportedError(f"to_network: got more than {MOST} modules; a network has at most {MOST} layers")
        yield place, part
        if _kind(part) == "Sequential":
            # Not named_children(), which leaves out a module that stands there twice.
            inner = [(f"{place}.{name}".lstrip("."), child) for name, child in part._modules.items()]
            waiting += reversed(inner)


def _kind(module: Module) -> str | None:
    """Return the name of a class where it is PyTorch's very own: a subclass may compute something else."""
    kind = type(module)
    return kind.__name__ if kind.__module__.startswith("torch.nn.modules.") else None


def _convert(module: Module, shape: Shape) -> list[Layer]:
    """Return the layers that do what a module does to samples of this shape."""
    convert = CONVERSIONS.get(_kind(module) or "")
    if convert is None:
        raise UnsupportedError(f"no layer of nnfs does this; supported are {', '.join(CONVERSIONS)}")
    if "forward" in vars(module):
        raise UnsupportedError("forward: got one of its own, supported is that of the class")
    for hooks in ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks"):
        if getattr(module, hooks):
            raise UnsupportedError(f"{hooks}: got {len(getattr(module, hooks))}, supported is none")
    return convert(module, shape)


def _arrays(module: Module, place: str, owners: dict[int, str]) -> dict[str, Array]:
    """Return a module's own parameters and buffers by name, which are still its memory."""
    arrays = {}
    for name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
        dtype, device = str(tensor.dtype).removeprefix("torch."), tensor.device.type
        if device != "cpu":
            raise UnsupportedError(f"{name}: got a tensor on {device}, supported is cpu: module.cpu()")
        if dtype not in ("float32", "float64", "int64"):
            raise UnsupportedError(f"{name}: got {dtype}, supported are float32 and float64: module.float()")
        owner = owners.setdefault(tensor.data_ptr(), f"{place}.{name}")
        if tensor.numel() and owner != f"{place}.{name}":
            raise UnsupportedError(f"{name}: got the same tensor as {owner}, supported are weights of its own")
        arrays[name] = tensor.detach().numpy()
    return arrays


def _fill(layers: list[Layer], arrays: dict[str, Array], where: str) -> None:
    """Copy a module's arrays into the parameters and buffers of the layers that it became, under the same names."""
    own = {name: parameter.value for layer in layers for name, parameter in layer.parameters.items()}
    own |= {name: buffer for layer in layers for name, buffer in layer.buffers.items()}
    if set(own) != set(arrays):
        found, wanted = (", ".join(names) or "none" for names in (arrays, own))
        raise UnsupportedError(f"{where}: weights: got {found}, supported are {wanted}")
    for name, array in arrays.items():
        if (array.shape, array.dtype) != (own[name].shape, own[name].dtype):
            raise UnsupportedError(
                f"{where}: {name}: got {array.dtype} {array.shape}, wanted {own[name].dtype} {own[name].shape}"
            )
        own[name][...] = array


# One function a module, in one table: each is given the module and the shape of its samples.


def _adaptive(layer: Callable[[], Layer]) -> Callable[[Module, Shape], list[Layer]]:
    """Return the function for a pool of the whole image, which leaves one pixel in PyTorch and none here."""

    def convert(module: Module, shape: Shape) -> list[Layer]:
        if module.output_size not in (1, (1, 1)):
            raise UnsupportedError(f"output_size: got {module.output_size}, supported is 1")
        if hasattr(module, "return_indices"):
            _only(module, return_indices=False)
        return [layer(), Reshape((*shape[:1], 1, 1))]

    return convert


def _avg_pool2d(module: Module, shape: Shape) -> list[Layer]:
    _only(module, ceil_mode=False, divisor_override=None)
    return [AvgPool2D(**_pool(module), count_include_pad=module.count_include_pad)]


def _batch_norm(rank: int) -> Callable[[Module, Shape], list[Layer]]:
    def convert(module: Module, shape: Shape) -> list[Layer]:
        _only(module, affine=True, track_running_stats=True)
        _rank(shape, rank)
        _size(module, "num_features", shape[0])
        return [BatchNorm(momentum=module.momentum, epsilon=module.eps)]

    return convert


def _conv2d(module: Module, shape: Shape) -> list[Layer]:
    padding = 0 if module.padding == "valid" else _short(module.padding)
    return [Conv2D(**_convolution(module, shape), padding=padding)]


def _conv_transpose2d(module: Module, shape: Shape) -> list[Layer]:
    padding, output_padding = _short(module.padding), _short(module.output_padding)
    return [ConvTranspose2D(**_convolution(module, shape), padding=padding, output_padding=output_padding)]


def _convolution(module: Module, shape: Shape) -> dict[str, Any]:
    """Return the arguments that both convolutions have."""
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


def _layer_norm(module: Module, shape: Shape) -> list[Layer]:
    _only(module, elementwise_affine=True)
    axes = tuple(module.normalized_shape)
    if shape[-len(axes) :] != axes:
        raise ShapeError(f"normalized_shape is {axes}, got samples of shape {shape}")
    return [LayerNorm(len(axes), epsilon=module.eps)]


def _linear(module: Module, shape: Shape) -> list[Layer]:
    _rank(shape, 1)
    _size(module, "in_features", shape[0])
    return [Dense(module.out_features, use_bias=module.bias is not None)]


def _max_pool2d(module: Module, shape: Shape) -> list[Layer]:
    _only(module, ceil_mode=False, return_indices=False)
    if _short(module.dilation) != 1:
        raise UnsupportedError(f"dilation: got {module.dilation}, supported is 1")
    return [MaxPool2D(**_pool(module))]


def _pool(module: Module) -> dict[str, Any]:
    """Return the arguments that both pools have."""
    size, stride = _short(module.kernel_size), _short(module.stride)
    padding = _short(module.padding)
    return {"pool_size": size, "stride": None if stride == size else stride, "padding": padding}


def _softmax(module: Module, shape: Shape) -> list[Layer]:
    _rank(shape, 1)
    _axis(module, "dim", shape)
    return [Softmax()]


def _softplus(module: Module, shape: Shape) -> list[Layer]:
    if module.threshold < 20:  # from there on, log(1 + exp(z)) is z to 2e-9
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
    "AdaptiveAvgPool2d": _adaptive(GlobalAvgPool2D),
    "AdaptiveMaxPool2d": _adaptive(GlobalMaxPool2D),
    "AvgPool2d": _avg_pool2d,
    "BatchNorm1d": _batch_norm(1),
    "BatchNorm2d": _batch_norm(3),
    "Conv2d": _conv2d,
    "ConvTranspose2d": _conv_transpose2d,
    "Dropout": lambda module, shape: [Dropout(module.p)],
    "ELU": lambda module, shape: [ELU(module.alpha)],
    "Flatten": _flatten,
    "GELU": lambda module, shape: [GELU(module.approximate)],
    "Identity": lambda module, shape: [],
    "LayerNorm": _layer_norm,
    "LeakyReLU": lambda module, shape: [LeakyReLU(module.negative_slope)],
    "Linear": _linear,
    "MaxPool2d": _max_pool2d,
    "ReLU": lambda module, shape: [ReLU()],
    "Sequential": lambda module, shape: [],
    "SiLU": lambda module, shape: [SiLU()],
    "Sigmoid": lambda module, shape: [Sigmoid()],
    "Softmax": _softmax,
    "Softplus": _softplus,
    "Tanh": lambda module, shape: [Tanh()],
    "Unflatten": _unflatten,
    "Upsample": _upsample,
    "ZeroPad2d": _zero_pad2d,
}
"""How each module becomes layers."""


def _only(module: Module, **supported: Any) -> None:
    """Raise UnsupportedError where an option is not the one that nnfs does."""
    for name, value in supported.items():
        got = getattr(module, name)
        if got != value:
            raise UnsupportedError(f"{name}: got {got!r}, supported is {value!r}")


def _rank(shape: Shape, wanted: int) -> None:
    if len(shape) != wanted:
        what = "features (D,)" if wanted == 1 else "images (C, H, W)"
        raise UnsupportedError(f"got samples of shape {shape}, supported are {what}")


def _size(module: Module, name: str, got: int) -> None:
    """Raise ShapeError where a size that the module was made for is not that of the samples."""
    wanted = getattr(module, name)
    if got != wanted:
        raise ShapeError(f"{name} is {wanted}, got {got}")


def _axis(module: Module, name: str, shape: Shape) -> int:
    """Return the axis of a sample that PyTorch counts with the batch, or from the end."""
    dim = getattr(module, name)
    if isinstance(dim, int) and not isinstance(dim, bool):
        axis = dim - 1 if dim >= 0 else dim + len(shape)
        if 0 <= axis < len(shape):
            return axis
    raise UnsupportedError(
        f"{name}: got {dim!r}, supported are 1 to {len(shape)}, the axes behind the batch, and those from the end",
    )


def _short(value: Any) -> Any:
    """Return a pair of equal sizes as one, which prints shorter."""
    return value[0] if isinstance(value, tuple | list) and len(set(value)) == 1 else value
