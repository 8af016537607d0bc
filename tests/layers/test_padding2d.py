import numpy as np
import pytest
from compare import assert_equals_torch, build, run

from nnfs import DTypeError, Padding2D, ShapeError
from nnfs.testing import check_layer


@pytest.mark.parametrize("padding", [0, 1, 4, (2, 0), (0, 3), (1, 2, 3, 0)])
def test_it_keeps_every_promise_of_a_layer(backend, padding):
    check_layer(Padding2D(padding), (2, 3, 4))


@pytest.mark.parametrize(("padding", "sides"), [(2, 2), ((1, 2), (2, 2, 1, 1)), ((1, 2, 3, 4), (3, 4, 1, 2))])
def test_it_equals_pytorch_whose_sides_are_left_right_top_bottom(backend, torch, padding, sides):
    assert_equals_torch(torch, Padding2D(padding), torch.nn.ZeroPad2d(sides), (2, 4, 3))


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
