import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import DTypeError, Reshape, ShapeError

EXAMPLES = [
    Example(Reshape((2, 3)), (6,), lambda nn: nn.Unflatten(1, (2, 3))),
    Example(Reshape(24), (2, 3, 4)),
    Example(Reshape((4, -1)), (2, 3, 4)),
    Example(Reshape(-1), (5,)),
    Example(Reshape((2, 2)), (4,)),
]


@pytest.mark.parametrize(
    ("input_shape", "shape", "output_shape"),
    [
        ((2, 3, 4), 24, (24,)),
        ((2, 3, 4), (4, -1), (4, 6)),
        ((5,), -1, (5,)),
        ((4,), [2, 2], (2, 2)),
    ],
)
def test_an_axis_of_minus_one_takes_what_is_left(input_shape, shape, output_shape):
    assert Reshape(shape).output_shape(input_shape) == output_shape


def test_the_order_of_the_numbers_stays():
    x = np.arange(12.0).reshape(2, 6)
    y, _ = run(Reshape((2, 3)), x)
    np.testing.assert_array_equal(y, x.reshape(2, 2, 3))
    assert np.shares_memory(x, y)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((), "at least one axis"),
        (0, "Reshape: shape must be an integer from 1"),
        ((2, -2), "Reshape: shape must be an integer from 1"),
        ((-1, -1), "may have one -1, got"),
        ((2, 5), r"a sample of shape \(3, 4\) has 12 numbers, which do not make the shape \(2, 5\)"),
        ((5, -1), r"has 12 numbers, which do not make the shape \(5, -1\)"),
        ((2**31 - 1,) * 3, "do not make the shape"),
    ],
)
def test_what_does_not_fit_is_refused(shape, words):
    with pytest.raises(ShapeError, match=words):
        Reshape(shape).output_shape((3, 4))


@pytest.mark.parametrize("shape", ["12", 2.0, None, (3, True), (3, [4])])
def test_what_is_no_shape_is_refused(shape):
    with pytest.raises(DTypeError, match="Reshape: shape must be an integer"):
        Reshape(shape)
