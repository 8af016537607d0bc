import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import Softplus

EXAMPLES = [
    Example(Softplus(), (2, 3, 5), lambda nn: nn.Softplus()),
    Example(Softplus(0.5), (7,)),
    Example(Softplus(3), (3, 4), lambda nn: nn.Softplus(3)),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, dtype):
    layer, x = Softplus(), np.array([[np.nan, np.inf, -np.inf, 1e4, -1e4, 0.0]], dtype)
    y, ctx = run(layer, x)
    np.testing.assert_allclose(y, [[np.nan, np.inf, 0, 1e4, 0, np.log(2)]], rtol=1e-6)
    np.testing.assert_array_equal(layer.backward(np.full_like(x, 2), ctx), [[np.nan, 2, 0, 2, 0, 1]])


@pytest.mark.parametrize("beta", [0, -1, np.nan, np.inf])
def test_a_beta_out_of_range_is_refused(beta):
    with pytest.raises(ValueError, match="Softplus: beta must be a finite number > 0, got"):
        Softplus(beta)
