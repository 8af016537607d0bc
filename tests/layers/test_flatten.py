import numpy as np
import pytest
from compare import run

from nnfs import Flatten
from nnfs.testing import check_layer


@pytest.mark.parametrize("input_shape", [(5,), (2, 3, 4), (1, 1, 1), (2, 3)])
def test_it_keeps_every_promise_of_a_layer(input_shape):
    check_layer(Flatten(), input_shape)


def test_it_copies_nothing_and_keeps_the_order_of_the_numbers():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    y, ctx = run(Flatten(), x)
    assert np.shares_memory(x, y)
    np.testing.assert_array_equal(y, np.arange(24.0).reshape(2, 12))
    assert Flatten().backward(y, ctx).shape == x.shape
