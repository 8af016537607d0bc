import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import GlobalAvgPool2D, ShapeError

EXAMPLES = [
    Example(GlobalAvgPool2D(), shape, lambda nn: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))
    for shape in ((1, 1, 1), (3, 5, 7), (2, 1, 9))
]


def test_many_numbers_are_summed_exactly_enough():
    x = np.random.default_rng(0).uniform(0, 1, (2, 1, 500, 500)).astype("float32")
    y, _ = run(GlobalAvgPool2D(), x)
    np.testing.assert_allclose(y, x.mean(axis=(2, 3), dtype="float64"), rtol=1e-6)


def test_what_is_not_finite_stays_in_its_channel():
    x = np.ones((1, 3, 2, 2))
    x[0, 1, 0, 0], x[0, 2, 1, 1] = np.nan, np.inf
    np.testing.assert_array_equal(run(GlobalAvgPool2D(), x)[0], [[1, np.nan, np.inf]])


@pytest.mark.parametrize("input_shape", [(4,), (4, 4), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(input_shape):
    with pytest.raises(ShapeError, match="GlobalAvgPool2D needs images"):
        GlobalAvgPool2D().output_shape(input_shape)
