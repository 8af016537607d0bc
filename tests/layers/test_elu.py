import numpy as np
import pytest
from compare import assert_equals_torch, run

from nnfs import ELU, DTypeError
from nnfs.testing import check_layer


@pytest.mark.parametrize("alpha", [0, 0.5, 1, 2])
def test_it_keeps_every_promise_of_a_layer(backend, alpha):
    check_layer(ELU(alpha), (2, 5))


def test_it_equals_pytorch(backend, torch):
    assert_equals_torch(torch, ELU(0.7), torch.nn.ELU(0.7), (3, 4))


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
