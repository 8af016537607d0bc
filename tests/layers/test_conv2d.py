import math

import numpy as np
import pytest
from compare import build, run
from layer_examples import Example, renamed

from nnfs import Conv2D, DTypeError, ShapeError

GEOMETRIES = {
    "1x1": ((3, 5, 4), {"filters": 4, "kernel_size": 1}),
    "3x3": ((2, 6, 5), {"filters": 3, "kernel_size": 3}),
    "padding wider than the kernel": ((1, 3, 3), {"filters": 2, "kernel_size": 2, "padding": 4}),
    "stride > kernel": ((1, 8, 7), {"filters": 2, "kernel_size": 2, "stride": (3, 4)}),
    "dilation": ((2, 7, 8), {"filters": 2, "kernel_size": 3, "dilation": (2, 3)}),
    "groups": ((4, 5, 5), {"filters": 6, "kernel_size": 3, "groups": 2}),
    "groups = channels": ((3, 5, 5), {"filters": 3, "kernel_size": 2, "groups": 3}),
    "high kernel": ((2, 9, 3), {"filters": 2, "kernel_size": (5, 1), "padding": (2, 0)}),
    "all at once": (
        (4, 9, 8),
        {"filters": 4, "kernel_size": (3, 2), "stride": 2, "padding": (2, 1), "dilation": (2, 1), "groups": 2},
    ),
    "same, even kernel": ((2, 5, 6), {"filters": 3, "kernel_size": (2, 4), "padding": "same", "dilation": 2}),
    "no bias": ((2, 5, 5), {"filters": 3, "kernel_size": 3, "use_bias": False}),
    "one pixel": ((1, 1, 1), {"filters": 1, "kernel_size": 1}),
}
EXAMPLES = [
    *(
        Example(
            Conv2D(**arguments),
            shape,
            lambda nn, channels=shape[0], arguments=arguments: nn.Conv2d(
                channels, **renamed(arguments, filters="out_channels", use_bias="bias")
            ),
        )
        for shape, arguments in GEOMETRIES.values()
    ),
    Example(Conv2D(3, (3, 2), padding=(1, 0, 2, 1)), (2, 7, 6)),
    Example(Conv2D(3, (3, 2), padding="same", stride=3, dilation=2), (2, 7, 6)),
]


def test_a_convolution_by_hand(backend):
    layer = build(Conv2D(1, 2, bias_initializer=lambda shape, *_: np.full(shape, 0.5)), (1, 2, 3))
    layer.weight.value[...] = np.array([[[[1, 2], [3, 4]]]])
    y, _ = run(layer, np.array([[[[1.0, 0, 2], [0, 1, 1]]]]))
    np.testing.assert_array_equal(y, [[[[1 + 4 + 0.5, 4 + 3 + 4 + 0.5]]]])


def test_an_empty_batch_gives_an_empty_output_and_zero_gradients(backend):
    layer = build(Conv2D(2, 3), (1, 5, 5))
    y, ctx = run(layer, np.zeros((0, 1, 5, 5)))
    assert y.shape == (0, 2, 3, 3)
    assert layer.backward(y, ctx).shape == (0, 1, 5, 5)
    assert not layer.weight.grad.any()
    assert not layer.bias.grad.any()


def test_the_weights_depend_on_the_group_they_see():
    layer = build(Conv2D(4, 3, groups=2, initializer="he_uniform"), (4, 5, 5))
    assert layer.weight.value.shape == (4, 2, 3, 3)
    assert np.abs(layer.weight.value).max() <= math.sqrt(6 / (2 * 9))


def test_same_keeps_the_size_and_rounds_a_stride_up():
    assert Conv2D(1, 4, padding="same").output_shape((1, 7, 5)) == (1, 7, 5)
    assert Conv2D(1, 4, padding="same", stride=2).output_shape((1, 7, 5)) == (1, 4, 3)


def test_multiply_adds_are_counted_for_one_sample():
    assert Conv2D(8, 3, padding=1).multiply_adds((4, 5, 6)) == 8 * 5 * 6 * 4 * 9
    assert Conv2D(8, 3, groups=4).multiply_adds((4, 5, 6)) == 8 * 3 * 4 * 1 * 9


@pytest.mark.parametrize(
    ("arguments", "input_shape", "error", "words"),
    [
        ((0, 3), (1, 5, 5), ShapeError, "Conv2D: filters"),
        ((2, 0), (1, 5, 5), ShapeError, "Conv2D: kernel_size"),
        ((2, (3, 3, 3)), (1, 5, 5), ShapeError, "Conv2D: kernel_size"),
        ((2, 3.0), (1, 5, 5), DTypeError, "Conv2D: kernel_size"),
        ((2, np.array([3, 3])), (1, 5, 5), DTypeError, "Conv2D: kernel_size"),
        ((2, 6), (1, 5, 5), ShapeError, r"Conv2D: kernel_size \(6, 6\) reaches over 6 rows, but the image has 5"),
        ((2, (1, 6)), (1, 5, 5), ShapeError, "over 6 columns, but the image has 5; .*padding=1"),
        ((2, 3), (5, 5), ShapeError, r"Conv2D needs images .* one channel: input_shape=\(1, H, W\)"),
        ((2, 3), (25,), ShapeError, "Conv2D needs images"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, input_shape, error, words):
    with pytest.raises(error, match=words):
        Conv2D(*arguments).output_shape(input_shape)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"groups": 2}, "filters must be a multiple of groups, got filters=3, groups=2"),
        ({"groups": 3}, "groups must divide the input's channels, got groups=3, 2 channels"),
        ({"padding": "valid"}, "Conv2D: padding must be .* got 'valid'"),
        ({"padding": -1}, "Conv2D: padding .* got -1"),
        ({"padding": (1, 2, 3)}, "Conv2D: padding .* got 3 numbers"),
        ({"initializer": "normal"}, "unknown initializer 'normal'; the names are zeros, ones, he_uniform"),
        ({"bias_initializer": ["zeros"]}, "unknown initializer"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Conv2D(3, 3, **options).output_shape((2, 5, 5))


def test_an_initializer_of_the_wrong_shape_is_refused():
    with pytest.raises(ShapeError, match=r"gave shape \(1,\), wanted \(2, 1, 3, 3\)"):
        build(Conv2D(2, 3, initializer=lambda *_: np.zeros(1)), (1, 5, 5))


def test_it_prints_what_differs_from_the_defaults():
    layer = Conv2D(8, (3, 5), stride=2, padding="same", use_bias=False)
    assert repr(layer) == "Conv2D(8, (3, 5), stride=2, padding='same', use_bias=False)"


def test_a_large_kernel_that_lies_beyond_the_image_is_refused():
    words = "of the 512 x 512 cells of kernel_size, at most 10 x 12 ever meet the image of 5 x 6 pixels"
    with pytest.raises(ShapeError, match=words):
        build(Conv2D(1, 512, padding=256), (1, 5, 6))
    with pytest.raises(ShapeError, match="at most 16 x 16 ever"):
        Conv2D(1, 2**15, padding=2**14).output_shape((1, 8, 8))
    build(Conv2D(1, 255, padding=254), (1, 5, 5))  # 65,025 cells cost nobody time
    assert Conv2D(1, 600, padding=300).output_shape((1, 300, 300)) == (1, 301, 301)
