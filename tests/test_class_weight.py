import numpy as np
import pytest

from nnfs import DTypeError
from nnfs.class_weight import ClassWeight
from nnfs.losses import BinaryCrossEntropy, CrossEntropy


def test_each_sample_has_the_weight_of_its_class_times_its_own():
    y, dtype = np.array([0, 1, 2, 1]), np.dtype("float32")
    weights = ClassWeight({1: 3}, CrossEntropy(), (3,))(y, None, dtype)
    assert weights.dtype == dtype
    np.testing.assert_array_equal(weights, [1, 3, 1, 3])
    own = np.float32([1, 0.5, 2, 0])
    np.testing.assert_array_equal(ClassWeight([1, 2, 4], CrossEntropy(), (3,))(y, own, dtype), [1, 1, 8, 0])
    hard = np.float32([[0], [1]])
    np.testing.assert_array_equal(ClassWeight({np.int64(0): 5}, BinaryCrossEntropy(), (1,))(hard, None, dtype), [5, 1])


@pytest.mark.parametrize("bad", [{True: 1}, {"a": 1}, {-1: 1}, {3: 1}, {0: np.nan}, [1, 2, -1], [1, 2, np.inf]])
def test_bad_weights_are_errors(bad):
    with pytest.raises(ValueError, match="class_weight"):
        ClassWeight(bad, CrossEntropy(), (3,))


def test_balanced_is_answered_by_its_formula():
    with pytest.raises(DTypeError, match=r"a dict such as \{1: 10.0\} or an array \(3,\), got 'bal") as error:
        ClassWeight("balanced", CrossEntropy(), (3,))
    y = np.array([0, 0, 0, 1, 2, 2])
    balanced = eval(str(error.value).rpartition("class_weight=")[2], {"np": np, "y": y})
    ClassWeight(balanced, CrossEntropy(), (3,))
    assert [balanced[label] * (y == label).sum() for label in range(3)] == [2, 2, 2]


def test_soft_targets_have_no_class():
    weigh = ClassWeight({0: 5}, BinaryCrossEntropy(), (1,))
    with pytest.raises(ValueError, match="targets of 'binary_cross_entropy' do not have here; use sample_weight"):
        weigh(np.float32([[0.5]]), None, np.dtype("float32"))
