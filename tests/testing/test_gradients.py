import numpy as np
import pytest

from nnfs import Tanh
from nnfs.losses import CrossEntropy, Huber, MeanSquaredError
from nnfs.testing import check_gradients, check_layer


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
