import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import Conv2D, Dense, Gate, GlobalAvgPool2D, Reshape, Sequential, ShapeError, Sigmoid

EXAMPLES = [
    Example(Gate([Dense(5), Sigmoid()]), (5,)),
    Example(Gate([GlobalAvgPool2D(), Reshape((3, 1, 1)), Conv2D(3, 1), Sigmoid()]), (3, 4, 5)),
    Example(Gate([Conv2D(1, 3, padding=1), Sigmoid()]), (2, 4, 4)),
]


def test_channels_are_scaled(backend):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    y, _ = run(Gate([GlobalAvgPool2D(), Reshape((3, 1, 1))]), x)
    np.testing.assert_allclose(y, x * x.mean((2, 3), keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("body", [[], [GlobalAvgPool2D()], [Conv2D(2, 1)]])
def test_a_body_that_does_not_fit_is_refused(body):
    with pytest.raises(ShapeError, match="Gate: body"):
        Sequential([Gate(body)], (3, 4, 4))
