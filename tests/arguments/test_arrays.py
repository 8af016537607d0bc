"""Arrays that users give: every memory layout, dtype and shape is taken as it is, converted or refused."""

import re

import numpy as np
import pytest

from nnfs import Conv2D, Dense, DTypeError, Flatten, NumericError, Sequential, ShapeError
from nnfs.arguments.arrays import as_array, as_batch, as_float_dtype, check_finite, check_same_length, check_weights

SINGLE, DOUBLE = np.dtype("float32"), np.dtype("float64")
X = np.arange(24, dtype=np.float32).reshape(4, 6)


class Interface:
    def __init__(self, array):
        self.array = array
        self.__array_interface__ = array.__array_interface__


class Frame:
    """The part of a pandas object that is needed here: a shape and the method ``__array__``."""

    def __init__(self, array):
        self.array, self.shape = array, array.shape

    def __array__(self, dtype=None, copy=None):
        return self.array


def memory_mapped(path):
    X.tofile(path)
    return np.memmap(path, np.float32, "r", shape=X.shape)


def misaligned():
    bytes_ = np.zeros(X.nbytes + 1, np.uint8)
    array = bytes_[1:].view(np.float32).reshape(X.shape)
    array[...] = X
    assert not array.flags.aligned
    return array


def read_only():
    array = X.copy()
    array.flags.writeable = False
    return array


LAYOUTS = {
    "C": lambda path: X.copy(),
    "Fortran": lambda path: np.asfortranarray(X),
    "transposed": lambda path: np.ascontiguousarray(X.T).T,
    "every second": lambda path: np.repeat(X, 2, axis=0)[::2],
    "reversed": lambda path: X[::-1].copy()[::-1],
    "broadcast": lambda path: np.broadcast_to(X[:1], (3, 6)),
    "read-only": lambda path: read_only(),
    "memory-mapped": memory_mapped,
    "misaligned": lambda path: misaligned(),
    "byte-swapped": lambda path: X.astype(">f4"),
    "empty slice": lambda path: X[4:],
    "swapped float16": lambda path: X.astype(">f2"),
    "subclass": lambda path: np.asmatrix(X),
    "interface": lambda path: Interface(X),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_bits_of_a_plain_copy_and_is_not_modified(layout, tmp_path):
    values = LAYOUTS[layout](tmp_path / "x")
    before = np.array(values, copy=True)
    strides = getattr(values, "strides", None)
    array = as_batch(values, (6,), SINGLE)
    assert type(array) is np.ndarray
    assert array.flags.c_contiguous
    assert array.flags.aligned
    assert array.dtype == SINGLE
    assert array.tobytes() == np.ascontiguousarray(before, SINGLE).tobytes()
    assert np.array(values).tobytes() == before.tobytes()
    assert getattr(values, "strides", None) == strides


def test_an_array_that_fits_is_not_copied():
    assert as_batch(X, (6,), SINGLE) is X
    assert np.shares_memory(as_array(read_only := X[1:], SINGLE, "x"), read_only)


FITS_SINGLE = ["bool", "int8", "int16", "uint8", "uint16", "float16", "float32"]
FITS_DOUBLE = [*FITS_SINGLE, "int32", "int64", "uint32", "uint64", "float64"]
NEVER = ["longdouble", "complex64", "O", "U4", "S4", "datetime64[s]", "timedelta64[s]", [("a", "f4")]]


@pytest.mark.parametrize("dtype", [*FITS_DOUBLE, *NEVER], ids=str)
@pytest.mark.parametrize("network", [SINGLE, DOUBLE], ids=str)
def test_dtypes_are_widened_or_refused_but_never_narrowed(dtype, network):
    values = np.zeros((2, 3), dtype)
    accepted = FITS_SINGLE if network == SINGLE else FITS_DOUBLE
    if isinstance(dtype, str) and dtype in accepted:
        assert as_array(values, network, "x").dtype == network
    else:
        with pytest.raises(DTypeError, match=f"^x must be {network} or a type that fits into it, got"):
            as_array(values, network, "x")


def test_the_line_for_what_is_no_array_makes_it_one():
    with pytest.raises(ShapeError, match=r"one sample without its batch axis: np\.asarray\(x\)\[None\]"):
        as_batch([1.0, 2.0], (2,), SINGLE, "validation x")


def test_an_error_shows_the_fix_where_there_is_one():
    with pytest.raises(DTypeError, match=r"if the loss of precision is fine: x\.astype\('float32'\)"):
        as_array(np.zeros(3), SINGLE, "x")


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        (np.zeros((2, 3), complex), "np.concatenate([x.real, x.imag], axis=1)"),
        (np.zeros((2, 3), object), "np.asarray(x, 'float32')"),
        (np.array([[1.0, "red"]], object), "x[0, 1] is 'red'; turn texts into numbers, with a column for each text: "),
        (np.array([[1.0], [None]]), "x[1, 0] is None; leave out or fill in what is missing"),
        (np.array([["1", "2"]]), "x.astype('float32')"),
        (np.zeros((2, 3), "datetime64[s]"), "(x - np.datetime64('2000-01-01')) / np.timedelta64(1, 'D')"),
        (np.zeros(2, [("a", "f4"), ("b", "f4")]), "np.lib.recfunctions.structured_to_unstructured(x, 'float32')"),
        (iter([[1.0, 2.0]]), "list(x)"),
        (np.ma.masked_array([1.0], [True]), "fill it first: x.filled(0)"),
    ],
)
def test_other_types_are_answered_by_what_to_write(values, fix):
    with pytest.raises(DTypeError, match=re.escape(fix)):
        as_array(values, SINGLE, "validation x")


@pytest.mark.parametrize(
    "values",
    [[1, 2.5], (1, 2.5), [np.float64(1), 2.5], [[1], [2.5]], Frame(np.float32([1, 2.5])), [True, False], [], 3],
)
def test_lists_scalars_and_frames_become_arrays(values):
    array = as_array(values, SINGLE, "x")
    assert array.dtype == SINGLE
    np.testing.assert_array_equal(array, np.array(values, dtype=SINGLE))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (None, "got NoneType"),
        ("1 2", "got str"),
        (b"12", "got bytes"),
        ([[1], [2, 3]], "cannot be read as an array of numbers"),
        (["1", "2"], "got <U1"),
        ([1, None], "got object"),
        ([1, "a"], "got <U"),
        ([1j], "got complex128"),
        ({"a": 1}, "got object"),
        (object(), "got object"),
        (iter([1, 2]), "got list_iterator of batches; fit"),
        ([1e39], "too large for float32"),
        ([10**400], "got object"),
        (np.ma.masked_array([1.0], [True]), r"masked array; fill it first: x\.filled\(0\)"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(values, words):
    with pytest.raises(DTypeError, match=words):
        as_array(values, SINGLE, "x")


@pytest.mark.parametrize("shape", [(2, 3), (3, 2)])
def test_sparse_and_masked_arrays_of_any_shape_are_type_errors(shape):
    class Sparse:
        def __init__(self):
            self.shape = shape

        def toarray(self):
            return np.zeros(shape)

    for values in (Sparse(), np.ma.masked_array(np.zeros(shape), False)):
        with pytest.raises(DTypeError, match=r"^x is"):
            as_batch(values, (3,), SINGLE)


def test_a_real_sparse_matrix_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(DTypeError, match=r"x is sparse \(csr_array\); use x\.toarray\(\)"):
        as_batch(sparse.csr_array(np.zeros((2, 3))), (3,), SINGLE)


def test_a_tensor_is_taken_and_one_that_needs_a_gradient_is_refused(torch):
    tensor = torch.ones(2, 3)
    assert as_batch(tensor, (3,), SINGLE).tolist() == [[1, 1, 1]] * 2
    for refused in (tensor.requires_grad_(), tensor.bfloat16(), [tensor]):
        with pytest.raises(DTypeError, match=r"x cannot be read as an array of numbers"):
            as_batch(refused, (3,), SINGLE)
    for refused in (tensor.requires_grad_(), tensor.bfloat16()):
        with pytest.raises(DTypeError, match=r"write x\.detach\(\)\.cpu\(\)\.float\(\)\.numpy\(\)"):
            as_batch(refused, (3,), SINGLE)


IMAGE = (1, 28, 28)


@pytest.mark.parametrize(
    ("shape", "sample", "words"),
    [
        ((), IMAGE, r"must have shape \(N, 1, 28, 28\), got \(\)$"),
        ((784,), IMAGE, r"got \(784,\)$"),
        ((28, 28), IMAGE, r"without its batch and channel axes: x\[None, None\]"),
        ((28, 28, 3), (3, 28, 28), r"one image \(H, W, C\): x\.transpose\(2, 0, 1\)\[None\]"),
        ((5, 784), IMAGE, r"the numbers would fit: x\.reshape\(-1, 1, 28, 28\)"),
        ((5, 28, 28), IMAGE, r"channel axis is missing: x\[:, None\]"),
        ((1, 28, 28), IMAGE, r"one sample without its batch axis: x\[None\]"),
        ((5, 28, 28, 1), IMAGE, r"looks like NHWC, nnfs wants NCHW: x\.transpose\(0, 3, 1, 2\)"),
        ((5, 32, 32, 3), IMAGE, r"last axis of 3 looks like NHWC"),
        ((5, 1, 1, 28, 28), IMAGE, "the numbers would fit"),
        ((5, 0, 28, 28), IMAGE, r"got \(5, 0, 28, 28\)$"),
        ((5, 1, 28, 0), IMAGE, r"got \(5, 1, 28, 0\)$"),
        ((5, 1, 27, 28), IMAGE, r"got \(5, 1, 27, 28\)$"),
        ((0, 1, 27, 28), IMAGE, r"got \(0, 1, 27, 28\)$"),
        ((3,), (3,), r"without its batch axis: x\[None\]"),
        ((5,), (1,), r"x\.reshape\(-1, 1\)"),
        ((5, 1), (3,), r"must have shape \(N, 3\), got \(5, 1\)$"),
    ],
)
def test_a_wrong_shape_comes_with_the_corrected_line_where_there_is_one(shape, sample, words):
    with pytest.raises(ShapeError, match=words):
        as_batch(np.zeros(shape, np.float32), sample, SINGLE)
    of_a_frame = re.sub(r"(^|: )x(?=\\)", r"\1np\\.asarray\\(x\\)", words)
    with pytest.raises(ShapeError, match=of_a_frame):
        as_batch(Frame(np.zeros(shape, np.float32)), sample, SINGLE)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (7, 3), (1, 100_000)])
def test_any_number_of_rows_is_a_batch(shape):
    assert as_batch(np.zeros(shape), shape[1:], DOUBLE).shape == shape


def test_a_wrong_shape_is_found_before_anything_is_converted():
    huge = np.broadcast_to(np.float16(0), (2**40, 5))
    with pytest.raises(ShapeError, match=r"got \(1099511627776, 5\)"):
        as_batch(huge, (3,), SINGLE)


def test_numbers_that_are_not_finite_are_counted_and_the_first_index_named():
    array = np.zeros((3, 4))
    check_finite(array, "x")
    array[1, 2], array[2, 0] = np.inf, np.nan
    with pytest.raises(NumericError, match=r"x holds 2 number\(s\) that are not finite, the first is inf at x\[1, 2\]"):
        check_finite(array, "x")


def test_different_lengths_are_an_error():
    with pytest.raises(ShapeError, match="x has 3 rows, but y has 2; each row needs its target"):
        check_same_length(np.zeros((3, 1)), np.zeros(2))


def test_only_float32_and_float64_are_float_dtypes():
    for right in ("float32", np.float32, np.dtype("f4"), "f"):
        assert as_float_dtype(right) == SINGLE
    for wrong in ("float16", "int32", int, None, ">f4", "nonsense", 3, [], {}, "longdouble"):
        with pytest.raises(DTypeError, match='dtype must be "float32" or "float64", got'):
            as_float_dtype(wrong)


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_weights_are_finite_and_not_below_0(wrong):
    check_weights(np.array([0.0, 2.0]), "w", np.dtype("f4"))
    with pytest.raises(ValueError, match=re.escape(f"w must hold finite numbers >= 0, got {wrong} at w[1]") + "$"):
        check_weights(np.array([0.0, wrong, -5.0]), "w", np.dtype("f4"))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Sequential([Dense(2)], (None, 784)), DTypeError, r"with a batch axis; write input_shape=784$"),
        (lambda: Sequential([Flatten()], (None, 28, 28)), DTypeError, r"write input_shape=\(28, 28\)$"),
        (lambda: Sequential([Flatten()], (-1, 1, 28, 28)), DTypeError, r"write input_shape=\(1, 28, 28\)$"),
        (lambda: Sequential([Conv2D(2, 3)], (64, 1, 9, 9)), ShapeError, r"batch axis: input_shape=\(1, 9, 9\)"),
        (
            lambda: Sequential([Flatten(), Dense(2)], (64, 7)).predict(np.ones((3, 7), np.float32)),
            ShapeError,
            "if 64 is a batch, the network is made with input_shape=7$",
        ),
        (
            lambda: Sequential([Conv2D(2, 3)], (1, 5, 5)).fit(
                np.ones((2, 1, 5, 5), "f4"), [0, 1], loss="cross_entropy"
            ),
            ShapeError,
            r"\(N, 2, 3, 3\); end the network in Flatten\(\), Dense\(K\) for K classes$",
        ),
    ],
)
def test_a_batch_axis_in_the_shape_of_a_sample_is_an_error(make, error, words):
    with pytest.raises(error, match=words):
        make()
