"""`check_layer` finds every broken promise: each layer here breaks one on purpose."""

import numpy as np
import pytest

from nnfs import Layer
from nnfs.layers.parameter import Parameter
from nnfs.testing import check_layer


class Scale(Layer):
    """A correct layer, y = w x + b. Each layer below breaks one of its promises."""

    def __init__(self, start=0.5):
        self.start = start

    def build(self, input_shape, rng, dtype):
        self.weight = Parameter(rng.normal(self.start, 1, input_shape).astype(dtype))
        self.bias = Parameter(rng.normal(self.start, 1, input_shape).astype(dtype))

    def forward(self, x, ctx):
        y = ctx.empty("y", x.shape, x.dtype)
        np.multiply(x, self.weight.value, out=y)
        y += self.bias.value
        ctx.save(x=x)
        return y

    def backward(self, dy, ctx):
        self.weight.grad += (dy * ctx.x).sum(axis=0)
        self.bias.grad += dy.sum(axis=0)
        if not ctx.needs_input_grad:
            return None
        dx = ctx.empty("dx", dy.shape, dy.dtype)
        np.multiply(dy, self.weight.value, out=dx)
        return dx


class WrongShape(Scale):
    def output_shape(self, input_shape):
        return (*input_shape, 1)


class NoInputGradient(Scale):
    def backward(self, dy, ctx):
        super().backward(dy, ctx)


class WrongInputShape(Scale):
    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        return None if dx is None else dx[:, :1]


class ForgottenFactor(Scale):
    """Its gradient lacks the factor w, which is initially 1, so that the gradient looks right."""

    def build(self, input_shape, rng, dtype):
        self.weight = Parameter(np.ones(input_shape, dtype))
        self.bias = Parameter(np.zeros(input_shape, dtype))

    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        if dx is not None:
            dx[...] = dy
        return dx


class WrongInputGradient(Scale):
    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        if dx is not None and dx.size:
            dx.flat[-1] *= 1.01
        return dx


class WrongParameterGradient(Scale):
    def backward(self, dy, ctx):
        self.bias.grad[0] += 1e-3 * len(dy)
        return super().backward(dy, ctx)


class ForgottenParameter(Scale):
    def backward(self, dy, ctx):
        before = self.bias.grad.copy()
        dx = super().backward(dy, ctx)
        self.bias.grad[...] = before
        return dx


class Overwrites(Scale):
    def backward(self, dy, ctx):
        self.weight.grad[...] = 0
        return super().backward(dy, ctx)


class ModifiesX(Scale):
    def forward(self, x, ctx):
        y = super().forward(x, ctx)
        ctx.save(x=x.copy())
        x *= 2
        return y


class ModifiesXLater(Scale):
    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        ctx.x[...] = 0
        return dx


class ModifiesDy(Scale):
    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        dy *= 2
        return dx


class ModifiesItsWeight(Scale):
    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        self.bias.value -= 0.1
        return dx


class StateOnTheLayer(Scale):
    def forward(self, x, ctx):
        self.x = x
        return super().forward(x, ctx)

    def backward(self, dy, ctx):
        ctx.save(x=self.x)
        return super().backward(dy, ctx)


class OneBufferForAll(Scale):
    def forward(self, x, ctx):
        if getattr(self, "y", np.empty(0)).shape != x.shape or self.y.dtype != x.dtype:
            self.y = np.empty_like(x)
        self.y[...] = super().forward(x, ctx)
        return self.y


class IgnoresNeedsInputGrad(Scale):
    """It computes the gradient of x though nobody needs it."""

    def backward(self, dy, ctx):
        ctx.needs_input_grad = True
        return super().backward(dy, ctx)


class SkipsParametersToo(Scale):
    def backward(self, dy, ctx):
        return super().backward(dy, ctx) if ctx.needs_input_grad else None


class NewOutputEachTime(Scale):
    def forward(self, x, ctx):
        return super().forward(x, ctx).copy()


class NewGradientEachTime(Scale):
    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        return None if dx is None else dx.copy()


class CarriesOver(Scale):
    """It is correct in a new context, and wrong in a context that was used before."""

    def forward(self, x, ctx):
        y = super().forward(x, ctx)
        total = ctx.empty("total", (1,), np.float64)
        total[0] = 0 if not hasattr(ctx, "seen") else total[0] + 1
        ctx.save(seen=True)
        y += total[0]
        return y


class AnswersEmptyBatches(Scale):
    def backward(self, dy, ctx):
        if not len(dy):
            self.bias.grad += 1
        return super().backward(dy, ctx)


class Upcasts(Scale):
    def forward(self, x, ctx):
        super().forward(x, ctx)
        y = ctx.empty("wide", x.shape, np.float64)
        np.multiply(x, self.weight.value, out=y)
        y += self.bias.value
        return y


class MixesRows(Scale):
    def forward(self, x, ctx):
        y = super().forward(x, ctx)
        y += x.sum() / max(x.size, 1)
        return y

    def backward(self, dy, ctx):
        dx = super().backward(dy, ctx)
        if dx is not None and dx.size:
            dx += dy.sum() / dy.size
        return dx


class ForgetsAnArgument(Scale):
    def config(self):
        return {}


class FlipsItsOutput(Scale):
    def forward(self, x, ctx):
        return np.asfortranarray(super().forward(x, ctx))


BROKEN = {
    WrongShape: "output_shape promised",
    NoInputGradient: "backward returns None, but ctx.needs_input_grad is true",
    WrongInputShape: r"the gradient of x has shape \(3, 1, 3\), but x has \(3, 2, 3\)",
    ForgottenFactor: "the gradient of x is wrong",
    WrongInputGradient: "the gradient of x is wrong",
    WrongParameterGradient: "the gradient of bias is wrong",
    ForgottenParameter: "the gradient of bias is wrong",
    Overwrites: "overwrites the gradient of weight",
    ModifiesX: "forward modifies its input x",
    ModifiesXLater: "backward modifies the input x",
    ModifiesDy: "backward modifies its input dy",
    ModifiesItsWeight: "modifies the parameter bias",
    StateOnTheLayer: "keep what backward needs in the context",
    OneBufferForAll: "keep what backward needs in the context",
    SkipsParametersToo: "changes when ctx.needs_input_grad is false",
    NewOutputEachTime: "allocates a new array for the output",
    NewGradientEachTime: "allocates a new array for the gradient of x",
    CarriesOver: "differs when a pass is repeated",
    AnswersEmptyBatches: "is not 0 for a batch of 0 samples",
    Upcasts: "the output is float64 for an input of float32",
    MixesRows: "depends on other rows",
    ForgetsAnArgument: "does config\\(\\) hold every argument",
    FlipsItsOutput: "not C-contiguous",
}


def test_a_right_layer_passes():
    check_layer(Scale(), (2, 3))
    check_layer(Scale(), (2, 3), training=True, batch=2, seed=5)
    check_layer(IgnoresNeedsInputGrad(), (2, 3))


@pytest.mark.parametrize("layer", BROKEN, ids=lambda layer: layer.__name__)
def test_a_broken_promise_is_found_and_named(layer):
    with pytest.raises(AssertionError, match=BROKEN[layer]):
        check_layer(layer(start=1.5), (2, 3))


def test_the_message_names_the_layer_and_the_input():
    with pytest.raises(AssertionError, match=r"^Overwrites\(\) on samples of shape \(2, 3\): backward overwrites"):
        check_layer(Overwrites(), (2, 3))
