import numpy as np
from compare import run
from layer_examples import Example

from nnfs import Sigmoid

EXAMPLES = [Example(Sigmoid(), (2, 5), lambda nn: nn.Sigmoid())]


def test_far_out_it_is_exactly_0_and_1_and_says_nothing():
    for dtype in (np.float32, np.float64):
        layer, x = Sigmoid(), np.array([[-np.inf, -1e4, 0, 1e4, np.inf, np.nan]], dtype)
        y, ctx = run(layer, x)
        np.testing.assert_array_equal(y, [[0, 0, 0.5, 1, 1, np.nan]])
        np.testing.assert_array_equal(layer.backward(np.ones_like(x), ctx), [[0, 0, 0.25, 0, 0, np.nan]])
