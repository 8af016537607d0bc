import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import ELU, DTypeError

EXAMPLES = [
    Example(ELU(0), (2, 5)),
    Example(ELU(), (7,), lambda nn: nn.ELU()),
    Example(ELU(0.7), (2, 3, 4), lambda nn: nn.ELU(0.7)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, dtype):
    x = np.array([[np.nan, np.inf, -np.inf, 0.0, 1e4, -1e4, -1e-10]], dtype)
    y, ctx = run(ELU(0.5), x)
    np.testing.assert_allclose(y, [[np.nan, np.inf, -0.5, 0, 1e4, -0.5, -5e-11]], rtol=1e-6)
    # Where NaN came, the gradient passes, as in ReLU.
    np.testing.assert_allclose(ELU(0.5).backward(np.full_like(x, 3), ctx), [[3, 3, 0, 1.5, 3, 0, 1.5]])


@pytest.mark.parametrize("alpha", [-0.1, np.nan, np.inf])
def test_an_alpha_out_of_range_is_refused(alpha):
    with pytest.raises(ValueError, match="ELU: alpha must be a finite number >= 0, got"):
        ELU(alpha)


def test_an_alpha_that_is_no_number_is_refused():
    with pytest.raises(DTypeError, match="ELU: alpha must be a number, got '1'"):
        ELU("1")
