import numpy as np
import pytest

from nnfs import DTypeError, ShapeError
from nnfs.losses import CrossEntropy

FLOAT = np.dtype("float64")


@pytest.mark.parametrize("bad", [-0.1, 1.1, np.nan])
def test_label_smoothing_is_from_0_to_1(bad):
    with pytest.raises(ValueError, match="CrossEntropy: label_smoothing must be a finite number >= 0 and <= 1"):
        CrossEntropy(label_smoothing=bad)


@pytest.mark.parametrize(
    ("targets", "error", "words"),
    [
        ([0, -1, 1], ValueError, r"y\[1\] is -1, but the network has 3 classes: labels go from 0 to 2"),
        ([0, 1, 3], ValueError, r"y\[2\] is 3, but"),
        (np.array([0, 2**40]), ValueError, r"y\[1\] is 1099511627776"),
        (np.array([2**63], np.uint64), ValueError, r"y\[0\] is 9223372036854775808"),
        ([0.0, 1.5, 2.5], DTypeError, r"got float64, y\[1\] is 1.5; for numbers to predict: loss='mean_squared_error'"),
        ([0.0, np.nan], DTypeError, r"y\[1\] is nan"),
        (np.float32([0, 3]), ValueError, r"y\[1\] is 3, but .*; for 4 classes the network ends in Dense\(4\)$"),
        (["a", "b"], DTypeError, r"got <U1, y\[0\] is .*'a'.*write names, y = np.unique\(y, return_inverse=True\)"),
        ([0, None], DTypeError, "got object"),
        (np.eye(4, dtype=int), ShapeError, r"one-hot for 4 classes, but the network has 3; .* Dense\(4\)"),
        (
            np.eye(3) * 0.8,
            ShapeError,
            r"\(3, 3\); from scores or probabilities, take the class of each sample: y\.argmax\(axis=1\)",
        ),
        (np.ones((4, 3), int), ShapeError, r"y\[0\] has 3 ones; .*: loss='binary_cross_entropy'"),
        (np.int64(1), ShapeError, r"got \(\)"),
        ([[0], [1, 2]], DTypeError, "y cannot be read as an array of numbers"),
        (None, DTypeError, "y must be an array of numbers, got NoneType"),
        ("012", DTypeError, "got str"),
        (np.ma.masked_array([0, 1], [0, 1]), DTypeError, r"masked array; fill it first: y\.filled\(0\)"),
    ],
)
def test_an_error_for_wrong_labels_names_row_and_value(targets, error, words):
    with pytest.raises(error, match=words):
        CrossEntropy().check_targets(targets, (3,), FLOAT)


@pytest.mark.parametrize(
    "targets", [[0, 2, 1], (0, 2, 1), *(np.array([0, 2, 1], t) for t in "bBhHiIqQ"), np.array([0, 2, 1], ">i4")]
)
def test_labels_of_any_integer_type_become_int64(targets):
    labels = CrossEntropy().check_targets(targets, (3,), FLOAT)
    assert labels.dtype == np.int64
    assert labels.flags.c_contiguous
    np.testing.assert_array_equal(labels, [0, 2, 1])


def test_labels_may_be_of_one_class_or_empty():
    assert CrossEntropy().check_targets([2, 2], (3,), FLOAT).tolist() == [2, 2]
    assert CrossEntropy().check_targets([], (3,), FLOAT).dtype == np.int64


def test_strided_and_read_only_labels_are_copied_not_changed():
    labels = np.arange(6) % 3
    labels.flags.writeable = False
    np.testing.assert_array_equal(CrossEntropy().check_targets(labels[::-2], (3,), FLOAT), [2, 0, 1])
