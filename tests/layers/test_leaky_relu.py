import numpy as np
import pytest
from compare import run
from layer_examples import Example

from nnfs import LeakyReLU

EXAMPLES = [
    Example(LeakyReLU(0), (2, 5), lambda nn: nn.LeakyReLU(0)),
    Example(LeakyReLU(0.2), (2, 5), lambda nn: nn.LeakyReLU(0.2)),
    Example(LeakyReLU(1), (7,), lambda nn: nn.LeakyReLU(1)),
]


def test_special_values(backend):
    y, _ = run(LeakyReLU(0.5), np.array([[np.nan, np.inf, -np.inf, 0.0, -4.0]]))
    np.testing.assert_array_equal(y, [[np.nan, np.inf, -np.inf, 0, -2]])
    y, _ = run(LeakyReLU(0), np.array([[np.inf, -4.0]]))
    np.testing.assert_array_equal(y, [[np.inf, 0]])


@pytest.mark.parametrize("slope", [-0.1, 1.1, np.nan, np.inf])
def test_a_slope_out_of_range_is_refused(slope):
    with pytest.raises(ValueError, match="LeakyReLU: negative_slope must be a finite number >= 0 and <= 1, got"):
        LeakyReLU(slope)
