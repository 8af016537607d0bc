import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import DTypeError, Permute, Sequential, ShapeError

EXAMPLES = [Example(Permute((3, 1, 2)), (4, 5, 2)), Example(Permute((2, 1)), (3, 4))]


def test_channels_last_become_channels_first(backend):
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype(np.float32)
    y, _ = run(Permute((3, 1, 2)), x)
    np.testing.assert_array_equal(y, x.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("dims", [(), (0, 1), (1, 1), (1, 3), (1.5, 2), 3])
def test_dims_that_are_no_order_are_refused(dims):
    with pytest.raises((ShapeError, DTypeError), match="Permute: dims"):
        Permute(dims)


def test_samples_with_other_axes_are_refused():
    with pytest.raises(ShapeError, match="Permute: dims has 2 axes"):
        Sequential([Permute((2, 1))], (3, 4, 5))
