"""The checks of layers find every broken promise: each layer here breaks one on purpose."""

import numpy as np
import pytest

from nnfs import Dense, DTypeError, Layer, ReLU, ShapeError, Tanh
from nnfs.layers.parameter import Parameter
from nnfs.losses import CrossEntropy, Huber, MeanSquaredError
from nnfs.testing import check_gradients, check_layer


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


class Counts(Scale):
    """A correct layer that counts its batches in training."""

    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        self.seen = np.zeros((), np.int64)

    @property
    def buffers(self):
        return {"seen": self.seen} if hasattr(self, "seen") else {}

    def forward(self, x, ctx):
        if ctx.training and len(x):
            self.seen += 1
        return super().forward(x, ctx)


class CountsOutsideTraining(Counts):
    def forward(self, x, ctx):
        self.seen += 1
        return Scale.forward(self, x, ctx)


class CountsBackward(Counts):
    def backward(self, dy, ctx):
        self.seen += 1
        return super().backward(dy, ctx)


class CountsAnew(Counts):
    def forward(self, x, ctx):
        self.seen = self.seen + 1
        return Scale.forward(self, x, ctx)


class CountsNothing(Counts):
    def forward(self, x, ctx):
        self.seen += ctx.training
        return Scale.forward(self, x, ctx)


MISCOUNTS = {
    (CountsOutsideTraining, False): "forward changes the buffer seen outside training",
    (CountsBackward, True): "backward changes the buffer seen; only forward may",
    (CountsAnew, True): "forward puts another array in place of the buffer seen; write into it",
    (CountsNothing, True): "a batch of 0 samples changes the buffer seen",
}


@pytest.mark.parametrize(("layer", "training"), MISCOUNTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_buffer_that_changes_at_the_wrong_time_is_found(layer, training):
    with pytest.raises(AssertionError, match=MISCOUNTS[layer, training]):
        check_layer(layer(), (2, 3), training=training)


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
    check_layer(Counts(), (2, 3))
    check_layer(Counts(), (2, 3), training=True)


@pytest.mark.parametrize("layer", BROKEN, ids=lambda layer: layer.__name__)
def test_a_broken_promise_is_found_and_named(layer):
    with pytest.raises(AssertionError, match=BROKEN[layer]):
        check_layer(layer(start=1.5), (2, 3))


def test_the_message_names_the_layer_and_the_input():
    with pytest.raises(AssertionError, match=r"^Overwrites\(\) on samples of shape \(2, 3\): backward overwrites"):
        check_layer(Overwrites(), (2, 3))


def test_the_layer_itself_is_left_alone():
    layer = Dense(3)
    check_layer(layer, 4)
    assert layer.parameters == {}


def test_a_class_is_no_layer():
    with pytest.raises(DTypeError, match=r"make one of it: Scale\(\.\.\.\)"):
        check_layer(Scale, 3)


def test_a_batch_of_one_proves_nothing_of_rows():
    with pytest.raises(ShapeError, match="check_layer: batch must be an integer from 2"):
        check_layer(ReLU(), 3, batch=1)


@pytest.mark.parametrize("loss", [MeanSquaredError(), Huber(0.5)])
def test_gradients_of_a_function_that_returns_a_number(loss):
    targets = np.random.default_rng(0).normal(size=(4, 3))

    def function(outputs):
        gradient = np.empty_like(outputs)
        value = loss(outputs, targets, gradient=gradient)
        return value, lambda v: [v * gradient]

    check_gradients(function, [np.random.default_rng(1).normal(size=(4, 3))])


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        (lambda v, a, b: [v * b, v * a], None),
        (lambda v, a, b: [v * b, None], None),
        (
            lambda v, a, b: [v * b, v * b],
            "the gradient of b is wrong: .* along a random direction, but differences give",
        ),
        (lambda v, a, b: [v * b], "got 1 gradients for 2 arrays"),
        (lambda v, a, b: [v * b, (v * a).sum()], r"the gradient of b has shape \(\), wanted \(2, 3\)"),
        (lambda v, a, b: [v * b * np.nan, v * a], "the gradient of a is wrong"),
    ],
)
def test_gradients_of_a_product(gradients, message):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(2, 2, 3))

    def check():
        check_gradients(lambda a, b: (a * b, lambda v: gradients(v, a, b)), list(arrays), names=["a", "b"])

    if message is None:
        check()
    else:
        with pytest.raises(AssertionError, match=message):
            check()


def test_float32_is_too_coarse_for_differences():
    with pytest.raises(AssertionError, match=r"arrays\[0\] must be float64"):
        check_gradients(lambda a: (a, lambda v: [v]), [np.zeros(3, np.float32)])


def test_a_wrong_constant_in_one_of_many_numbers_is_found():
    def function(x):
        y = np.tanh(x)
        slope = 1 - y * y
        slope[57, 3] += 1e-3
        return y, lambda v: [v * slope]

    with pytest.raises(AssertionError, match="is wrong"):
        check_gradients(function, [np.random.default_rng(0).normal(size=(100, 10))])
    check_layer(Tanh(), (100, 10))


def test_cross_entropy_stays_checkable(backend):
    labels = np.array([0, 2, 1])

    def function(logits):
        gradient = np.empty_like(logits)
        return CrossEntropy()(logits, labels, gradient=gradient), lambda v: [v * gradient]

    check_gradients(function, [np.random.default_rng(1).normal(size=(3, 3))])
