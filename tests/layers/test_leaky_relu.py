import numpy as np
import pytest
from compare import assert_equals_torch, run

from nnfs import LeakyReLU
from nnfs.testing import check_layer


@pytest.mark.parametrize("slope", [0, 0.01, 0.5, 1])
def test_it_keeps_every_promise_of_a_layer(backend, slope):
    check_layer(LeakyReLU(slope), (2, 5))


def test_it_equals_pytorch(backend, torch):
    assert_equals_torch(torch, LeakyReLU(0.2), torch.nn.LeakyReLU(0.2), (3, 4))


def test_special_values(backend):
    y, _ = run(LeakyReLU(0.5), np.array([[np.nan, np.inf, -np.inf, 0.0, -4.0]]))
    np.testing.assert_array_equal(y, [[np.nan, np.inf, -np.inf, 0, -2]])
    y, _ = run(LeakyReLU(0), np.array([[np.inf, -4.0]]))
    np.testing.assert_array_equal(y, [[np.inf, 0]])


@pytest.mark.parametrize("slope", [-0.1, 1.1, np.nan, np.inf])
def test_a_slope_out_of_range_is_refused(slope):
    with pytest.raises(ValueError, match="LeakyReLU: negative_slope must be a finite number >= 0 and <= 1, got"):
        LeakyReLU(slope)
