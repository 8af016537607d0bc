import numpy as np
import pytest
from compare import build, run
from layer_examples import Example, renamed

from nnfs import ConvTranspose2D, ShapeError

GEOMETRIES = [
    ((1, 1, 1), {"kernel_size": 1}),
    ((2, 3, 4), {"kernel_size": (4, 3), "stride": (2, 3), "padding": (1, 0)}),
    ((2, 4, 3), {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}),
    ((4, 3, 3), {"kernel_size": 3, "groups": 2, "padding": 1}),
    ((6, 3, 3), {"kernel_size": (2, 3), "groups": 6, "stride": 2}),
    ((2, 3, 3), {"kernel_size": 3, "dilation": 2, "stride": (3, 1), "output_padding": (2, 0)}),
    ((2, 3, 3), {"kernel_size": 2, "stride": 3, "use_bias": False}),
]
EXAMPLES = [
    *(
        Example(
            ConvTranspose2D(6, **arguments),
            shape,
            lambda nn, channels=shape[0], arguments=arguments: nn.ConvTranspose2d(
                channels, 6, **renamed(arguments, use_bias="bias")
            ),
        )
        for shape, arguments in GEOMETRIES
    ),
    Example(ConvTranspose2D(3, 3, padding=(0, 1, 2, 0), stride=2), (2, 3, 3)),
    Example(ConvTranspose2D(3, 3, padding=(1, 0, 0, 0), stride=2), (2, 3, 3)),
]


def test_each_pixel_adds_its_kernel(backend):
    layer = build(ConvTranspose2D(1, 2, stride=2), (1, 2, 2))
    layer.weight.value[...] = [[1, 2], [3, 4]]
    y, _ = run(layer, np.array([[[[1.0, 10.0], [100.0, 1000.0]]]]))
    want = [[1, 2, 10, 20], [3, 4, 30, 40], [100, 200, 1000, 2000], [300, 400, 3000, 4000]]
    np.testing.assert_array_equal(y[0, 0], want)


def test_its_multiply_adds():
    assert ConvTranspose2D(4, (2, 3), groups=2).multiply_adds((6, 5, 7)) == 6 * 5 * 7 * 2 * 2 * 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kernel_size": 0}, "ConvTranspose2D: kernel_size"),
        ({"kernel_size": 2, "stride": 0}, "ConvTranspose2D: stride"),
        ({"kernel_size": 2, "padding": "same"}, "padding must be numbers"),
        ({"kernel_size": 2, "padding": 3}, "padding 3 cuts off all of the output, which is 5 x 5 before"),
        ({"kernel_size": 2, "output_padding": 1}, "output_padding must be smaller than stride, got 1 and stride=1"),
        ({"kernel_size": 2, "stride": (3, 2), "output_padding": 2}, "output_padding must be smaller than stride"),
        ({"kernel_size": 2, "groups": 3}, "filters must be a multiple of groups"),
        ({"kernel_size": 2, "groups": 4}, "groups must divide the input's channels, got groups=4, 2 channels"),
        ({"kernel_size": 2, "stride": 2**31 - 1}, "would take"),
        ({"kernel_size": 1024, "padding": 510}, "at most 10 x 10 ever meet the image of 7 x 7 pixels"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(ShapeError, match=words):
        ConvTranspose2D(4, **arguments).output_shape((2, 4, 4))


@pytest.mark.parametrize("input_shape", [(4,), (4, 4), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(input_shape):
    with pytest.raises(ShapeError, match="ConvTranspose2D needs images"):
        ConvTranspose2D(2, 2).output_shape(input_shape)
