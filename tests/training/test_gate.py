import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import DTypeError, NumericError, ShapeError
from nnfs.losses import CrossEntropy
from nnfs.training.gate import Gate, row_named

X, Y = problem()


def gate():
    return Gate(small_net(), CrossEntropy())


def test_arrays_that_fit_pass_as_they_are():
    labels = Y.astype(np.int64)
    x, y, weights = gate().check(X, labels)
    assert x is X
    assert y is labels
    assert weights is None


def test_what_fits_without_loss_becomes_what_kernels_read():
    x, y, weights = gate().check((X > 0).tolist(), Y.astype("int8"), [1] * 40)
    assert (x.dtype, y.dtype, weights.dtype) == ("float32", "int64", "float32")


@pytest.mark.parametrize(
    ("batch", "error", "words"),
    [
        ((X[:, :3], Y), ShapeError, r"^validation x must have shape \(N, 4\)"),
        ((X, Y[:3]), ShapeError, "^validation x has 40 rows, but validation y has 3"),
        ((X, Y + 1), ValueError, r"^validation y\[\d+\] is 3"),
        ((X, Y, [1, 2]), ShapeError, r"^validation sample_weight must have shape \(40,\), .* got \(2,\)"),
        ((X, Y, [-1] * 40), ValueError, "^validation sample_weight must hold finite numbers >= 0"),
        ((X.astype("f8"), Y), DTypeError, "^validation x must be float32"),
    ],
)
def test_what_does_not_fit_is_named_with_what_it_is_part_of(batch, error, words):
    with pytest.raises(error, match=words):
        gate().check(*batch, which="validation ")


def test_no_rows_and_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ShapeError, match=r"^x has no rows"):
        gate().check_rows(X[:0], Y[:0], None, "")
    with pytest.raises(NumericError, match=r"^x holds 1 number"):
        gate().check_rows(np.where(X[3, 1] == X, np.inf, X), Y, None, "")


def test_the_row_that_an_error_names_is_found():
    assert row_named(ValueError("validation y[31] is 7")) == 31
    assert row_named(ValueError("class_weight[3] is 7")) is None
