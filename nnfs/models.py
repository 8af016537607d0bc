"""The networks that people want first: fully connected, convolutional with a fully connected end, and LeNet-5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from .arguments.hyperparameters import as_number
from .arguments.names import find_part
from .arguments.shapes import Shape, as_integer, as_shape
from .errors import ShapeError
from .layers import (
    ELU,
    GELU,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LeakyReLU,
    MaxPool2D,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from .sequential import Sequential

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "gelu": GELU,
    "silu": SiLU,
    "elu": ELU,
    "softplus": Softplus,
}


class NeuralNetwork(Sequential):
    """A fully connected network: hidden layers with an activation each, and one layer of outputs.

    Parameters
    ----------
    input_shape : int or tuple of int
        Features of a sample; an image (C, H, W) is flattened first.
    hidden_units : int or list of int
        Units of each hidden layer; [] for none.
    output_shape : int
        Number of outputs: one for a yes-or-no answer or a number, K for K classes.
    activation : str
        After each hidden layer: relu, leaky_relu, sigmoid, tanh, gelu, silu, elu, softplus.
    dropout : float
        Share of hidden units to drop in training, 0 <= dropout < 1.
    initializer : str or function
        First weights, see `nnfs.initializers`.
    seed, dtype, fuse
        See `Sequential`.
    """

    def __init__(
        self,
        input_shape: int | Shape,
        hidden_units: int | Sequence[int],
        output_shape: int,
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        initializer: str = "he_uniform",
        seed: int = 0,
        dtype: DTypeLike = "float32",
        fuse: bool = True,
    ) -> None:
        layers = fully_connected(
            input_shape, hidden_units, output_shape, activation=activation, dropout=dropout, initializer=initializer
        )
        super().__init__(layers, input_shape, seed=seed, dtype=dtype, fuse=fuse)


class CNN(Sequential):
    """A convolutional network: blocks of convolution, activation and max pooling, then a fully connected end.

    Parameters
    ----------
    input_shape : (C, H, W)
        Shape of one image.
    filters : int or list of int
        Kernels of each convolution, one block each.
    kernel_size : int or (rows, columns)
        Size of every kernel in pixels.
    padding : int, pair or "same"
        Zeros around the input of every convolution; "same" is as many as keep the size of the image, so that a small
        one survives several blocks.
    pool_size : int, pair or None
        Max pooling after every convolution; None for none.
    hidden_units, output_shape, activation, dropout
        The fully connected end, see `NeuralNetwork`; the activation follows every convolution too.
    initializer : str or function
        First weights, see `nnfs.initializers`.
    seed, dtype, fuse
        See `Sequential`.
    """

    def __init__(
        self,
        input_shape: Shape,
        filters: int | Sequence[int],
        kernel_size: int | tuple[int, int],
        *,
        padding: int | tuple[int, int] | Literal["same"] = "same",
        pool_size: int | tuple[int, int] | None = 2,
        hidden_units: int | Sequence[int] = (),
        output_shape: int = 10,
        activation: str = "relu",
        dropout: float = 0.0,
        initializer: str = "he_uniform",
        seed: int = 0,
        dtype: DTypeLike = "float32",
        fuse: bool = True,
    ) -> None:
        layers = convolutional(
            input_shape,
            filters,
            kernel_size,
            padding=padding,
            pool_size=pool_size,
            hidden_units=hidden_units,
            output_shape=output_shape,
            activation=activation,
            dropout=dropout,
            initializer=initializer,
        )
        super().__init__(layers, input_shape, seed=seed, dtype=dtype, fuse=fuse)


def convolutional(
    input_shape: Shape,
    filters: int | Sequence[int],
    kernel_size: int | tuple[int, int],
    *,
    padding: int | tuple[int, int] | Literal["same"],
    pool_size: int | tuple[int, int] | None,
    hidden_units: int | Sequence[int],
    output_shape: int,
    activation: str,
    dropout: float,
    initializer: str,
) -> list[Layer]:
    """Return the layers of a convolutional network; the arguments are those of `CNN`."""
    layers: list[Layer] = []
    for count in _each(filters, "filters"):
        layers.append(Conv2D(count, kernel_size, padding=padding, initializer=initializer))
        layers.append(_activation(activation))
        if pool_size is not None:
            layers.append(MaxPool2D(pool_size))
    return layers + fully_connected(
        input_shape, hidden_units, output_shape, activation=activation, dropout=dropout, initializer=initializer
    )


def fully_connected(
    input_shape: int | Shape,
    hidden_units: int | Sequence[int],
    output_shape: int | Shape,
    *,
    activation: str = "relu",
    dropout: float = 0.0,
    initializer: str = "he_uniform",
) -> list[Layer]:
    """Return the layers of a fully connected network, with a `Flatten` first where the input has several axes.

    The arguments are those of `NeuralNetwork`.
    """
    rate = as_number(dropout, "dropout", minimum=0, below=1)
    layers: list[Layer] = [Flatten()] if len(as_shape(input_shape, "input_shape")) > 1 else []
    for units in _each(hidden_units, "hidden_units"):
        layers += [Dense(units, initializer=initializer), _activation(activation)]
        if rate:
            layers.append(Dropout(rate))
    outputs = as_shape(output_shape, "output_shape")
    if len(outputs) != 1:
        raise ShapeError(f"output_shape must be one number, got {outputs}")
    return [*layers, Dense(outputs[0], initializer=initializer)]


def lenet5(input_shape: Shape, outputs: int) -> list[Layer]:
    """Return the layers of LeNet-5, with today's ReLU, max pooling and plain outputs.

    Images smaller than its 32 x 32 pixels are padded by 2, as MNIST was.

    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", 1998,
    section II.B.
    """
    padding = 2 if max(input_shape[1:], default=0) < 32 else 0
    first = [Conv2D(6, 5, padding=padding), ReLU(), MaxPool2D(2), Conv2D(16, 5), ReLU(), MaxPool2D(2), Flatten()]
    return [*first, Dense(120), ReLU(), Dense(84), ReLU(), Dense(outputs)]


def _each(numbers: int | Sequence[int], argument: str) -> list[int]:
    """Return a list of sizes; one integer stands for a list of one."""
    given = list(numbers) if isinstance(numbers, list | tuple) else [numbers]
    return [as_integer(number, argument) for number in given]


def _activation(name: str) -> Layer:
    return find_part(name, ACTIVATIONS, "activation")()
