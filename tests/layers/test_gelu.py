import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import GELU

EXAMPLES = [
    Example(GELU(), (2, 3, 5), lambda nn: nn.GELU()),
    Example(GELU("tanh"), (7,), lambda nn: nn.GELU("tanh")),
]


@pytest.mark.parametrize("approximate", ["none", "tanh"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, approximate, dtype):
    layer, x = GELU(approximate), np.array([[np.nan, np.inf, 1e4, -1e4, 0.0]], dtype)
    y, ctx = run(layer, x)
    np.testing.assert_array_equal(y, np.array([[np.nan, np.inf, 1e4, 0, 0]], dtype))
    with np.errstate(all="ignore"):
        dx = layer.backward(np.full_like(x, 2), ctx)
    np.testing.assert_allclose(dx[:, 2:], [[2, 0, 1]], rtol=1e-6)


@pytest.mark.parametrize("approximate", ["erf", None, True, 1])
def test_another_approximation_is_refused(approximate):
    with pytest.raises(ValueError, match='GELU: approximate must be "none" or "tanh", got'):
        GELU(approximate)
