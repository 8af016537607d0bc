import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import Dropout, DTypeError
from nnfs.layers.context import Context

EXAMPLES = [Example(Dropout(rate), (2, 5), training=True) for rate in (0, 0.3, 0.99)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_training_it_drops_its_share_and_scales_up_the_rest(dtype):
    x = np.ones((1000, 100), dtype)
    y, ctx = run(Dropout(0.25), x, training=True)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(np.unique(y), [0, 4 / 3], rtol=1e-6)
    # 100,000 draws: four standard deviations are 0.0055.
    assert abs((y == 0).mean() - 0.25) < 0.0055
    np.testing.assert_array_equal(Dropout(0.25).backward(x, ctx), y)


def test_outside_training_it_does_nothing():
    x = np.ones((3, 4))
    y, ctx = run(Dropout(0.9), x)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(Dropout(0.9).backward(x, ctx), x)


def test_without_random_numbers_it_says_what_to_set():
    ctx = Context()
    ctx.training = True
    with pytest.raises(ValueError, match=r"set ctx\.rng"):
        Dropout(0.5).forward(np.ones((1, 2)), ctx)


@pytest.mark.parametrize(
    ("rate", "error"),
    [
        (-0.1, ValueError),
        (1, ValueError),
        (1.5, ValueError),
        (np.nan, ValueError),
        ("0.5", DTypeError),
        (True, DTypeError),
    ],
)
def test_a_rate_out_of_range_is_refused(rate, error):
    with pytest.raises(error, match="Dropout: rate must be a"):
        Dropout(rate)
