import numpy as np
import pytest
from compare import LARGEST_OF_FOUR, build, run
from layer_examples import Example, renamed

from nnfs import DTypeError, MaxPool1D, ShapeError

GEOMETRIES = [
    ((3, 7), {"pool_size": 2}),
    ((2, 9), {"pool_size": 3, "stride": 2}),
    ((2, 8), {"pool_size": 2, "stride": 3}),
    ((2, 5), {"pool_size": 3, "stride": 50, "padding": 1}),
    ((1, 11), {"pool_size": 4, "padding": 2}),
    ((1, 4), {"pool_size": 4}),
    ((1, 1), {"pool_size": 3, "padding": 1}),
]
EXAMPLES = [
    *(
        Example(
            MaxPool1D(**arguments),
            shape,
            lambda nn, arguments=arguments: nn.MaxPool1d(**renamed(arguments, pool_size="kernel_size")),
        )
        for shape, arguments in GEOMETRIES
    ),
    *(
        Example(MaxPool1D(3, padding=padding, stride=stride), (2, 8))
        for padding, stride in (("same", None), ((0, 1), None), ("same", 1))
    ),
]


@pytest.mark.parametrize(("numbers", "largest", "winner"), LARGEST_OF_FOUR)
def test_ties_and_special_values(backend, numbers, largest, winner):
    layer = build(MaxPool1D(4), (1, 4))
    y, ctx = run(layer, np.array(numbers, np.float64).reshape(1, 1, 4))
    np.testing.assert_array_equal(y.ravel(), [largest])
    dx = layer.backward(np.ones_like(y), ctx)
    np.testing.assert_array_equal(dx.ravel(), np.arange(4) == winner)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"pool_size": 0}, ShapeError, "MaxPool1D: pool_size"),
        ({"pool_size": (2, 2)}, DTypeError, "MaxPool1D: pool_size must be an integer"),
        ({"pool_size": 5}, ShapeError, "MaxPool1D: pool_size 5 reaches over 5 places, but the signal has 4"),
        ({"pool_size": 2, "stride": 0}, ShapeError, "MaxPool1D: stride"),
        ({"pool_size": 2, "padding": 2}, ShapeError, "padding must be at most half of pool_size 2, got 2"),
        ({"pool_size": 3, "padding": (0, 2)}, ShapeError, "at most half of pool_size"),
        ({"pool_size": 2, "padding": "full"}, ShapeError, "MaxPool1D: padding .* got 'full'"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        MaxPool1D(**arguments).output_shape((1, 4))


@pytest.mark.parametrize("input_shape", [(4,), (1, 4, 4)])
def test_what_is_no_signal_is_refused(input_shape):
    with pytest.raises(ShapeError, match="MaxPool1D needs signals"):
        MaxPool1D(2).output_shape(input_shape)
