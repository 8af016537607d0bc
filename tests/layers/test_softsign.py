import numpy as np
from compare import run
from layer_examples import Example

from nnfs import Softsign

EXAMPLES = [Example(Softsign(), (2, 5), lambda nn: nn.Softsign())]


def test_large_numbers_come_near_to_1(backend):
    layer, x = Softsign(), np.array([[-1e18, -1, 0, 3, np.nan]], np.float32)
    y, ctx = run(layer, x)
    dx = layer.backward(np.ones_like(x), ctx)
    np.testing.assert_array_equal(y, np.float32([[-1, -0.5, 0, 0.75, np.nan]]))
    np.testing.assert_allclose(dx, [[1e-36, 0.25, 1, 1 / 16, np.nan]], rtol=1e-6)
