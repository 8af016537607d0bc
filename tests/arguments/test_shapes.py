import itertools

import numpy as np
import pytest

from nnfs import AvgPool2D, Conv2D, Dense, DTypeError, Flatten, MaxPool2D, ReLU, Sequential, ShapeError
from nnfs._kernels.interface import Window
from nnfs.arguments.shapes import (
    ADDRESSABLE,
    LARGEST,
    Geometry,
    as_integer,
    as_padding,
    as_pair,
    as_pool,
    as_shape,
    as_sides,
    check_image_shape,
    check_size,
    place_window,
)


class Index:
    def __index__(self):
        return 7


@pytest.mark.parametrize("value", [1, np.int8(1), np.uint64(1), np.array(1), LARGEST, Index()])
def test_integers_of_any_kind_become_int(value):
    assert type(as_integer(value, "a")) is int


@pytest.mark.parametrize(
    "value",
    [1.0, True, np.True_, "3", None, np.nan, [1], np.array([1, 2]), np.array(1.0), np.float32(1), 1j, {}, object()],
)
def test_what_is_no_integer_is_a_type_error_that_names_argument_and_value(value):
    with pytest.raises(DTypeError, match=r"^Conv2D: filters must be an integer from 1 to 2147483647, got .* of type"):
        as_integer(value, "Conv2D: filters")


@pytest.mark.parametrize(
    ("value", "fix"), [(3.0, "; write 3"), ("3", "; write 3"), (2.5, ""), ("1,2", ""), (np.inf, "")]
)
def test_what_is_an_integer_in_another_form_is_shown_as_one(value, fix):
    with pytest.raises(DTypeError, match=f"of type {type(value).__name__}{fix}$"):
        as_integer(value, "a")


@pytest.mark.parametrize("value", [0, -1, LARGEST + 1, 2**62, 2**63, np.uint64(2**63), 10**30])
def test_what_is_out_of_range_is_a_shape_error(value):
    with pytest.raises(ShapeError, match=f"^a must be an integer from 1 to 2147483647, got {value}$"):
        as_integer(value, "a")


def test_a_pair_is_one_integer_or_two():
    assert as_pair(3, "a") == (3, 3)
    assert as_pair((1, np.int64(2)), "a") == as_pair([1, 2], "a") == (1, 2)
    for wrong in ((), (1,), (1, 2, 3)):
        with pytest.raises(ShapeError, match=f"a must be an integer or a pair .* got {len(wrong)} numbers"):
            as_pair(wrong, "a")


def test_a_padding_is_one_two_or_four_integers_or_same():
    assert as_padding(0, "a") == (0, 0, 0, 0)
    assert as_padding((1, 2), "a") == (1, 1, 2, 2)
    assert as_padding([1, 2, 3, 4], "a") == (1, 2, 3, 4)
    assert as_padding("same", "a") == "same"
    for word, line in (("valid", "padding=0"), ("VALID", "padding=0"), ("SAME", "padding='same'")):
        with pytest.raises(ShapeError, match=f"; write {line}$"):
            as_padding(word, "a")
    for wrong in ("valid", (1, 2, 3), -1, (0, 0, 0, -1)):
        with pytest.raises(ShapeError, match=r"^a must be"):
            as_padding(wrong, "a")


def test_sides_are_four_integers():
    assert as_sides((1, 2), "a") == (1, 1, 2, 2)
    with pytest.raises(ShapeError, match=r'^a must be numbers; "same" is for Conv2D and the pooling layers$'):
        as_sides("same", "a")


def test_the_stride_of_a_pool_is_its_size_unless_given():
    assert as_pool(3, None, 0, "Pool") == Geometry((3, 3), (3, 3), (0, 0, 0, 0))
    assert as_pool((2, 3), 1, (1, 0, 1, 1), "Pool") == Geometry((2, 3), (1, 1), (1, 0, 1, 1))
    assert as_pool(1, (4, 5), "same", "Pool") == Geometry((1, 1), (4, 5), "same")
    for pool_size, padding in ((3, 2), ((5, 1), (2, 1)), (2, (0, 0, 0, 2))):
        with pytest.raises(ShapeError, match=r"^Pool: padding must be at most half of pool_size .*, got "):
            as_pool(pool_size, None, padding, "Pool")


def test_a_shape_is_one_integer_or_several():
    assert as_shape(5, "a") == (5,)
    assert as_shape([1, np.int64(2)], "a") == (1, 2)
    for wrong in ((), (0,), (3, -1), (2**31 - 1, 2**31 - 1, 4)):
        with pytest.raises(ShapeError, match=r"^a "):
            as_shape(wrong, "a")


def test_a_size_that_fits_into_no_memory_names_the_bytes(monkeypatch):
    for memory, largest in ((10_000, 10_000), (None, ADDRESSABLE), (2**60, ADDRESSABLE)):
        monkeypatch.setattr("nnfs.arguments.shapes.memory_bytes", lambda memory=memory: memory)
        check_size((largest // 8,), "it")
        check_size((largest // 4,), "it", itemsize=4)
        message = rf"^it \({largest}, 2\) would take {16 * largest:,} bytes, and this computer has {largest:,}$"
        with pytest.raises(ShapeError, match=message):
            check_size((largest, 2), "it")


def test_a_window_is_placed_as_the_formula_says():
    for size, window, stride, dilation, padding in [
        (7, 3, 1, 1, (0, 0)),
        (7, 3, 2, 1, (1, 1)),
        (10, 3, 3, 2, (2, 0)),
        (1, 1, 5, 9, (0, 0)),
        (5, 5, 1, 1, (0, 0)),
    ]:
        placed, output = place_window(
            (size, size), (window, window), (stride, stride), (*padding, *padding), (dilation, dilation)
        )
        expected = (size + sum(padding) - dilation * (window - 1) - 1) // stride + 1
        assert output == (expected, expected)
        assert placed.padding == (*padding, *padding)


def test_a_dilation_of_one_cell_and_a_stride_of_one_output_become_short():
    window, output = place_window((5, 9), (5, 1), (LARGEST, 4), (0, 0, 0, 0), (1, LARGEST))
    assert (window.stride, window.dilation, output) == ((1, 4), (1, 1), (1, 3))


def _meetings(length, outputs, window, axis):
    stride, dilation, before = window.stride[axis], window.dilation[axis], window.padding[2 * axis]
    places = ((p, i, p * stride + i * dilation - before) for p in range(outputs) for i in range(window.size[axis]))
    return {(p, i, row) for p, i, row in places if 0 <= row < length}


FAR = [1, 2, 3, 7, 20, 50, 10**6, LARGEST]


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("cells", [1, 2, 3])
@pytest.mark.parametrize("dilation", FAR)
def test_steps_beyond_the_image_are_shortened_and_read_the_same_pixels(length, cells, dilation):
    for stride, before, after in itertools.product(FAR, [0, 1, 4, 11, 90, LARGEST], [0, 1, 3, 40, LARGEST]):
        reach = (cells - 1) * dilation + 1
        outputs = (length + before + after - reach) // stride + 1
        if not 0 < outputs < 200:
            continue
        asked = Window((cells, 1), (stride, 1), (before, after, 0, 0), (dilation, 1))
        window, (rows, _) = place_window((length, 1), *asked)
        top, bottom = window.padding[:2]
        assert min(top, bottom) >= 0
        assert rows == outputs == (length + top + bottom - (cells - 1) * window.dilation[0] - 1) // window.stride[0] + 1
        assert _meetings(length, outputs, window, 0) == _meetings(length, outputs, asked, 0)
        if max(before, after, stride, dilation) <= length:
            assert window.padding == asked.padding
        # At most one of stride and dilation is longer than the other's reach and the image together.
        way = (outputs - 1) * window.stride[0] + 1
        assert cells == 1 or window.dilation[0] <= way + length
        assert outputs == 1 or window.stride[0] <= reach + length


def test_a_huge_window_is_computed_from_the_image_alone(backend):
    x, huge = np.random.default_rng(0).normal(size=(2, 2, 5, 4)).astype(np.float32), 2**31 - 1
    for groups in (1, 2):
        net = Sequential([Conv2D(2, 3, dilation=huge, padding="same", groups=groups)], x.shape[1:])
        middle = Sequential([Conv2D(2, 1, groups=groups)], x.shape[1:])
        middle.layers[0].weight.value[...] = net.layers[0].weight.value[:, :, 1:2, 1:2]
        np.testing.assert_allclose(net.predict(x), middle.predict(x), rtol=1e-5, atol=1e-6)
    largest, mean = x.max(axis=(2, 3), keepdims=True), x.mean(axis=(2, 3), keepdims=True)
    for stride in (None, 1, huge):
        top = Sequential([MaxPool2D(huge, stride=stride, padding="same")], x.shape[1:]).predict(x)
        np.testing.assert_array_equal(top, np.broadcast_to(largest, top.shape))
        middling = AvgPool2D(huge, stride=stride, padding="same", count_include_pad=False)
        average = Sequential([middling], x.shape[1:]).predict(x)
        np.testing.assert_allclose(average, np.broadcast_to(mean, average.shape), rtol=1e-4, atol=1e-6)
    layers = [Conv2D(3, 3, dilation=huge, padding=huge), ReLU(), MaxPool2D(huge, padding="same"), Flatten(), Dense(2)]
    net = Sequential(layers, x.shape[1:])
    before = net.layers[0].weight.value.copy()
    net.fit(x, [0, 1], loss="cross_entropy", verbose=0)
    changed = net.layers[0].weight.value != before
    assert changed[:, :, 1, 1].any()
    assert changed.sum() == changed[:, :, 1, 1].sum()


@pytest.mark.parametrize("size", [1, 2, 5, 8, 13])
@pytest.mark.parametrize("window", [1, 2, 3, 6])
@pytest.mark.parametrize("stride", [1, 2, 5])
def test_same_padding_gives_the_size_over_the_stride_rounded_up(size, window, stride):
    placed, output = place_window((size, size), (window, window), (stride, stride), "same")
    assert output == (-(-size // stride),) * 2
    top, bottom, left, right = placed.padding
    assert bottom - top in (0, 1)
    assert (top, bottom) == (left, right)


def test_the_hint_for_a_window_too_large_is_right():
    with pytest.raises(ShapeError, match=r"kernel_size \(6, 6\) reaches over 6 rows, but the image has 3; .*padding=2"):
        place_window((3, 9), (6, 6), (1, 1), (0, 0, 0, 0), argument="kernel_size")
    assert place_window((3, 9), (6, 6), (1, 1), (2, 2, 2, 2))[1] == (2, 8)
    with pytest.raises(ShapeError, match="over 5 columns, but the image has 2 and 1 of padding"):
        place_window((9, 2), (3, 3), (1, 1), (0, 0, 1, 0), (2, 2))


def test_images_have_three_axes():
    assert check_image_shape((1, 2, 3), "Conv2D") == (1, 2, 3)
    with pytest.raises(
        ShapeError, match=r"Conv2D needs images \(C, H, W\), got samples of shape \(28, 28\); a grey image"
    ):
        check_image_shape((28, 28), "Conv2D")
