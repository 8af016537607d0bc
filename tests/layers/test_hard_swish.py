import numpy as np
from compare import run
from layer_examples import Example

from nnfs import HardSwish

EXAMPLES = [Example(HardSwish(), (2, 5), lambda nn: nn.Hardswish())]


def test_far_out_it_is_0_and_x(backend):
    layer, x = HardSwish(), np.array([[-1e4, -3, 0, 3, 1e4, np.nan]], np.float32)
    y, ctx = run(layer, x)
    np.testing.assert_array_equal(y, [[0, 0, 0, 3, 1e4, np.nan]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(x), ctx)[0, :5], [0, 0, 0.5, 1, 1])
