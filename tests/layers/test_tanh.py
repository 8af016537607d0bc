import numpy as np
from compare import run
from layer_examples import Example

from nnfs import Tanh

EXAMPLES = [Example(Tanh(), (2, 5), lambda nn: nn.Tanh())]


def test_special_values():
    y, ctx = run(Tanh(), np.array([[-np.inf, -1e4, 0, 1e4, np.inf, np.nan]]))
    np.testing.assert_array_equal(y, [[-1, -1, 0, 1, 1, np.nan]])
    np.testing.assert_array_equal(Tanh().backward(np.ones((1, 6)), ctx), [[0, 0, 1, 0, 0, np.nan]])
