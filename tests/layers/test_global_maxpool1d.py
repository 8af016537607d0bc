import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

from nnfs import GlobalMaxPool1D, ShapeError

EXAMPLES = [
    Example(GlobalMaxPool1D(), shape, lambda nn: nn.Sequential(nn.AdaptiveMaxPool1d(1), nn.Flatten()))
    for shape in ((3, 7), (2, 1), (1, 64))
]


def test_each_channel_becomes_one_number(backend):
    layer = build(GlobalMaxPool1D(), (2, 3))
    y, ctx = run(layer, np.array([[[1.0, 2, 6], [0, 9, 0]]]))
    np.testing.assert_array_equal(y, [[6, 9]])
    dx = layer.backward(np.array([[3.0, 6]]), ctx)
    np.testing.assert_array_equal(dx, [[[0, 0, 3], [0, 6, 0]]])


@pytest.mark.parametrize("input_shape", [(4,), (1, 4, 4)])
def test_what_is_no_signal_is_refused(input_shape):
    with pytest.raises(ShapeError, match=r"GlobalMaxPool1D needs signals \(C, L\), got samples of shape"):
        GlobalMaxPool1D().output_shape(input_shape)
