import numpy as np
import pytest

from nnfs.losses import BinaryCrossEntropy

FLOAT = np.dtype("float64")


@pytest.mark.parametrize(
    ("targets", "words"),
    [([0, 2], r"y\[1\] is \[2\.\]"), ([0, -0.1], r"y\[1\]"), ([np.nan, 1], r"y\[0\] is \[nan\]")],
)
def test_yes_or_no_targets_go_from_0_to_1(targets, words):
    with pytest.raises(ValueError, match=words):
        BinaryCrossEntropy().check_targets(targets, (1,), FLOAT)
