"""Conversion of a plain ``torch.nn.Sequential`` into a network; PyTorch itself is never imported here."""

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
"""A ``torch.nn.Module``, typed as Any so that a type checker needs no PyTorch."""


def to_network(module: Module, input_shape: int | Shape, *, seed: int = 0) -> Sequential:
    """Convert a ``torch.nn.Sequential`` into a network with equal layers and weights, which can be trained.

    The modules of a Sequential within it become layers of the one network, and Identity is left out. Without either of
    these, the names of the weights do not change, so that ``net.state_dict()`` fits the module, too.

    Parameters
    ----------
    module : torch.nn.Sequential
        Not modified. Its weights, all float32 or all float64, are copied. All of them are trained here, also those
        with ``requires_grad=False``.
    input_shape : int or tuple of int
        Shape of one sample, without the batch axis; PyTorch's modules do not hold it.
    seed : int
        The seed of the network's random numbers: shuffling, dropout.

    Returns
    -------
    Sequential
        A new network that computes the outputs of the module.

    Raises
    ------
    UnsupportedError
        For a module or an option that no layer of nnfs has, for hooks, and for a class of your own; the message names
        the place in the module, what was got and what is supported.
    ShapeError
        When a module cannot take the output of the one before, or has sizes that the layer refuses.
    DTypeError
        For anything else than a ``torch.nn.Sequential``.
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
        except (ValueError, TypeError, RuntimeError) as error:  # a layer may accept fewer values than PyTorch's module
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
    """Yield a module and all modules within it, each with its place: "", ``0``, ``1``, ``3``, ``3.conv``, ..."""
    waiting, seen = [("", module)], 0
    while waiting:
        place, part = waiting.pop()
        seen += 1
        if seen > MOST:  # a Sequential may hold itself
            raise UnsupportedError(f"to_network: got more than {MOST} modules; a network has at most {MOST} layers")
        yield place, part
        if _kind(part) == "Sequential":
            # named_children() would leave out a module that occurs twice.
            inner = [(f"{place}.{name}".lstrip("."), child) for name, child in part._modules.items()]
            waiting += reversed(inner)


def _kind(module: Module) -> str | None:
    """Return the name of the class of a module if it is a class of PyTorch, else None.

    A subclass of the user's may compute something else.
    """
    kind = type(module)
    return kind.__name__ if kind.__module__.startswith("torch.nn.modules.") else None


def _convert(module: Module, shape: Shape) -> list[Layer]:
    """Return the layers that compute what a module computes for samples of ``shape``."""
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
    """Return a module's own parameters and buffers by name, as arrays that share its memory.

    ``owners`` holds the place of each array that was seen before, by address; a shared one raises UnsupportedError.
    """
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
    """Copy a module's arrays into the parameters and buffers with these names of the layers that it became."""
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


# The table CONVERSIONS has one function for each module, which takes the module and the shape of its samples.


def _adaptive(layer: Callable[[], Layer]) -> Callable[[Module, Shape], list[Layer]]:
    """Return the function for a pool over the whole image, whose result is (C, 1, 1) in PyTorch and (C,) here."""

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
    """Return the arguments that Conv2D and ConvTranspose2D share."""
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
    """Return the arguments that MaxPool2D and AvgPool2D share."""
    size, stride = _short(module.kernel_size), _short(module.stride)
    padding = _short(module.padding)
    return {"pool_size": size, "stride": None if stride == size else stride, "padding": padding}


def _softmax(module: Module, shape: Shape) -> list[Layer]:
    _rank(shape, 1)
    _axis(module, "dim", shape)
    return [Softmax()]


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
"""For each module of PyTorch: the function that returns its layers."""


def _only(module: Module, **supported: Any) -> None:
    """Raise UnsupportedError, which names the option, unless each option of the module has the supported value."""
    for name, value in supported.items():
        got = getattr(module, name)
        if got != value:
            raise UnsupportedError(f"{name}: got {got!r}, supported is {value!r}")


def _rank(shape: Shape, wanted: int) -> None:
    if len(shape) != wanted:
        what = "features (D,)" if wanted == 1 else "images (C, H, W)"
        raise UnsupportedError(f"got samples of shape {shape}, supported are {what}")


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
