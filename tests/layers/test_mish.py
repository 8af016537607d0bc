import numpy as np
from compare import run
from layer_examples import Example

from nnfs import Mish

EXAMPLES = [Example(Mish(), (2, 5), lambda nn: nn.Mish())]


def test_large_numbers_do_not_overflow(backend):
    layer, x = Mish(), np.array([[-1e4, -100, 0, 100, 1e4, np.nan]], np.float32)
    y, ctx = run(layer, x)
    dx = layer.backward(np.ones_like(x), ctx)
    np.testing.assert_allclose(y, [[0, 0, 0, 100, 1e4, np.nan]], atol=1e-30)
    np.testing.assert_allclose(dx, [[0, 0, 0.6, 1, 1, np.nan]], rtol=1e-6, atol=1e-30)
