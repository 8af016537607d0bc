import numpy as np
import pytest
from compare import assert_equals_torch, build, run

from nnfs import AvgPool2D, ShapeError
from nnfs.testing import check_layer

GEOMETRIES = [
    ((1, 4, 4), {"pool_size": 2}),
    ((3, 5, 7), {"pool_size": 2}),
    ((2, 6, 6), {"pool_size": 3, "stride": 1}),
    ((2, 7, 5), {"pool_size": (3, 2), "stride": (2, 1)}),
    ((2, 8, 8), {"pool_size": 2, "stride": 3}),
    ((2, 5, 5), {"pool_size": 3, "stride": 2, "padding": 1}),
    ((2, 5, 5), {"pool_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    ((1, 7, 11), {"pool_size": (2, 4), "padding": (1, 2), "count_include_pad": False}),
    ((2, 1, 1), {"pool_size": 1}),
    ((1, 1, 1), {"pool_size": 3, "padding": 1}),
]


@pytest.mark.parametrize(("input_shape", "arguments"), GEOMETRIES)
def test_it_keeps_every_promise_of_a_layer(backend, input_shape, arguments):
    check_layer(AvgPool2D(**arguments), input_shape)


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize(
    "arguments", [{"padding": "same"}, {"padding": (0, 1, 1, 0)}, {"padding": "same", "stride": 1}]
)
def test_what_pytorch_lacks_keeps_every_promise_too(backend, arguments, count_include_pad):
    check_layer(AvgPool2D((3, 2), **arguments, count_include_pad=count_include_pad), (2, 7, 5))


@pytest.mark.parametrize(("input_shape", "arguments"), GEOMETRIES)
def test_it_equals_pytorch(backend, torch, input_shape, arguments):
    renamed = {"kernel_size" if name == "pool_size" else name: value for name, value in arguments.items()}
    assert_equals_torch(torch, AvgPool2D(**arguments), torch.nn.AvgPool2d(**renamed), input_shape)


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
        ({"pool_size": 2, "padding": 2}, r"padding must be at most half of pool_size \(2, 2\), got 2"),
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
