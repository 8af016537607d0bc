import numpy as np
import pytest
from compare import build, run
from layer_examples import Example, renamed

from nnfs import AvgPool2D, ShapeError

GEOMETRIES = [
    ((3, 5, 7), {"pool_size": 2}),
    ((2, 7, 5), {"pool_size": (3, 2), "stride": (2, 1)}),
    ((2, 8, 8), {"pool_size": 2, "stride": 3}),
    ((2, 5, 5), {"pool_size": 3, "stride": 2, "padding": 1}),
    ((2, 5, 5), {"pool_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    ((1, 7, 11), {"pool_size": (2, 4), "padding": (1, 2), "count_include_pad": False}),
    ((1, 1, 1), {"pool_size": 3, "padding": 1}),
]
EXAMPLES = [
    *(
        Example(
            AvgPool2D(**arguments),
            shape,
            lambda nn, arguments=arguments: nn.AvgPool2d(**renamed(arguments, pool_size="kernel_size")),
        )
        for shape, arguments in GEOMETRIES
    ),
    *(
        Example(AvgPool2D((3, 2), padding=padding, stride=stride, count_include_pad=count), (2, 7, 5))
        for padding, stride, count in (("same", None, True), ((0, 1, 1, 0), None, False), ("same", 1, False))
    ),
]


def test_padding_counts_or_does_not(backend):
    x = np.full((1, 1, 2, 2), 6.0)
    y, _ = run(build(AvgPool2D(3, padding=1), (1, 2, 2)), x)
    np.testing.assert_allclose(y.ravel(), 6 * 4 / 9)
    y, _ = run(build(AvgPool2D(3, padding=1, count_include_pad=False), (1, 2, 2)), x)
    np.testing.assert_allclose(y.ravel(), 6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"pool_size": 0}, "AvgPool2D: pool_size"),
        ({"pool_size": 5}, r"AvgPool2D: pool_size \(5, 5\) reaches over 5 rows, but the image has 4"),
        ({"pool_size": 2, "stride": 0}, "AvgPool2D: stride"),
        ({"pool_size": 2, "padding": -1}, "AvgPool2D: padding"),
        ({"pool_size": 2, "padding": 2}, "padding must be at most half of pool_size 2, got 2"),
        ({"pool_size": 2, "padding": "full"}, "AvgPool2D: padding .* got 'full'"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(ShapeError, match=words):
        AvgPool2D(**arguments).output_shape((1, 4, 4))


@pytest.mark.parametrize("input_shape", [(4,), (4, 4), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(input_shape):
    with pytest.raises(ShapeError, match="AvgPool2D needs images"):
        AvgPool2D(2).output_shape(input_shape)
