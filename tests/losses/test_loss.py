import numpy as np
import pytest

from nnfs import DTypeError, ShapeError
from nnfs.losses import MeanSquaredError

FLOAT = np.dtype("float64")


def test_numbers_for_one_output_may_come_without_the_second_axis():
    for targets in ([1, 2, 3], np.array([1.0, 2, 3]), np.array([1, 2, 3]), [[1], [2], [3]], np.float32([1, 2, 3])):
        got = MeanSquaredError().check_targets(targets, (1,), FLOAT)
        assert got.dtype == FLOAT
        np.testing.assert_array_equal(got, [[1], [2], [3]])
    for wrong in (np.zeros((3, 2)), np.zeros((3, 1, 1)), np.float64(1)):
        with pytest.raises(ShapeError, match=r"y must have shape \(N, 1\), as the network's output, got"):
            MeanSquaredError().check_targets(wrong, (1,), FLOAT)
    with pytest.raises(ShapeError, match=r"y must have shape \(N, 2\), as the network's output, got \(2,\)"):
        MeanSquaredError().check_targets([1, 2], (2,), FLOAT)


def test_whole_numbers_are_targets_where_the_type_holds_them_exactly():
    single = np.dtype("float32")
    assert MeanSquaredError().check_targets(np.array([2**24]), (1,), single).dtype == single
    for wrong in (2**24 + 1, 2**63 - 1):
        with pytest.raises(DTypeError, match="integers that float32 cannot hold exactly"):
            MeanSquaredError().check_targets(np.array([wrong]), (1,), single)
    with pytest.raises(DTypeError, match=r"must be float32 .* got float64; .*y\.astype\('float32'\)"):
        MeanSquaredError().check_targets(np.zeros(3), (1,), single)
