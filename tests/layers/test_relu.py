import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import ReLU

EXAMPLES = [
    Example(ReLU(), (1,), lambda nn: nn.ReLU()),
    Example(ReLU(), (2, 3, 5), lambda nn: nn.ReLU()),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, dtype):
    x = np.array([[np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, -1e-40]], dtype)
    y, ctx = run(ReLU(), x)
    np.testing.assert_array_equal(y, np.array([[np.nan, np.inf, 0, 0, 0, 1e-40, 0]], dtype))
    # The gradient at 0 is 0; where NaN came, the gradient passes.
    np.testing.assert_array_equal(ReLU().backward(np.full_like(x, 3), ctx), [[3, 3, 0, 0, 0, 3, 0]])
