import numpy as np
import pytest
from compare import assert_equals_torch, run

from nnfs import SiLU
from nnfs.testing import check_layer


@pytest.mark.parametrize("input_shape", [(1,), (7,), (2, 3, 5)])
def test_it_keeps_every_promise_of_a_layer(backend, input_shape):
    check_layer(SiLU(), input_shape)


def test_it_equals_pytorch(backend, torch):
    assert_equals_torch(torch, SiLU(), torch.nn.SiLU(), (3, 4))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(backend, dtype):
    x = np.array([[np.nan, np.inf, 1e4, -1e4, 0.0]], dtype)
    y, ctx = run(SiLU(), x)
    np.testing.assert_array_equal(y, np.array([[np.nan, np.inf, 1e4, 0, 0]], dtype))
    with np.errstate(all="ignore"):
        dx = SiLU().backward(np.full_like(x, 2), ctx)
    np.testing.assert_array_equal(dx[:, 2:], [[2, 0, 1]])
