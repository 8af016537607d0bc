import numpy as np
import pytest

from nnfs import DTypeError, ShapeError
from nnfs.losses import BinaryCrossEntropy, CrossEntropy
from nnfs.training.class_weight import ClassWeight

FLOAT = np.dtype("float32")


def test_each_sample_has_the_weight_of_its_class_times_its_own():
    y, dtype = np.array([0, 1, 2, 1]), np.dtype("float32")
    weights = ClassWeight({1: 3}, CrossEntropy(), (3,), FLOAT)(y, None, dtype)
    assert weights.dtype == dtype
    np.testing.assert_array_equal(weights, [1, 3, 1, 3])
    own = np.float32([1, 0.5, 2, 0])
    np.testing.assert_array_equal(ClassWeight([1, 2, 4], CrossEntropy(), (3,), FLOAT)(y, own, dtype), [1, 1, 8, 0])
    hard = np.float32([[0], [1]])
    np.testing.assert_array_equal(
        ClassWeight({np.int64(0): 5}, BinaryCrossEntropy(), (1,), FLOAT)(hard, None, dtype), [5, 1]
    )


@pytest.mark.parametrize("bad", [{True: 1}, {"a": 1}, {-1: 1}, {3: 1}, {0: np.nan}, [1, 2, -1], [1, 2, np.inf]])
def test_bad_weights_are_errors(bad):
    with pytest.raises(ValueError, match="class_weight"):
        ClassWeight(bad, CrossEntropy(), (3,), FLOAT)


@pytest.mark.parametrize("large", [{1: 1e300}, [1, 1e300, 1]])
def test_a_weight_that_the_network_cannot_hold_is_an_error(large):
    with pytest.raises(ValueError, match=r"got 1e\+300 at class_weight\[1\], which is too large for float32; write "):
        ClassWeight(large, CrossEntropy(), (3,), FLOAT)
    ClassWeight(large, CrossEntropy(), (3,), np.dtype("float64"))


def test_a_weight_that_is_a_list_names_its_class():
    with pytest.raises(ShapeError, match=r"class_weight\[1\] must be one number, got an array \(2,\)"):
        ClassWeight({1: [1, 2]}, CrossEntropy(), (3,), FLOAT)


@pytest.mark.parametrize("nothing", [{0: 0, 2: 0}, [0, 5, 0]])
def test_weights_by_which_no_sample_counts_are_refused(nothing):
    with pytest.raises(ValueError, match="class_weight is 0 for every class that the targets have"):
        ClassWeight(nothing, CrossEntropy(), (3,), FLOAT, np.array([0, 2, 2]))
    ClassWeight(nothing, CrossEntropy(), (3,), FLOAT, np.array([0, 1]))


def test_balanced_classes_count_the_same():
    y = np.array([0, 0, 0, 1, 3, 3])
    weigh = ClassWeight("balanced", CrossEntropy(), (4,), FLOAT, y)
    weights = weigh(y, None, np.dtype("float64"))
    np.testing.assert_allclose(weights, [6 / (3 * 3)] * 3 + [6 / (3 * 1)] + [6 / (3 * 2)] * 2)
    assert weights.sum() == pytest.approx(len(y))
    assert np.isfinite(weigh.table).all()
    hard = np.float32([[0], [1], [1], [1]])
    np.testing.assert_allclose(ClassWeight("balanced", BinaryCrossEntropy(), (1,), FLOAT, hard).table, [2, 4 / 6])


@pytest.mark.parametrize("y", [[0, 0, 0, 1, 2, 2], [1, 3]])
def test_balanced_is_what_scikit_learn_means(y):
    class_weight = pytest.importorskip("sklearn.utils.class_weight")
    wanted = class_weight.compute_sample_weight("balanced", y)
    weigh = ClassWeight("balanced", CrossEntropy(), (4,), FLOAT, np.array(y))
    np.testing.assert_allclose(weigh(np.array(y), None, np.dtype("float64")), wanted)


def test_what_cannot_be_balanced():
    with pytest.raises(ValueError, match=r'class_weight="balanced" counts the classes of arrays; of batches, give'):
        ClassWeight("balanced", CrossEntropy(), (3,), FLOAT)
    with pytest.raises(ValueError, match="targets of 'binary_cross_entropy' do not have here"):
        ClassWeight("balanced", BinaryCrossEntropy(), (1,), FLOAT, np.float32([[0.5]]))
    with pytest.raises(DTypeError, match=r"a dict such as \{1: 10.0\}, an array \(3,\) or 'balanced', got 'equal'"):
        ClassWeight("equal", CrossEntropy(), (3,), FLOAT)


def test_soft_targets_have_no_class():
    weigh = ClassWeight({0: 5}, BinaryCrossEntropy(), (1,), FLOAT)
    with pytest.raises(ValueError, match="targets of 'binary_cross_entropy' do not have here; use sample_weight"):
        weigh(np.float32([[0.5]]), None, np.dtype("float32"))
