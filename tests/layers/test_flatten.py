import numpy as np
from compare import run
from layer_examples import Example

from nnfs import Flatten

EXAMPLES = [Example(Flatten(), shape, lambda nn: nn.Flatten()) for shape in ((5,), (2, 3, 4))]


def test_it_copies_nothing_and_keeps_the_order_of_the_numbers():
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    y, ctx = run(Flatten(), x)
    assert np.shares_memory(x, y)
    np.testing.assert_array_equal(y, np.arange(24.0).reshape(2, 12))
    assert Flatten().backward(y, ctx).shape == x.shape
