"""Checks for authors of layers and backends: `check_layer` and `check_gradients`.

Both return None on success. Otherwise they raise AssertionError, whose message says what is wrong.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ._kernels.interface import Array
from .arguments.shapes import Shape, as_integer, as_shape
from .errors import DTypeError
from .layers import Layer
from .layers.context import Context
from .system.floating_point import quietly

Differentiable: TypeAlias = "Callable[..., tuple[Any, Callable[[Any], Sequence[Array | None]]]]"


@quietly
def check_gradients(
    function: Differentiable,
    arrays: Sequence[Array],
    *,
    names: Sequence[str] | None = None,
    projections: int = 3,
    seed: int = 0,
    epsilon: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-4,
) -> None:
    """Compare the gradients of a function with central differences, along random directions.

    For each array a, with random v and u: <v, f(a + epsilon u) - f(a - epsilon u)> / (2 epsilon) = <df(v), u>.
    A wrong number anywhere in a gradient changes this sum. The sum needs two calls, whatever the size of the array.

    Parameters
    ----------
    function : callable
        ``function(*arrays)`` returns the result f, an array or a float, and a function that takes v, the gradient
        of the result, and returns df(v): a list with the gradient of each array, or None for one not to be checked.
    arrays : list of float64 arrays
        The point at which to differentiate. Not modified. Its distance from kinks and ties must be much larger than
        ``epsilon``.
    names : list of str
        The names of the arrays in messages.
    projections : int
        The number of pairs (v, u) for each array.
    seed : int
        The seed of the pairs.
    epsilon, atol, rtol : float
        The step of the differences, and the allowed error: ``atol + rtol * abs(numeric)``.

    Raises
    ------
    AssertionError
        If a gradient has a wrong value or shape, or if an array is not float64.
    """
    names = [f"arrays[{index}]" for index in range(len(arrays))] if names is None else names
    rng = np.random.default_rng(seed)
    for name, array in zip(names, arrays, strict=True):
        _require(array.dtype == np.float64, f"{name} must be float64 for differences this small, got {array.dtype}")
    for _ in range(projections):
        result, backward = function(*arrays)
        v = rng.normal(size=np.shape(result))
        gradients = backward(v)
        _require(len(gradients) == len(arrays), f"got {len(gradients)} gradients for {len(arrays)} arrays")
        gradients = [None if gradient is None else np.array(gradient) for gradient in gradients]
        for index, (name, gradient) in enumerate(zip(names, gradients, strict=True)):
            if gradient is None:
                continue
            wanted = arrays[index].shape
            _require(gradient.shape == wanted, f"the gradient of {name} has shape {gradient.shape}, wanted {wanted}")
            u = rng.normal(size=wanted)
            above, below = (
                np.sum(v * function(*arrays[:index], arrays[index] + step * u, *arrays[index + 1 :])[0])
                for step in (epsilon, -epsilon)
            )
            numeric, analytic = (above - below) / (2 * epsilon), np.sum(gradient * u)
            _require(
                abs(numeric - analytic) <= atol + rtol * abs(numeric),
                f"the gradient of {name} is wrong: {analytic:.8g} along a random direction, "
                f"but differences give {numeric:.8g}",
            )


@quietly
def check_layer(
    layer: Layer, input_shape: int | Shape, *, batch: int = 3, seed: int = 0, training: bool = False
) -> None:
    """Check that a layer keeps every promise of `nnfs.layers.Layer`.

    - The output has the promised shape and type, and a repeated pass gives an equal output.
    - Gradients are right, and are added to the content of ``grad``.
    - Inputs are not modified. Nothing of a pass is kept on the layer; arrays come from the context and are reused.
    - `Layer.buffers` change only in the forward pass, and only in training.
    - An empty batch works, and so does float32.
    - Outside training, the output of a sample does not depend on the other samples.
    - A layer made from ``config`` is equal.

    Parameters
    ----------
    layer : Layer
        A new layer, before ``build``. Not modified: copies of it are checked.
    input_shape : int or tuple of int
        The shape of one sample.
    batch : int
        The number of samples, at least 2.
    seed : int
        The seed of inputs and weights. Inputs are distinct numbers with gaps, so that no two tie in a maximum, and none
        is near 0, where activations have kinks.
    training : bool
        Whether to check passes in training mode. Random layers then draw equal numbers in each pass.

    Raises
    ------
    AssertionError
        If the layer breaks a promise. The message says which.
    DTypeError, ShapeError
        If an argument is wrong.
    """
    batch = as_integer(batch, "check_layer: batch", minimum=2)
    if not isinstance(layer, Layer):
        fix = f"; make one of it: {layer.__name__}(...)" if isinstance(layer, type) else ""
        raise DTypeError(f"check_layer: layer must be a layer, got {layer!r}{fix}")
    case = _Case(layer, as_shape(input_shape, "input_shape"), batch, seed, training)
    checks = (
        _check_output,
        _check_inputs_are_left_alone,
        _check_buffers_change_in_training_alone,
        _check_gradients,
        _check_gradients_are_added,
        _check_passes_are_apart,
        _check_unwanted_gradient,
        _check_repeat,
        _check_buffers_are_reused,
        _check_empty_batch,
        _check_float32,
        _check_rows_are_apart,
        _check_config,
    )
    for check in checks:
        try:
            check(case)
        except AssertionError as error:
            raise AssertionError(f"{layer!r} on samples of shape {case.input_shape}: {error}") from None


@dataclass
class _Case:
    """The material of every check: new layers, inputs, and contexts whose random generators begin anew."""

    layer: Layer
    input_shape: Shape
    batch: int
    seed: int
    training: bool

    def build(self, dtype: str = "float64", layer: Layer | None = None) -> Layer:
        fresh = copy.deepcopy(self.layer if layer is None else layer)
        rng = np.random.default_rng(self.seed)
        fresh.build(self.input_shape, rng, np.dtype(dtype))
        for parameter in fresh.parameters.values():  # a factor of 1 or a term of 0 would hide in every product and sum
            parameter.value += rng.uniform(0.1, 0.3, parameter.value.shape).astype(parameter.value.dtype)
        for buffer in fresh.buffers.values():
            if buffer.dtype.kind == "f":
                buffer += rng.uniform(0.1, 0.3, buffer.shape).astype(buffer.dtype)
        return fresh

    def x(self, which: int = 0) -> Array:
        return _distinct((self.batch, *self.input_shape), self.seed + which)

    def dy(self, which: int = 0) -> Array:
        shape = (self.batch, *self.layer.output_shape(self.input_shape))
        return np.random.default_rng([self.seed, which]).normal(size=shape)

    def context(self, needs_input_grad: bool = True) -> Context:
        ctx = Context()
        ctx.needs_input_grad = needs_input_grad
        self.reset(ctx)
        return ctx

    def reset(self, ctx: Context) -> None:
        ctx.training, ctx.rng = self.training, np.random.default_rng(self.seed)

    def one_pass(self, layer: Layer, x: Array, dy: Array, ctx: Context) -> dict[str, Array | None]:
        """Set gradients to 0, run forward and backward, and return copies of the output and of all gradients."""
        for parameter in layer.parameters.values():
            parameter.grad.fill(0)
        self.reset(ctx)
        y = layer.forward(x, ctx).copy()
        dx = layer.backward(dy, ctx)
        gradients = {f"the gradient of {name}": p.grad.copy() for name, p in layer.parameters.items()}
        return {"the output": y, "the gradient of x": None if dx is None else dx.copy(), **gradients}


def _check_output(case: _Case) -> None:
    layer, ctx = case.build(), case.context()
    wanted = (case.batch, *layer.output_shape(case.input_shape))
    y = layer.forward(case.x(), ctx)
    _require(isinstance(y, np.ndarray), f"forward returns {type(y).__name__}, wanted an array of shape {wanted}")
    _require(y.shape == wanted, f"the output has shape {y.shape}, but output_shape promised {wanted}")
    _require(y.flags.c_contiguous, "the output is not C-contiguous, which every kernel relies on")
    dx = layer.backward(case.dy(), ctx)
    wanted = case.x().shape
    _require(dx is not None, "backward returns None, but ctx.needs_input_grad is true: return the gradient of x")
    _require(isinstance(dx, np.ndarray), f"backward returns {type(dx).__name__}, wanted an array of shape {wanted}")
    assert dx is not None
    _require(dx.shape == wanted, f"the gradient of x has shape {dx.shape}, but x has {wanted}")
    _require(dx.flags.c_contiguous, "the gradient of x is not C-contiguous, which every kernel relies on")


def _check_gradients(case: _Case) -> None:
    layer = case.build()
    parameters = layer.parameters

    def function(x: Array, *values: Array) -> tuple[Array, Callable[[Array], list[Array | None]]]:
        for parameter, value in zip(parameters.values(), values, strict=True):
            parameter.value[...] = value
            parameter.grad.fill(0)
        ctx = case.context()
        y = layer.forward(x, ctx).copy()
        return y, lambda dy: [layer.backward(dy, ctx), *(parameter.grad for parameter in parameters.values())]

    values = [parameter.value.copy() for parameter in parameters.values()]
    check_gradients(function, [case.x(), *values], names=["x", *parameters], seed=case.seed)


def _check_gradients_are_added(case: _Case) -> None:
    layer = case.build()
    once = case.one_pass(layer, case.x(), case.dy(), case.context())
    for parameter in layer.parameters.values():
        parameter.grad.fill(7)
    ctx = case.context()
    layer.forward(case.x(), ctx)
    layer.backward(case.dy(), ctx)
    for name, parameter in layer.parameters.items():
        expected = once[f"the gradient of {name}"]
        assert expected is not None
        _require(
            np.allclose(parameter.grad, expected + 7),
            f"backward overwrites the gradient of {name}; it must add to it, for layers that are used twice",
        )


def _check_inputs_are_left_alone(case: _Case) -> None:
    layer, x, dy, ctx = case.build(), case.x(), case.dy(), case.context()
    values = {name: parameter.value.copy() for name, parameter in layer.parameters.items()}
    layer.forward(x, ctx)
    _require(np.array_equal(x, case.x()), "forward modifies its input x")
    layer.backward(dy, ctx)
    _require(np.array_equal(x, case.x()), "backward modifies the input x of forward")
    _require(np.array_equal(dy, case.dy()), "backward modifies its input dy")
    for name, parameter in layer.parameters.items():
        _require(np.array_equal(parameter.value, values[name]), f"a pass modifies the parameter {name}")


def _check_buffers_change_in_training_alone(case: _Case) -> None:
    layer, ctx = case.build(), case.context()
    arrays, before = layer.buffers, copy.deepcopy(layer.buffers)
    layer.forward(case.x(), ctx)
    for name, array in layer.buffers.items():
        _require(array is arrays.get(name), f"forward puts another array in place of the buffer {name}; write into it")
        same = np.array_equal(array, before[name])
        _require(case.training or same, f"forward changes the buffer {name} outside training")
    before = copy.deepcopy(layer.buffers)
    layer.backward(case.dy(), ctx)
    for name, array in layer.buffers.items():
        _require(np.array_equal(array, before[name]), f"backward changes the buffer {name}; only forward may")
    layer.forward(case.x()[:0], case.context())
    for name, array in layer.buffers.items():
        _require(np.array_equal(array, before[name]), f"a batch of 0 samples changes the buffer {name}")


def _check_passes_are_apart(case: _Case) -> None:
    layer = case.build()
    alone = case.one_pass(layer, case.x(), case.dy(), case.context())
    for parameter in layer.parameters.values():
        parameter.grad.fill(0)
    ctx = case.context()
    y = layer.forward(case.x(), ctx)
    layer.forward(case.x(1), case.context())
    dx = layer.backward(case.dy(), ctx)
    gradients = {f"the gradient of {name}": p.grad for name, p in layer.parameters.items()}
    _require_equal(
        alone,
        {"the output": y, "the gradient of x": dx, **gradients},
        "changes when another pass goes forward in between; keep what backward needs in the context, not on the layer",
    )


def _check_unwanted_gradient(case: _Case) -> None:
    layer = case.build()
    wanted = case.one_pass(layer, case.x(), case.dy(), case.context())
    unwanted = case.one_pass(layer, case.x(), case.dy(), case.context(needs_input_grad=False))
    _require_equal({**wanted, "the gradient of x": None}, unwanted, "changes when ctx.needs_input_grad is false")


def _check_repeat(case: _Case) -> None:
    layer, ctx = case.build(), case.context()
    first = case.one_pass(layer, case.x(), case.dy(), ctx)
    _require_equal(first, case.one_pass(layer, case.x(), case.dy(), ctx), "differs when a pass is repeated")


def _check_buffers_are_reused(case: _Case) -> None:
    layer, x, dy, ctx = case.build(), case.x(), case.dy(), case.context()
    results = []
    for rows in (case.batch, case.batch, case.batch - 1):
        case.reset(ctx)
        y = layer.forward(x[:rows], ctx)
        results.append((y, layer.backward(dy[:rows], ctx)))
    for what, *arrays in zip(("output", "gradient of x"), *results, strict=True):
        warm = all(np.shares_memory(arrays[0], array) for array in arrays[1:])
        _require(warm, f"each pass allocates a new array for the {what}; write into ctx.empty(name, shape, dtype)")
    fresh = case.one_pass(layer, x[:-1], dy[:-1], case.context())
    _require_equal(
        fresh, case.one_pass(layer, x[:-1], dy[:-1], ctx), "is wrong for a smaller batch in a context that was used"
    )


def _check_empty_batch(case: _Case) -> None:
    results = case.one_pass(case.build(), case.x()[:0], case.dy()[:0], case.context())
    shapes = {"the output": case.dy()[:0].shape, "the gradient of x": case.x()[:0].shape}
    for name, result in results.items():
        assert result is not None
        if name in shapes:
            _require(result.shape == shapes[name], f"{name} has shape {result.shape} for a batch of 0 samples")
        else:
            _require(not result.any(), f"{name} is not 0 for a batch of 0 samples")


def _check_float32(case: _Case) -> None:
    # Outside training, because random layers draw other numbers for another type.
    case = _Case(case.layer, case.input_shape, case.batch, case.seed, training=False)
    single, double = case.build("float32"), case.build()
    for name, parameter in double.parameters.items():
        parameter.value[...] = single.parameters[name].value
    x, dy = case.x().astype(np.float32), case.dy().astype(np.float32)
    exact = case.one_pass(double, x.astype(np.float64), dy.astype(np.float64), case.context())
    for name, result in case.one_pass(single, x, dy, case.context()).items():
        reference = exact[name]
        assert result is not None
        assert reference is not None
        _require(result.dtype == np.float32, f"{name} is {result.dtype} for an input of float32")
        _require(reference.dtype == np.float64, f"{name} is {reference.dtype} for an input of float64")
        difference, scale = np.abs(result - reference).max(), np.abs(reference).max()
        _require(difference <= 1e-4 * scale, f"{name} in float32 differs from float64 by {difference:.3g}")


def _check_rows_are_apart(case: _Case) -> None:
    case = _Case(case.layer, case.input_shape, case.batch, case.seed, training=False)
    layer, x, ctx = case.build(), case.x(), case.context()
    together = layer.forward(x, ctx).copy()
    for row in range(case.batch):
        alone = layer.forward(x[row : row + 1], ctx)
        _require(
            np.allclose(alone[0], together[row], rtol=1e-6, atol=1e-12),
            f"the output of row {row} depends on other rows",
        )


def _check_config(case: _Case) -> None:
    config = case.layer.config()
    again = type(case.layer)(**config)
    _require(again.config() == config, f"config() is {config}, but a layer made from it has {again.config()}")
    expected = case.one_pass(case.build(), case.x(), case.dy(), case.context())
    got = case.one_pass(case.build(layer=again), case.x(), case.dy(), case.context())
    _require_equal(expected, got, "differs for the layer that config() makes; does config() hold every argument?")


def _distinct(shape: Shape, seed: int) -> Array:
    """Return distinct numbers between -2 and 2 in random order, at least 2 / size apart and 1 / size away from 0."""
    size = int(np.prod(shape))
    return ((np.random.default_rng(seed).permutation(2 * size)[:size] + 0.5) * 2 / size - 2).reshape(shape)


def _require(condition: Any, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _require_equal(expected: dict[str, Array | None], got: dict[str, Array | None], message: str) -> None:
    for name, array in expected.items():
        _require(array is None or np.array_equal(array, got[name]), f"{name} {message}")  # type: ignore[arg-type]
