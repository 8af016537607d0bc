import numpy as np
from compare import assert_equals_torch, run

from nnfs import Tanh
from nnfs.testing import check_layer


def test_it_keeps_every_promise_of_a_layer():
    check_layer(Tanh(), (2, 5))


def test_it_equals_pytorch(torch):
    assert_equals_torch(torch, Tanh(), torch.nn.Tanh(), (3, 4))


def test_special_values():
    y, ctx = run(Tanh(), np.array([[-np.inf, -1e4, 0, 1e4, np.inf, np.nan]]))
    np.testing.assert_array_equal(y, [[-1, -1, 0, 1, 1, np.nan]])
    np.testing.assert_array_equal(Tanh().backward(np.ones((1, 6)), ctx), [[0, 0, 1, 0, 0, np.nan]])
