import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import HardSigmoid

# PyTorch multiplies by 1/6 rounded to float32, in float64 too.
EXAMPLES = [Example(HardSigmoid(), (2, 5)), Example(HardSigmoid(0.2, 0.4), (7,))]


def test_far_out_it_is_0_and_1(backend):
    layer, x = HardSigmoid(), np.array([[-np.inf, -4, 0, 4, np.inf, np.nan]], np.float32)
    y, ctx = run(layer, x)
    np.testing.assert_array_equal(y, [[0, 0, 0.5, 1, 1, np.nan]])
    np.testing.assert_allclose(layer.backward(np.ones_like(x), ctx)[0, :5], [0, 0, 1 / 6, 0, 0])


def test_a_slope_of_0_is_refused():
    with pytest.raises(ValueError, match="HardSigmoid: slope"):
        HardSigmoid(0)
