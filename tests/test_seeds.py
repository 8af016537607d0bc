import numpy as np
import pytest

from nnfs import DTypeError
from nnfs.seeds import LARGEST_SEED, as_seed


@pytest.mark.parametrize("seed", [0, 7, np.uint8(3), LARGEST_SEED])
def test_integers_are_seeds(seed):
    assert type(as_seed(seed)) is int


@pytest.mark.parametrize("seed", ["x", None, 1.0, True, [1], np.array([1, 2])])
def test_what_is_no_integer_is_refused(seed):
    with pytest.raises(DTypeError, match=r"seed must be an integer from 0 to 9223372036854775807, got .* of type"):
        as_seed(seed)


@pytest.mark.parametrize("seed", [-1, 2**63, 2**64])
def test_what_is_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=f"seed must be from 0 to 9223372036854775807, got {seed}"):
        as_seed(seed)
