import numpy as np
import pytest
from compare import LARGEST_OF_FOUR, build, run
from layer_examples import Example, renamed

from nnfs import MaxPool2D, ShapeError

GEOMETRIES = [
    ((3, 5, 7), {"pool_size": 2}),
    ((2, 7, 5), {"pool_size": (3, 2), "stride": (2, 1)}),
    ((2, 8, 8), {"pool_size": 2, "stride": 3}),
    ((2, 5, 5), {"pool_size": 3, "stride": 2, "padding": 1}),
    ((1, 7, 11), {"pool_size": (2, 4), "padding": (1, 2)}),
    ((1, 4, 3), {"pool_size": (4, 3)}),
    ((1, 1, 1), {"pool_size": 3, "padding": 1}),
]
EXAMPLES = [
    *(
        Example(
            MaxPool2D(**arguments),
            shape,
            lambda nn, arguments=arguments: nn.MaxPool2d(**renamed(arguments, pool_size="kernel_size")),
        )
        for shape, arguments in GEOMETRIES
    ),
    *(
        Example(MaxPool2D((3, 2), padding=padding, stride=stride), (2, 7, 5))
        for padding, stride in (("same", None), ((0, 1, 1, 0), None), ("same", 1))
    ),
]


@pytest.mark.parametrize(("pixels", "largest", "winner"), LARGEST_OF_FOUR)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ties_and_special_values(backend, pixels, largest, winner, dtype):
    layer = build(MaxPool2D(2), (1, 2, 2), dtype)
    y, ctx = run(layer, np.array(pixels, dtype).reshape(1, 1, 2, 2))
    np.testing.assert_array_equal(y.ravel(), [largest])
    dx = layer.backward(np.ones_like(y), ctx)
    np.testing.assert_array_equal(dx.ravel(), np.arange(4) == winner)


def test_padding_never_wins_not_even_over_minus_infinity(backend):
    layer = build(MaxPool2D(3, padding=1), (1, 2, 2))
    y, ctx = run(layer, np.full((1, 1, 2, 2), -np.inf))
    np.testing.assert_array_equal(y.ravel(), [-np.inf])
    np.testing.assert_array_equal(layer.backward(np.ones_like(y), ctx).ravel(), [1, 0, 0, 0])


def test_overlapping_windows_add_their_gradients(backend):
    layer = build(MaxPool2D(2, stride=1), (1, 3, 3))
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1
    y, ctx = run(layer, x)
    assert layer.backward(np.ones_like(y), ctx)[0, 0, 1, 1] == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pool_size": 0}, "MaxPool2D: pool_size"),
        ({"pool_size": 5}, r"MaxPool2D: pool_size \(5, 5\) reaches over 5 rows, but the image has 4"),
        ({"pool_size": 2, "stride": 0}, "MaxPool2D: stride"),
        ({"pool_size": 2, "padding": -1}, "MaxPool2D: padding"),
        ({"pool_size": 2, "padding": 2}, "padding must be at most half of pool_size 2, got 2"),
        ({"pool_size": 3, "padding": (0, 2, 0, 0)}, "at most half of pool_size"),
        ({"pool_size": 2, "padding": "full"}, "MaxPool2D: padding .* got 'full'"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(ShapeError, match=words):
        MaxPool2D(**arguments).output_shape((1, 4, 4))


@pytest.mark.parametrize("input_shape", [(4,), (4, 4), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(input_shape):
    with pytest.raises(ShapeError, match="MaxPool2D needs images"):
        MaxPool2D(2).output_shape(input_shape)


def test_an_image_of_more_pixels_than_an_index_holds_is_refused():
    with pytest.raises(ShapeError, match="at most 2147483647 pixels, got 65536 x 65536"):
        MaxPool2D(2).output_shape((1, 2**16, 2**16))
