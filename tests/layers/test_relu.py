import numpy as np
import pytest
from compare import assert_equals_torch, run

from nnfs import ReLU
from nnfs.testing import check_layer


@pytest.mark.parametrize("input_shape", [(1,), (7,), (2, 3, 5)])
def test_it_keeps_every_promise_of_a_layer(backend, input_shape):
    check_layer(ReLU(), input_shape)


def test_it_equals_pytorch(backend, torch):
    assert_equals_torch(torch, ReLU(), torch.nn.ReLU(), (3, 4))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, dtype):
    x = np.array([[np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, -1e-40]], dtype)
    y, ctx = run(ReLU(), x)
    np.testing.assert_array_equal(y, np.array([[np.nan, np.inf, 0, 0, 0, 1e-40, 0]], dtype))
    # The gradient at 0 is 0; where NaN came, the gradient passes.
    np.testing.assert_array_equal(ReLU().backward(np.full_like(x, 3), ctx), [[3, 3, 0, 0, 0, 3, 0]])
