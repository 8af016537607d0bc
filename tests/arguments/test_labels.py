"""Labels: every form that has one meaning only is taken, and errors for all others show what to write."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs import Dense, DTypeError, NumericError, Sequential, ShapeError
from nnfs.arguments.labels import (
    check_classes,
    check_no_texts,
    fix_for_one_output,
    fix_for_other_shape,
    fix_for_yes_or_no,
    is_one_hot,
    is_whole,
    look_like_classes,
    read_labels,
)
from nnfs.losses import BinaryCrossEntropy, CrossEntropy

PLAIN = np.array([0, 2, 1, 1])
FORMS = {
    "a list": PLAIN.tolist(),
    "bytes": PLAIN.astype(np.uint8),
    "a column": PLAIN[:, None],
    "floats": PLAIN.astype(np.float32),
    "a column of floats": PLAIN[:, None] * 1.0,
    "one-hot": np.eye(3, dtype=int)[PLAIN],
    "one-hot floats": np.eye(3, dtype=np.float32)[PLAIN],
    "one-hot bools": np.eye(3, dtype=bool)[PLAIN],
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_in_other_forms_train_as_plain_ones(form, backend):
    x = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)

    def trained(y):
        net = Sequential([Dense(3)], 2, seed=0)
        net.fit(x, y, loss="cross_entropy", epochs=2, validation_data=(x, y), verbose=0)
        return net.digest(), net.evaluate(x, y)

    assert trained(FORMS[form]) == trained(PLAIN)


def test_true_is_1_and_no_labels_are_labels():
    assert read_labels([True, False]).tolist() == [1, 0]
    assert read_labels([]).shape == (0,)
    assert read_labels(np.zeros((0, 3))).shape == (0,)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.zeros((2, 1, 1), int), ShapeError, r"shape \(N,\), got \(2, 1, 1\)$"),
        (np.int64(1), ShapeError, r"got \(\)$"),
        ([[0, 1], [0, 0]], ShapeError, r"y\[1\] has 0 ones; .*loss='binary_cross_entropy'"),
        ([[0, 2], [1, 0]], ShapeError, r"y\.argmax\(axis=1\)"),
        ([[0.2, 0.8]], ShapeError, r"y\.argmax\(axis=1\)"),
        ([[0, 2, 1]], ShapeError, r"for labels in one row, write np\.ravel\(y\)$"),
        ([1.0, np.nan], DTypeError, r"y\[1\] is nan; leave samples without a label out$"),
        ([[1, np.nan]], ShapeError, r"y\.argmax\(axis=1\)"),
        ([1.0, 2.5], DTypeError, r"y\[1\] is 2.5; for numbers to predict: loss='mean_squared_error'"),
        ([1.0, np.inf], DTypeError, r"y\[1\] is inf$"),
        ([1.0, 2.0**53], DTypeError, r"y\[1\] is 9007199254740992.0"),
        ([1j], DTypeError, "got complex128$"),
        (np.array(["2020-01-01"], "M8[D]"), DTypeError, r"got datetime64\[D\]; for classes, write names, y = np"),
    ],
)
def test_values_that_are_no_labels_are_refused_with_what_to_write(labels, error, message):
    with pytest.raises(error, match=message):
        read_labels(labels)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["cat", "dog"], r"got <U3, y\[0\] is 'cat'; .*write names, y = np\.unique\(y, return_inverse=True\)$"),
        ([b"cat"], r"got \|S3, .*names, y = np\.unique\(np\.asarray\(y\)\.astype\(str\), return_inverse=True\)$"),
        (np.array([1, "cat"], object), r"y\[1\] is 'cat'; .*np\.unique"),
        (np.array([1, 2], object), r"got object, y\[0\] is 1; write y\.astype\('int64'\)$"),
        (np.array([1, 2.5], object), r"got object, y\[0\] is 1; write y\.astype\('float64'\)$"),
        (np.array([1, None], object), r"y\[1\] is None; leave samples without a label out$"),
    ],
)
def test_texts_are_no_numbers(values, message):
    with pytest.raises(DTypeError, match=message):
        check_no_texts(np.asarray(values), "y")


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "mean_squared_error"])
def test_an_error_for_names_of_classes_shows_how_to_number_them(loss):
    net = Sequential([Dense(2 if loss == "cross_entropy" else 1)], 1)
    with pytest.raises(DTypeError, match=r"y\[0\] is .*'cat'.*names, y = np\.unique\(y, return_inverse=True\)"):
        net.fit(np.zeros((2, 1), "float32"), ["cat", "dog"], loss=loss, verbose=0)
    data = (np.zeros((2, 1), "float32"), ["cat", "dog"])
    with pytest.raises(DTypeError, match=r"validation y .*y = np\.searchsorted\(names, y\), with the names of the"):
        net.fit(np.zeros((2, 1), "float32"), [0, 1], loss=loss, validation_data=data, verbose=0)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2, 3, 1], r"y\[2\] is 3, but the network has 3 classes: labels go from 0 to 2; .*1 become y - 1$"),
        ([0, 5], r"y\[1\] is 5, .*; for 6 classes the network ends in Dense\(6\)$"),
        ([-1, 1], r"write \(y > 0\)\.astype\('int64'\)$"),
        ([-1, 0, 1], r"names, y = np\.unique\(y, return_inverse=True\); for numbers to predict: loss='mean_squ"),
        ([10**6, 10**7], r"np\.unique"),
    ],
)
def test_labels_without_an_output_are_refused(labels, message):
    check_classes(np.array([0, 2]), 3)
    with pytest.raises(ValueError, match=message):
        check_classes(np.array(labels), 3)


def test_which_numbers_are_whole_and_which_rows_one_hot():
    assert is_whole(np.array([1.0, -2, 0]))
    assert is_whole(np.array([True]))
    assert not any(is_whole(np.array(values)) for values in ([0.5], [np.nan], [np.inf], [2.0**53], ["1"]))
    assert is_one_hot(np.eye(2))
    assert not any(is_one_hot(np.array(rows)) for rows in ([0, 1], [[1]], [[1, 1]], [[0, 0]], [[2, 0]], [["0", "1"]]))


@pytest.mark.parametrize(
    ("targets", "fix"),
    [
        ([0.5, 2], "for numbers to predict: loss='mean_squared_error'"),
        ([1, 0], "for one yes-or-no score: loss='binary_cross_entropy'"),
        ([0, 5.0], "for classes the network ends in Dense(6); for numbers: loss='mean_squared_error'"),
    ],
)
def test_the_hint_for_one_output_fits_the_targets(targets, fix):
    assert fix_for_one_output(targets) == fix
    net = Sequential([Dense(1)], 1)
    with pytest.raises(ShapeError) as caught:
        net.fit(np.zeros((2, 1), "float32"), targets, loss="cross_entropy", verbose=0)
    assert str(caught.value).endswith(fix)


@pytest.mark.parametrize(
    ("labels", "fix"),
    [
        ([1, 2, 3], "labels that count from 1 become y - 1"),
        ([5, 6, 7], "labels that count from 5 become y - 5"),
        ([0, 3], r"ends in Dense\(4\)"),
        ([1, 5], r"ends in Dense\(6\)"),
    ],
)
def test_labels_that_do_not_count_from_0_are_told_what_to_subtract(labels, fix):
    with pytest.raises(ValueError, match=fix):
        check_classes(np.array(labels), 3)


def test_the_hint_for_another_shape_fits_the_targets():
    assert fix_for_other_shape(np.array([0, 3])) == "; for classes: loss='cross_entropy'"
    assert fix_for_other_shape(np.eye(3)) == "; for one-hot rows, write y.argmax(axis=1)"
    for targets in (np.float32(1), np.array([0.5]), np.zeros((0, 2)), np.zeros((2, 2))):
        assert fix_for_other_shape(targets) == ""


@pytest.mark.parametrize(
    ("targets", "fix"),
    [
        ([1, 2], "; labels that count from 1 become y - 1"),
        ([-1.0, 1.0], "; for -1 and 1, write (y > 0).astype('int64')"),
        ([0, 1, 4], "; for 5 classes: loss='cross_entropy', and the network ends in Dense(5)"),
        ([0.5, 2], "; for numbers to predict: loss='mean_squared_error'"),
        ([-2, 1], ""),
        ([np.nan], ""),
    ],
)
def test_the_hint_for_yes_or_no_fits_the_targets(targets, fix):
    assert fix_for_yes_or_no(np.array(targets)) == fix


@pytest.mark.parametrize(
    ("targets", "are_classes"),
    [
        ([0, 5], True),
        ([[3], [1]], True),
        ([True, False], True),
        (np.eye(3), True),
        ([0.0, 1, 0, 1], True),
        ([1.0, 2, 1, 2], True),
        ([0.0, 1, 2, 3], False),
        ([1.0, 3, 1, 3], False),
        ([2.0, 3, 2, 3], False),
        ([0.5, 1.5], False),
        ([[0, 1], [1, 1]], False),
        ([], False),
    ],
)
def test_which_targets_look_like_classes(targets, are_classes):
    assert look_like_classes(np.array(targets)) == are_classes


def test_yes_or_no_in_floats_of_another_type_are_labels_too(backend):
    x = np.array([[0.0], [1.0]], np.float32)

    def trained(y):
        net = Sequential([Dense(1)], 1, seed=0)
        net.fit(x, y, loss="binary_cross_entropy", verbose=0)
        return net.digest()

    assert (
        len({trained(y) for y in ([0, 1], np.array([0.0, 1.0]), np.array([[False], [True]]), np.float32([0, 1]))}) == 1
    )
    with pytest.raises(DTypeError, match="float64"):
        trained(np.array([0.1, 1.0]))


def test_labels_in_half_floats_are_read_without_a_warning(backend):
    assert is_whole(np.array([0, 1, 65504], np.float16))
    assert not is_whole(np.array([0.5, np.nan, np.inf], np.float16))
    network = Sequential([Dense(2)], 1)
    y = np.arange(4) % 2
    with np.errstate(all="raise"):
        history = network.fit(np.ones((4, 1), np.float32), y.astype(np.float16), loss="cross_entropy", verbose=0)
    twin = Sequential([Dense(2)], 1)
    assert history["loss"] == twin.fit(np.ones((4, 1), np.float32), y, loss="cross_entropy", verbose=0)["loss"]


@pytest.mark.parametrize(("loss", "outputs"), [(CrossEntropy(), 3), (BinaryCrossEntropy(), 1)])
def test_a_sample_without_a_largest_score_has_no_class(loss, outputs, backend):
    network = Sequential([Dense(outputs)], 2)
    network.loss = loss
    x = np.ones((5, 2), np.float32)
    assert network.predict_classes(x).shape == (5,)
    x[3] = np.nan
    with pytest.warns(UserWarning, match="outputs of 1 of 5 samples are not finite"):
        assert np.isnan(network.predict_proba(x)[3]).all()
    with pytest.raises(NumericError, match=r"^sample 3 has the scores \[.*nan\], of which none is the largest"):
        network.predict_classes(x)
