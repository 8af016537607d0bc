"""What every layer is: a function, its derivative and, perhaps, parameters."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

from .._kernels.interface import Array
from ..arguments.arrays import FLOATS, as_batch, read_array
from ..arguments.attributes import OPEN, Fixed
from ..arguments.elsewhere import LAYER
from ..arguments.explained import Explained, explained
from ..arguments.hyperparameters import as_flag
from ..arguments.shapes import Shape
from ..errors import ShapeError
from .context import Context
from .parameter import Parameter, Parameters


class Layer(Explained, Fixed):
    """One step of a network, from arrays (N, *input_shape) to arrays (N, *output_shape).

    A new layer subclasses this. It keeps each argument of its ``__init__`` under the argument's name, so that
    it can be printed and saved; it creates its parameters in `build`; and it keeps nothing of a pass on itself:
    what `backward` needs goes into the context. The one thing that ``forward`` may change on a layer, and only in
    training, is its `buffers`. `nnfs.testing.check_layer` proves that it is right.
    """

    built_for: Shape | None = None
    """The shape of the samples that its network built it for; set by the network where the layer has a `build`."""
    trainable: bool = True
    """Whether training changes the layer. It may be set at any time, and holds from the next step on.

    The parameters of a frozen layer stay as they are, their gradients are not computed, and batch normalization uses
    its running statistics, which stand still. Dropout is no affair of it.
    """

    settable = frozenset({"built_for", "trainable"})
    numbers: ClassVar[frozenset[str]] = frozenset()
    """The arguments that each pass reads anew, so that they may be changed between two steps."""
    elsewhere = LAYER
    hints: ClassVar = {
        "'activation'": "an activation is a layer of its own: [{name}(...), ReLU()]",
        "too many": "sizes of the input are left out, the network knows them",
        "'in_": "sizes of the input are left out, the network knows them",
        "'input_": "the network is given the shape of a sample: Sequential([{name}(...), ...], input_shape)",
        "'trainable'": LAYER["frozen"],
    }

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "trainable":
            value = as_flag(value, f"{type(self).__name__}.trainable")
        if name in self.numbers and OPEN not in vars(self):
            value = vars(type(self)(**self.config() | {name: value}))[name]  # as checked as when it was made
        super().__setattr__(name, value)

    def is_settable(self, name: str) -> bool:
        """Return whether an attribute may be set on this layer, now that it is made."""
        return name in self.numbers or super().is_settable(name)

    @explained("layer", {"'training'": LAYER["training"]})
    def __call__(self, x: Any) -> Array:
        """Return the output for a batch x (N, ...), as when a network predicts: a new array. It is for trying things.

        The layer of a network takes what the network gives it. Outside of one, a layer without weights takes every x
        that it can compute on: float32, float64, or whole numbers, which become float64. Neither x nor the layer is
        changed.

        Raises
        ------
        ValueError
            For a layer that has weights, and is in no network yet that would have made them.
        ShapeError, DTypeError
            For an x that does not fit.
        """
        held = (*(parameter.value for parameter in self.parameters.values()), *self.buffers.values())
        dtype = next((array.dtype for array in held if array.dtype in FLOATS), None)
        if dtype is None:
            given = read_array(x, "x").dtype
            dtype = given if given in FLOATS else FLOATS[1]
        layer, shape = self, self.built_for
        if shape is None:
            shape = np.shape(x)[1:]
            if not shape:
                raise ShapeError(f"x must be a batch (N, ...), got shape {np.shape(x)}. Try: layer(x[None])")
            layer = copy.deepcopy(self)
            layer.output_shape(shape)  # raises ShapeError where it does not fit
            layer.build(shape, np.random.default_rng(0), dtype)
            if self.has_build and (layer.parameters or layer.buffers):
                raise ValueError(
                    f"{self!r} has no weights yet: a network makes them, for samples of one shape. "
                    "Try: net = nnfs.Sequential([layer], x.shape[1:]), then layer(x)"
                )
        with np.errstate(all="ignore"):
            return np.array(layer.forward(as_batch(x, shape, dtype).copy(), Context()))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one output, without the batch axis; raise ShapeError where the input does not fit."""
        return input_shape

    def build(self, input_shape: Shape, rng: np.random.Generator, dtype: np.dtype[Any]) -> None:
        """Create the parameters as attributes of type `Parameter`."""

    def forward(self, x: Array, ctx: Context) -> Array:
        """Return the output for x (N, ...), not modified; the output may live in a buffer of ``ctx``."""
        raise NotImplementedError(f"{type(self).__name__} has no forward; write def forward(self, x, ctx)")

    def backward(self, dy: Array, ctx: Context) -> Array | None:
        """Add to the parameters' gradients, and return the gradient of the input.

        A layer that is not `trainable` leaves the gradients of its parameters as they are. (Those of a layer from
        outside this package are cleared.)
        ``dy`` is the gradient of the output, not modified. Where ``ctx.needs_input_grad`` is false, nobody reads what
        is returned, so that a layer with parameters may spare its computation; a layer without is then not called.
        """
        raise NotImplementedError(f"{type(self).__name__} has no backward; write def backward(self, dy, ctx)")

    def fewest_samples(self, input_shape: Shape) -> int:
        """Return how many samples a batch must have in training."""
        return 1

    def multiply_adds(self, input_shape: Shape) -> int:
        """Return how many multiplications with an addition one sample's forward pass needs."""
        return 0

    def pass_size(self, input_shape: Shape) -> int:
        """Return how many numbers one sample's forward pass makes.

        It is those of the output. A layer that makes other arrays, such as an image with a border, overrides this.
        """
        return math.prod(self.output_shape(input_shape))

    def onnx_operator(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name of the ONNX operator that computes this layer, and its attributes; None without such a one.

        The operator has one input and no weights. A class must define this itself: a subclass is not written as ONNX
        by what it inherits, since it may compute something else.
        """
        return None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The layer's parameters by name, in the order of their creation; none before `build`."""
        return Parameters({name: value for name, value in vars(self).items() if isinstance(value, Parameter)})

    @property
    def trainable_parameters(self) -> dict[str, Parameter]:
        """The parameters that training changes, by name: all of a trainable layer, none of a frozen one."""
        return self.parameters if self.trainable else {}

    @property
    def buffers(self) -> dict[str, Array]:
        """State that is no parameter, such as running means: arrays by name, changed in place; none before `build`.

        They are saved and loaded with the parameters. A layer that has some overrides this.
        """
        return {}

    @property
    def has_build(self) -> bool:
        """Whether the layer prepares itself for one shape of samples."""
        return type(self).build is not Layer.build

    @classmethod
    @cache
    def _arguments(cls) -> Mapping[str, inspect.Parameter]:
        """Return what the class is called with: to read its signature takes as long as many training steps."""
        return inspect.signature(cls).parameters

    def config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again: ``type(layer)(**layer.config())``."""
        return {name: getattr(self, name) for name in self._arguments()}

    def __repr__(self) -> str:
        arguments = []
        for name, parameter in self._arguments().items():
            value = getattr(self, name)
            if value == parameter.default:
                continue
            keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
            text = value.__name__ if inspect.isfunction(value) else repr(value)
            arguments.append(f"{name}={text}" if keyword else text)
        return f"{type(self).__name__}({', '.join(arguments)})"
