import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import Clip

EXAMPLES = [
    Example(Clip(0, 6), (2, 5), lambda nn: nn.ReLU6()),
    Example(Clip(-1.5, 0.7), (3,), lambda nn: nn.Hardtanh(-1.5, 0.7)),
]


def test_the_limits_hold_and_nan_passes(backend):
    layer, x = Clip(-1, 2), np.array([[-np.inf, -1, 0.5, 2, np.inf, np.nan]], np.float32)
    y, ctx = run(layer, x)
    np.testing.assert_array_equal(y, [[-1, -1, 0.5, 2, 2, np.nan]])
    np.testing.assert_array_equal(layer.backward(np.ones_like(x), ctx), [[0, 0, 1, 0, 0, 1]])


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, float("inf")), (float("nan"), 1)])
def test_limits_that_leave_nothing_are_refused(limits):
    with pytest.raises(ValueError, match="Clip: "):
        Clip(*limits)
