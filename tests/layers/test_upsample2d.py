import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import ShapeError, Upsample2D

EXAMPLES = [
    Example(
        Upsample2D(factor, mode=mode),
        shape,
        lambda nn, factor=factor, mode=mode: nn.Upsample(scale_factor=factor, mode=mode),
    )
    for mode in ("nearest", "bilinear")
    for shape, factor in (((2, 3, 4), 2), ((1, 1, 5), (1, 4)), ((1, 1, 1), (5, 3)))
]


FACTORS = [1, 2, 3, (1, 4), (5, 2)]


def test_the_modes_by_hand():
    x = np.array([[[[0.0, 4.0]]]])
    np.testing.assert_array_equal(run(Upsample2D((1, 2)), x)[0], [[[[0, 0, 4, 4]]]])
    np.testing.assert_array_equal(run(Upsample2D((1, 2), mode="bilinear"), x)[0], [[[[0, 1, 3, 4]]]])


@pytest.mark.parametrize(
    ("scale_factor", "words"), [(0, "scale_factor"), ((2, -1), "scale_factor"), (2**31 - 1, "would take")]
)
def test_what_does_not_fit_is_refused(scale_factor, words):
    with pytest.raises(ShapeError, match=words):
        Upsample2D(scale_factor).output_shape((3, 64, 64))


def test_another_mode_is_refused():
    with pytest.raises(ValueError, match='Upsample2D: mode must be "nearest" or "bilinear", got \'cubic\''):
        Upsample2D(2, mode="cubic")


@pytest.mark.parametrize("input_shape", [(4,), (4, 4), (1, 1, 4, 4)])
def test_what_is_no_image_is_refused(input_shape):
    with pytest.raises(ShapeError, match="Upsample2D needs images"):
        Upsample2D(2).output_shape(input_shape)
