import numpy as np
import pytest
from compare import assert_equals_torch, run

from nnfs import Softplus
from nnfs.testing import check_layer


@pytest.mark.parametrize("beta", [0.5, 1, 3])
@pytest.mark.parametrize("input_shape", [(1,), (2, 3, 5)])
def test_it_keeps_every_promise_of_a_layer(backend, input_shape, beta):
    check_layer(Softplus(beta), input_shape)


@pytest.mark.parametrize("beta", [1, 2])
def test_it_equals_pytorch(backend, torch, beta):
    assert_equals_torch(torch, Softplus(beta), torch.nn.Softplus(beta), (3, 4))


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
