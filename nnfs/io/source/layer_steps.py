"""The steps of each layer: one function for each layer, in the table `STEPS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._kernels.interface import Window
from ...arguments.shapes import Shape, as_pair, as_sides
from ...errors import UnsupportedError
from ...layers import (
    ELU,
    GELU,
    LAYERS,
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Clip,
    Concat,
    Conv1D,
    Conv2D,
    ConvTranspose2D,
    Dense,
    Dropout,
    Flatten,
    Gate,
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
    Normalization,
    Padding2D,
    Permute,
    ReLU,
    Reshape,
    Residual,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
    Upsample2D,
)
from ...layers.chain import Chain
from ...layers.convolution import Convolution
from ...layers.pooling import Pooling
from ...sequential import Sequential
from .program import Program

MOST_NUMBERS = 5_000_000
"""The most weights of a source file: compilers take minutes and gigabytes of memory for more."""


def to_program(network: Sequential) -> Program:
    """Return the steps of a network.

    Raises
    ------
    UnsupportedError
        For a layer of your own, and for too many weights.
    NumericError
        For weights that are not finite.
    """
    program = Program(network)
    add_layers(network.layers, program)
    numbers = sum(array.size for array in program.arrays.values())
    if numbers > MOST_NUMBERS:
        raise UnsupportedError(
            f"save: the network has {numbers:,} weights; a source file holds at most {MOST_NUMBERS:,}, since compilers "
            "take very long for more. Write a .onnx file: nnfs.io.onnx.save(net, 'model.onnx')"
        )
    return program


def add_layers(layers: Chain, program: Program, prefix: str = "") -> None:
    """Add the steps of layers that run one after the other.

    Parameters
    ----------
    layers : Chain
        Not modified; it was placed, so that its shapes are known.
    program : Program
        The steps are added to it.
    prefix : str
        For layers within another layer: the prefix of their names, such as ``3.body.``.

    Raises
    ------
    UnsupportedError
        For a layer that is none of nnfs's own.
    """
    for index, (layer, shape) in enumerate(zip(layers, layers.shapes[1:], strict=True)):
        name = f"{prefix}{index}"
        if type(layer) not in STEPS:  # a subclass may compute something else
            raise UnsupportedError(
                f"layer {name}, {layer!r}: it cannot be written as C or Python; what can be written: "
                f"{', '.join(sorted(name for name, known in LAYERS.items() if known in STEPS))}. For other layers, "
                "export the layers before it as a network of their own, and write its formula by hand"
            )
        program.layer = f"{name} {type(layer).__name__}"
        STEPS[type(layer)](layer, program, shape)


def _plain(function: str, **names: str) -> Callable[[Any, Program, Shape], None]:
    """Return the function for a layer of one step without arrays; ``names`` are arguments and attributes of it."""

    def add(layer: Layer, program: Program, shape: Shape) -> None:
        program.add(function, shape=shape, **{argument: getattr(layer, name) for argument, name in names.items()})

    return add


def _avg_pool2d(layer: AvgPool2D, program: Program, shape: Shape) -> None:
    arguments = _pool(layer) | {"count_include_pad": layer.count_include_pad}
    program.add("avg_pool2d", shape=shape, **arguments)


def _batch_norm(layer: BatchNorm, program: Program, shape: Shape) -> None:
    arrays = layer.weight, layer.bias, layer.running_mean, layer.running_var
    program.add("batch_norm", *arrays, shape=shape, epsilon=layer.epsilon)


def _concat(layer: Concat, program: Program, shape: Shape) -> None:
    name, start, parts = program.layer, program.value, []
    for at, branch in layer.chains.items():
        program.value = start
        add_layers(branch, program, f"{name.split()[0]}.{at}.")
        parts.append(program.value)
    program.layer = name
    program.add("concat", shape=shape, inputs=tuple(parts))


def _conv1d(layer: Conv1D, program: Program, shape: Shape) -> None:
    _on_signals(_conv2d)(layer, program, shape)
    kernels = program.steps[-2].arrays[0]
    assert kernels is not None
    program.arrays[kernels] = layer.values()[0]  # kernels of one row


def _conv2d(layer: Conv2D, program: Program, shape: Shape) -> None:
    program.add("conv2d", *_weights(layer), shape=shape, **_window(layer.window), groups=layer.groups)


def _conv_transpose2d(layer: ConvTranspose2D, program: Program, shape: Shape) -> None:
    arguments = {"output_size": layer.output_size, **_window(layer.window), "groups": layer.groups}
    program.add("conv_transpose2d", *_weights(layer), shape=shape, **arguments)


def _dense(layer: Dense, program: Program, shape: Shape) -> None:
    program.add("dense", *_weights(layer), shape=shape)


def _gate(layer: Gate, program: Program, shape: Shape) -> None:
    name, start = program.layer, program.value
    add_layers(layer.body, program, f"{name.split()[0]}.body.")
    program.layer = name
    program.add("gate", shape=shape, inputs=(start, program.value))


def _gelu(layer: GELU, program: Program, shape: Shape) -> None:
    program.add("gelu_tanh" if layer.approximate == "tanh" else "gelu", shape=shape)


def _group_norm(layer: GroupNorm, program: Program, shape: Shape) -> None:
    program.add("group_norm", layer.weight, layer.bias, shape=shape, groups=layer.groups, epsilon=layer.epsilon)


def _layer_norm(layer: LayerNorm, program: Program, shape: Shape) -> None:
    program.add("layer_norm", layer.weight, layer.bias, shape=shape, epsilon=layer.epsilon)


def _leaky_relu(layer: LeakyReLU, program: Program, shape: Shape) -> None:
    if program.network.dtype.type(layer.negative_slope):
        program.add("leaky_relu", shape=shape, slope=layer.negative_slope)
    else:  # 0 times infinity would be NaN
        program.add("relu", shape=shape)


def _max_pool2d(layer: MaxPool2D, program: Program, shape: Shape) -> None:
    program.add("max_pool2d", shape=shape, **_pool(layer))


def _normalization(layer: Normalization, program: Program, shape: Shape) -> None:
    program.add("normalization", layer.mean, layer.scale, shape=shape)


def _nothing(layer: Dropout, program: Program, shape: Shape) -> None:
    """Add no step: the layer acts in training only."""


def _padding2d(layer: Padding2D, program: Program, shape: Shape) -> None:
    program.add("pad2d", shape=shape, padding=tuple(as_sides(layer.padding, "padding")))


def _reshape(layer: Layer, program: Program, shape: Shape) -> None:
    program.add("reshape", shape=shape, into=shape)


def _residual(layer: Residual, program: Program, shape: Shape) -> None:
    name, start = program.layer, program.value
    place = name.split()[0]
    add_layers(layer.body, program, f"{place}.body.")
    body, program.value = program.value, start
    if layer.shortcut is not None:
        add_layers(layer.shortcut, program, f"{place}.shortcut.")
    program.layer = name
    program.add("add", shape=shape, inputs=(body, program.value))


def _upsample2d(layer: Upsample2D, program: Program, shape: Shape) -> None:
    program.add(f"upsample2d_{layer.mode}", shape=shape, factors=as_pair(layer.scale_factor, "scale_factor"))


def _on_signals(add: Callable[[Any, Program, Shape], None]) -> Callable[[Any, Program, Shape], None]:
    """Return the function for a layer of signals (C, L), which are images of one row, from that for images."""

    def add_on_signals(layer: Layer, program: Program, shape: Shape) -> None:
        channels, length = program.shapes[program.value]
        _reshape(layer, program, (channels, 1, length))
        add(layer, program, (shape[0], 1, shape[1]))
        _reshape(layer, program, shape)

    return add_on_signals


def _pool(layer: Pooling) -> dict[str, Any]:
    window = layer.window
    corner = window.padding[0], window.padding[2]
    return {"output_size": layer.output_size, "size": window.size, "stride": window.stride, "corner": corner}


def _weights(layer: Dense | Convolution) -> tuple[Any, Any]:
    return layer.weight, layer.bias if layer.use_bias else None


def _window(window: Window) -> dict[str, Any]:
    return {"stride": window.stride, "padding": tuple(window.padding), "dilation": window.dilation}


STEPS: dict[type[Layer], Callable[[Any, Program, Shape], None]] = {
    AvgPool1D: _on_signals(_avg_pool2d),
    AvgPool2D: _avg_pool2d,
    BatchNorm: _batch_norm,
    Clip: _plain("clip", minimum="minimum", maximum="maximum"),
    Concat: _concat,
    Conv1D: _conv1d,
    Conv2D: _conv2d,
    ConvTranspose2D: _conv_transpose2d,
    Dense: _dense,
    Dropout: _nothing,
    ELU: _plain("elu", alpha="alpha"),
    Flatten: _reshape,
    GELU: _gelu,
    Gate: _gate,
    GlobalAvgPool1D: _plain("global_avg_pool"),
    GlobalAvgPool2D: _plain("global_avg_pool"),
    GlobalMaxPool1D: _plain("global_max_pool"),
    GlobalMaxPool2D: _plain("global_max_pool"),
    GroupNorm: _group_norm,
    HardSigmoid: _plain("hard_sigmoid", slope="slope", offset="offset"),
    HardSwish: _plain("hard_swish"),
    LayerNorm: _layer_norm,
    LeakyReLU: _leaky_relu,
    LogSoftmax: _plain("log_softmax"),
    MaxPool1D: _on_signals(_max_pool2d),
    MaxPool2D: _max_pool2d,
    Mish: _plain("mish"),
    Normalization: _normalization,
    Padding2D: _padding2d,
    Permute: _plain("permute", dims="dims"),
    ReLU: _plain("relu"),
    Reshape: _reshape,
    Residual: _residual,
    Sigmoid: _plain("sigmoid"),
    SiLU: _plain("silu"),
    Softmax: _plain("softmax"),
    Softplus: _plain("softplus", beta="beta"),
    Softsign: _plain("softsign"),
    Tanh: _plain("tanh"),
    Upsample2D: _upsample2d,
}
"""For each layer the function that adds its steps; the functions' names are those of `functions`."""
