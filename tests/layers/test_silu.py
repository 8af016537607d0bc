import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import SiLU

EXAMPLES = [
    Example(SiLU(), (1,), lambda nn: nn.SiLU()),
    Example(SiLU(), (2, 3, 5), lambda nn: nn.SiLU()),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, dtype):
    x = np.array([[np.nan, np.inf, 1e4, -1e4, 0.0]], dtype)
    y, ctx = run(SiLU(), x)
    np.testing.assert_array_equal(y, np.array([[np.nan, np.inf, 1e4, 0, 0]], dtype))
    with np.errstate(all="ignore"):
        dx = SiLU().backward(np.full_like(x, 2), ctx)
    np.testing.assert_array_equal(dx[:, 2:], [[2, 0, 1]])
