import numpy as np
import pytest
from compare import build, run
from layer_examples import Example

from nnfs import DTypeError, Padding2D, ShapeError

EXAMPLES = [
    Example(Padding2D(0), (2, 3, 4), lambda nn: nn.ZeroPad2d(0)),
    Example(Padding2D(4), (2, 3, 4), lambda nn: nn.ZeroPad2d(4)),
    Example(Padding2D((0, 3)), (2, 3, 4), lambda nn: nn.ZeroPad2d((3, 3, 0, 0))),
    Example(Padding2D((1, 2, 3, 0)), (2, 3, 4), lambda nn: nn.ZeroPad2d((3, 0, 1, 2))),  # left, right, top, bottom
]


def test_the_border_is_zero_and_the_middle_passes_whatever_it_is(backend):
    x = np.array([np.nan, np.inf, -np.inf, 1]).reshape(1, 1, 2, 2)
    y, _ = run(build(Padding2D((1, 0, 0, 2)), (1, 2, 2)), x)
    np.testing.assert_array_equal(y[0, 0], [[0, 0, 0, 0], [np.nan, np.inf, 0, 0], [-np.inf, 1, 0, 0]])


@pytest.mark.parametrize(
    ("padding", "error", "words"),
    [
        (-1, ShapeError, "Padding2D: padding .* got -1"),
        ((1, 2, 3), ShapeError, "Padding2D: padding .* got 3 numbers"),
        ("same", ShapeError, '"same" is for Conv2D and the pooling layers'),
        (1.0, DTypeError, "Padding2D: padding"),
        (None, DTypeError, "Padding2D: padding"),
        (2**31, ShapeError, "Padding2D: padding"),
        (2**31 - 1, ShapeError, "would take .* bytes, and this computer has"),
    ],
)
def test_what_is_no_border_is_refused(padding, error, words):
    with pytest.raises(error, match=words):
        Padding2D(padding).output_shape((1, 4, 4))


def test_what_is_no_image_is_refused():
    with pytest.raises(ShapeError, match="Padding2D needs images"):
        Padding2D(1).output_shape((16,))
