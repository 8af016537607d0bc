import numpy as np
import pytest
from compare import build, run
from layer_examples import Example, renamed

from nnfs import Conv1D, Conv2D, DTypeError, Sequential, ShapeError
from nnfs.testing import check_layer

GEOMETRIES = {
    "1": ((3, 5), {"filters": 4, "kernel_size": 1}),
    "3": ((2, 9), {"filters": 3, "kernel_size": 3}),
    "padding wider than the kernel": ((1, 3), {"filters": 2, "kernel_size": 2, "padding": 4}),
    "stride > kernel": ((1, 17), {"filters": 2, "kernel_size": 2, "stride": 5}),
    "stride > signal": ((2, 5), {"filters": 2, "kernel_size": 3, "stride": 40}),
    "dilation": ((2, 17), {"filters": 2, "kernel_size": 3, "dilation": 4}),
    "groups": ((4, 9), {"filters": 6, "kernel_size": 3, "groups": 2}),
    "groups = channels": ((3, 9), {"filters": 3, "kernel_size": 2, "groups": 3}),
    "all at once": (
        (4, 21),
        {"filters": 4, "kernel_size": 3, "stride": 2, "padding": 3, "dilation": 3, "groups": 2},
    ),
    "same, even kernel": ((2, 9), {"filters": 3, "kernel_size": 4, "padding": "same", "dilation": 2}),
    "no bias": ((2, 9), {"filters": 3, "kernel_size": 3, "use_bias": False}),
    "one number": ((1, 1), {"filters": 1, "kernel_size": 1}),
}
EXAMPLES = [
    *(
        Example(
            Conv1D(**arguments),
            shape,
            lambda nn, channels=shape[0], arguments=arguments: nn.Conv1d(
                channels, **renamed(arguments, filters="out_channels", use_bias="bias")
            ),
        )
        for shape, arguments in GEOMETRIES.values()
    ),
    Example(Conv1D(3, 4, padding=(3, 0)), (2, 7)),
    Example(Conv1D(3, 3, padding="same", stride=3, dilation=2), (2, 11)),
]


def test_a_convolution_by_hand(backend):
    layer = build(Conv1D(1, 2, bias_initializer=lambda shape, *_: np.full(shape, 0.5)), (2, 3))
    layer.weight.value[...] = [[[1, 2], [3, 4]]]
    y, ctx = run(layer, np.array([[[1.0, 0, 2], [0, 1, 1]]]))
    np.testing.assert_array_equal(y, [[[1 + 4 + 0.5, 4 + 3 + 4 + 0.5]]])
    np.testing.assert_array_equal(layer.backward(np.array([[[1.0, 10]]]), ctx), [[[1, 12, 20], [3, 34, 40]]])
    np.testing.assert_array_equal(layer.weight.grad, [[[1, 20], [10, 11]]])
    np.testing.assert_array_equal(layer.bias.grad, [11])


def in_loops(layer, x):
    """Return the output of a built layer for x (N, C, L), one product at a time."""
    weight, bias = layer.weight.value, layer.bias.value if layer.use_bias else np.zeros(layer.filters)
    left = layer.window.padding[2]
    per_group, wide = layer.filters // layer.groups, weight.shape[1]
    y = np.zeros((len(x), *layer.output_shape(x.shape[1:])))
    for n, f, p in np.ndindex(y.shape):
        y[n, f, p] = bias[f]
        for c, i in np.ndindex(weight.shape[1:]):
            place = p * layer.stride + i * layer.dilation - left
            if 0 <= place < x.shape[2]:
                y[n, f, p] += weight[f, c, i] * x[n, f // per_group * wide + c, place]
    return y


def drawn(rng):
    """Return a layer of any geometry that fits, and the shape of its samples."""
    groups = int(rng.integers(1, 4))
    channels, filters, size, stride, dilation = (
        int(rng.integers(1, high)) for high in (4, 4, 6, rng.choice([2, 4, 30]), rng.choice([2, 5]))
    )
    ends = [int(end) for end in rng.integers(0, rng.choice([1, 4, 9]), 2)]
    reach = dilation * (size - 1) + 1
    shape = (groups * channels, max(1, reach - sum(ends)) + int(rng.integers(0, 20)))
    padding = "same" if rng.random() < 0.2 else tuple(ends)
    options = {"stride": stride, "dilation": dilation, "groups": groups, "padding": padding}
    return Conv1D(groups * filters, size, use_bias=bool(rng.random() < 0.8), **options), shape


@pytest.mark.parametrize("seed", range(30))
def test_any_geometry_equals_loops_and_finite_differences(backend, seed):
    rng = np.random.default_rng(seed)
    layer, shape = drawn(rng)
    if seed < 10:
        check_layer(layer, shape)
    layer = build(layer, shape)
    x = rng.normal(size=(2, *shape))
    np.testing.assert_allclose(run(layer, x)[0], in_loops(layer, x), rtol=1e-12, atol=1e-12)


def test_no_output_of_a_causal_convolution_sees_what_comes_later(backend):
    layer = build(Conv1D(2, 3, dilation=2, padding=(4, 0)), (1, 10))
    x = np.random.default_rng(0).normal(size=(1, 1, 10))
    before = run(layer, x)[0].copy()
    x[..., 6:] += 1
    np.testing.assert_array_equal(run(layer, x)[0][..., :6], before[..., :6])


def test_its_first_weights_are_those_of_the_convolution_of_images():
    ours, theirs = build(Conv1D(4, 3, groups=2), (4, 9)), build(Conv2D(4, (1, 3), groups=2), (4, 1, 9))
    assert ours.weight.value.shape == (4, 2, 3)
    assert ours.weight.value.tobytes() == theirs.weight.value.tobytes()


def test_same_keeps_the_length_and_rounds_a_stride_up():
    assert Conv1D(1, 4, padding="same").output_shape((1, 7)) == (1, 7)
    assert Conv1D(1, 4, padding="same", stride=2).output_shape((1, 7)) == (1, 4)


def test_multiply_adds_and_numbers_of_a_pass_are_counted_for_one_sample():
    assert Conv1D(8, 3, padding=1).multiply_adds((4, 30)) == 8 * 30 * 4 * 3
    assert Conv1D(8, 3, padding=1).pass_size((4, 30)) == 8 * 30 + 4 * 32


@pytest.mark.parametrize(
    ("arguments", "input_shape", "error", "words"),
    [
        ((0, 3), (1, 5), ShapeError, "Conv1D: filters"),
        ((2, 0), (1, 5), ShapeError, "Conv1D: kernel_size must be an integer from 1"),
        ((2, (3, 3)), (1, 5), DTypeError, r"Conv1D: kernel_size must be an integer .* got \(3, 3\)"),
        ((2, 3.0), (1, 5), DTypeError, "Conv1D: kernel_size .* write 3"),
        ((2, 6), (1, 5), ShapeError, "Conv1D: kernel_size 6 reaches over 6 places, but the signal has 5; .*padding=1"),
        ((2, 3), (5,), ShapeError, r"Conv1D needs signals \(C, L\), .* input_shape=\(1, 5\), x\[:, None\]"),
        ((2, 3), (64, 2, 5), ShapeError, r"without the batch axis: input_shape=\(2, 5\); for images: Conv2D"),
        ((2, 3), (1, 2, 5), ShapeError, r"read as images of one channel: a first layer Reshape\(\(2, 5\)\)"),
        ((2, 5), (64, 3), ShapeError, r"64 places of 3 channels, input_shape=\(3, 64\), x\.transpose\(0, 2, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, input_shape, error, words):
    with pytest.raises(error, match=words):
        Conv1D(*arguments).output_shape(input_shape)


def test_a_signal_of_one_place_looks_like_axes_that_are_swapped():
    with pytest.warns(UserWarning, match=r"looks like \(L, C\), nnfs wants \(C, L\): input_shape=\(1, 64\), x\.trans"):
        Sequential([Conv1D(2, 3, padding=1)], (64, 1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"groups": 2}, "filters must be a multiple of groups, got filters=3, groups=2"),
        ({"groups": 3}, "groups must divide the input's channels, got groups=3, 2 channels"),
        ({"padding": "valid"}, "Conv1D: padding must be .* got 'valid'; write padding=0"),
        ({"padding": "causal"}, r"got 'causal'; write padding=\(dilation \* \(kernel_size - 1\), 0\)"),
        ({"padding": "Same"}, "got 'Same'; write padding='same'"),
        ({"padding": -1}, "Conv1D: padding .* got -1"),
        ({"padding": (1, 2, 3, 4)}, r"Conv1D: padding must be an integer or a pair \(left, right\), got 4 numbers"),
        ({"dilation": 4, "padding": 1}, "reaches over 9 places, but the signal has 5 and 2 of padding; .* padding=2"),
        ({"initializer": "normal"}, "unknown initializer 'normal'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Conv1D(3, 3, **options).output_shape((2, 5))


def test_it_prints_what_differs_from_the_defaults():
    layer = Conv1D(8, 5, stride=2, padding="same", use_bias=False)
    assert repr(layer) == "Conv1D(8, 5, stride=2, padding='same', use_bias=False)"
