import numpy as np
import pytest
from compare import build, run
from layer_examples import Example, renamed

from nnfs import AvgPool1D, ShapeError

GEOMETRIES = [
    ((3, 7), {"pool_size": 2}),
    ((2, 9), {"pool_size": 3, "stride": 2}),
    ((2, 5), {"pool_size": 3, "stride": 50, "padding": 1}),
    ((1, 11), {"pool_size": 4, "padding": 2, "count_include_pad": False}),
    ((1, 4), {"pool_size": 4}),
    ((1, 1), {"pool_size": 3, "padding": 1}),
]
EXAMPLES = [
    *(
        Example(
            AvgPool1D(**arguments),
            shape,
            lambda nn, arguments=arguments: nn.AvgPool1d(**renamed(arguments, pool_size="kernel_size")),
        )
        for shape, arguments in GEOMETRIES
    ),
    Example(AvgPool1D(3, padding="same"), (2, 8)),
    Example(AvgPool1D(3, padding=(0, 1), count_include_pad=False), (2, 7)),
]


def test_what_lies_beyond_the_ends_counts_or_does_not(backend):
    x = np.array([[[6.0, 2, 4]]])
    for counts, first in ((True, 8 / 3), (False, 4)):
        y, _ = run(build(AvgPool1D(3, padding=1, stride=1, count_include_pad=counts), (1, 3)), x)
        np.testing.assert_allclose(y, [[[first, 4, 2 if counts else 3]]], rtol=1e-15)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="AvgPool1D: pool_size 5 reaches over 5 places, but the signal has 4"):
        AvgPool1D(5).output_shape((1, 4))
    with pytest.raises(ShapeError, match=r"AvgPool1D needs signals .* for images: AvgPool2D"):
        AvgPool1D(2).output_shape((1, 4, 4))
