import numpy as np
import pytest
from compare import LARGEST_OF_FOUR, run
from layer_examples import Example

from nnfs import GlobalMaxPool2D, ShapeError

EXAMPLES = [
    Example(GlobalMaxPool2D(), shape, lambda nn: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()))
    for shape in ((1, 1, 1), (3, 5, 7), (2, 1, 9))
]


@pytest.mark.parametrize(("pixels", "largest", "winner"), LARGEST_OF_FOUR)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ties_and_special_values(pixels, largest, winner, dtype):
    x = np.zeros((2, 2, 2, 2), dtype)
    x[1, 0] = np.reshape(pixels, (2, 2))
    y, ctx = run(GlobalMaxPool2D(), x)
    np.testing.assert_array_equal(y, [[0, 0], [largest, 0]])
    dx = GlobalMaxPool2D().backward(np.ones_like(y), ctx)
    np.testing.assert_array_equal(dx[1, 0].ravel(), np.arange(4) == winner)
    assert dx.sum() == 4


@pytest.mark.parametrize("input_shape", [(4,), (4, 4), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(input_shape):
    with pytest.raises(ShapeError, match="GlobalMaxPool2D needs images"):
        GlobalMaxPool2D().output_shape(input_shape)
