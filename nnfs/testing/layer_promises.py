"""The promises of a layer, each with the function that raises AssertionError if a layer breaks it."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from .._kernels.interface import Array
from .gradients import check_gradients
from .layer_case import LayerCase
from .requirements import require, require_equal


def _check_output(case: LayerCase) -> None:
    layer, ctx = case.build(), case.context()
    wanted = (case.batch, *layer.output_shape(case.input_shape))
    y = layer.forward(case.x(), ctx)
    require(isinstance(y, np.ndarray), f"forward returns {type(y).__name__}, wanted an array of shape {wanted}")
    require(y.shape == wanted, f"the output has shape {y.shape}, but output_shape promised {wanted}")
    require(y.flags.c_contiguous, "the output is not C-contiguous, which every kernel relies on")
    dx = layer.backward(case.dy(), ctx)
    wanted = case.x().shape
    require(dx is not None, "backward returns None, but ctx.needs_input_grad is true: return the gradient of x")
    require(isinstance(dx, np.ndarray), f"backward returns {type(dx).__name__}, wanted an array of shape {wanted}")
    assert dx is not None
    require(dx.shape == wanted, f"the gradient of x has shape {dx.shape}, but x has {wanted}")
    require(dx.flags.c_contiguous, "the gradient of x is not C-contiguous, which every kernel relies on")


def _check_gradients(case: LayerCase) -> None:
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


def _check_gradients_are_added(case: LayerCase) -> None:
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
        require(
            np.allclose(parameter.grad, expected + 7),
            f"backward overwrites the gradient of {name}; it must add to it, for layers that are used twice",
        )


def _check_inputs_are_left_alone(case: LayerCase) -> None:
    layer, x, dy, ctx = case.build(), case.x(), case.dy(), case.context()
    values = {name: parameter.value.copy() for name, parameter in layer.parameters.items()}
    layer.forward(x, ctx)
    require(np.array_equal(x, case.x()), "forward modifies its input x")
    layer.backward(dy, ctx)
    require(np.array_equal(x, case.x()), "backward modifies the input x of forward")
    require(np.array_equal(dy, case.dy()), "backward modifies its input dy")
    for name, parameter in layer.parameters.items():
        require(np.array_equal(parameter.value, values[name]), f"a pass modifies the parameter {name}")


def _check_buffers_change_in_training_alone(case: LayerCase) -> None:
    layer, ctx = case.build(), case.context()
    arrays, before = layer.buffers, copy.deepcopy(layer.buffers)
    layer.forward(case.x(), ctx)
    for name, array in layer.buffers.items():
        require(array is arrays.get(name), f"forward puts another array in place of the buffer {name}; write into it")
        same = np.array_equal(array, before[name])
        require(case.training or same, f"forward changes the buffer {name} outside training")
    before = copy.deepcopy(layer.buffers)
    layer.backward(case.dy(), ctx)
    for name, array in layer.buffers.items():
        require(np.array_equal(array, before[name]), f"backward changes the buffer {name}; only forward may")
    layer.forward(case.x()[:0], case.context())
    for name, array in layer.buffers.items():
        require(np.array_equal(array, before[name]), f"a batch of 0 samples changes the buffer {name}")


def _check_passes_are_apart(case: LayerCase) -> None:
    layer = case.build()
    alone = case.one_pass(layer, case.x(), case.dy(), case.context())
    for parameter in layer.parameters.values():
        parameter.grad.fill(0)
    ctx = case.context()
    y = layer.forward(case.x(), ctx)
    layer.forward(case.x(1), case.context())
    dx = layer.backward(case.dy(), ctx)
    gradients = {f"the gradient of {name}": p.grad for name, p in layer.parameters.items()}
    require_equal(
        alone,
        {"the output": y, "the gradient of x": dx, **gradients},
        "changes when another pass goes forward in between; keep what backward needs in the context, not on the layer",
    )


def _check_unwanted_gradient(case: LayerCase) -> None:
    layer = case.build()
    wanted = case.one_pass(layer, case.x(), case.dy(), case.context())
    unwanted = case.one_pass(layer, case.x(), case.dy(), case.context(needs_input_grad=False))
    require_equal({**wanted, "the gradient of x": None}, unwanted, "changes when ctx.needs_input_grad is false")


def _check_repeat(case: LayerCase) -> None:
    layer, ctx = case.build(), case.context()
    first = case.one_pass(layer, case.x(), case.dy(), ctx)
    require_equal(first, case.one_pass(layer, case.x(), case.dy(), ctx), "differs when a pass is repeated")


def _check_buffers_are_reused(case: LayerCase) -> None:
    layer, x, dy, ctx = case.build(), case.x(), case.dy(), case.context()
    results = []
    for rows in (case.batch, case.batch, case.batch - 1):
        case.reset(ctx)
        y = layer.forward(x[:rows], ctx)
        results.append((y, layer.backward(dy[:rows], ctx)))
    for what, *arrays in zip(("output", "gradient of x"), *results, strict=True):
        warm = all(np.shares_memory(arrays[0], array) for array in arrays[1:])
        require(warm, f"each pass allocates a new array for the {what}; write into ctx.empty(name, shape, dtype)")
    fresh = case.one_pass(layer, x[:-1], dy[:-1], case.context())
    require_equal(
        fresh, case.one_pass(layer, x[:-1], dy[:-1], ctx), "is wrong for a smaller batch in a context that was used"
    )


def _check_empty_batch(case: LayerCase) -> None:
    results = case.one_pass(case.build(), case.x()[:0], case.dy()[:0], case.context())
    shapes = {"the output": case.dy()[:0].shape, "the gradient of x": case.x()[:0].shape}
    for name, result in results.items():
        assert result is not None
        if name in shapes:
            require(result.shape == shapes[name], f"{name} has shape {result.shape} for a batch of 0 samples")
        else:
            require(not result.any(), f"{name} is not 0 for a batch of 0 samples")


def _check_float32(case: LayerCase) -> None:
    # Outside training, because random layers draw other numbers for another type.
    case = LayerCase(case.layer, case.input_shape, case.batch, case.seed, training=False)
    single, double = case.build("float32"), case.build()
    for name, parameter in double.parameters.items():
        parameter.value[...] = single.parameters[name].value
    x, dy = case.x().astype(np.float32), case.dy().astype(np.float32)
    exact = case.one_pass(double, x.astype(np.float64), dy.astype(np.float64), case.context())
    for name, result in case.one_pass(single, x, dy, case.context()).items():
        reference = exact[name]
        assert result is not None
        assert reference is not None
        require(result.dtype == np.float32, f"{name} is {result.dtype} for an input of float32")
        require(reference.dtype == np.float64, f"{name} is {reference.dtype} for an input of float64")
        difference, scale = np.abs(result - reference).max(), np.abs(reference).max()
        require(difference <= 1e-4 * scale, f"{name} in float32 differs from float64 by {difference:.3g}")


def _check_rows_are_apart(case: LayerCase) -> None:
    case = LayerCase(case.layer, case.input_shape, case.batch, case.seed, training=False)
    layer, x, ctx = case.build(), case.x(), case.context()
    together = layer.forward(x, ctx).copy()
    for row in range(case.batch):
        alone = layer.forward(x[row : row + 1], ctx)
        require(
            np.allclose(alone[0], together[row], rtol=1e-6, atol=1e-12),
            f"the output of row {row} depends on other rows",
        )


def _check_config(case: LayerCase) -> None:
    config = case.layer.config()
    again = type(case.layer)(**config)
    require(again.config() == config, f"config() is {config}, but a layer made from it has {again.config()}")
    expected = case.one_pass(case.build(), case.x(), case.dy(), case.context())
    got = case.one_pass(case.build(layer=again), case.x(), case.dy(), case.context())
    require_equal(expected, got, "differs for the layer that config() makes; does config() hold every argument?")


PROMISES: tuple[Callable[[LayerCase], None], ...] = (
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
"""The checks of all promises, in the order in which `check_layer` calls them."""
