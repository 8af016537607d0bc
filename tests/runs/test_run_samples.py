"""Data by name and from files, their default loss, and the number of outputs that they need."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnfs.data import SampleFile, Samples
from nnfs.losses import get_loss
from nnfs.runs.run_samples import (
    as_targets,
    check_labelled,
    count_outputs,
    default_loss,
    describe_samples,
    load_samples,
)


def test_a_data_set_by_name():
    found = load_samples("digits", dtype="float64")
    assert (found.train.x.dtype, found.train.y.dtype) == (np.float64, np.int64)
    assert (len(found.train.x), len(found.test.x), len(found.class_names)) == (1198, 599, 10)
    assert load_samples("linear-small", dtype="float64").train.y.dtype == np.float64


def test_a_file():
    Path("a.csv").write_text("k,w,a\nx,2,3\n")
    found = load_samples("a.csv", target="k", sample_weight="w", class_names=("y", "x"))
    assert (found.train.x.tolist(), found.train.y.tolist(), found.train.weights.tolist()) == ([[3]], [1], [2])


@pytest.mark.parametrize(
    ("source", "options", "error", "message"),
    [
        ("digit", {}, FileNotFoundError, "no such file or folder, and no data set of .*: 'digit'"),
        (
            "digits",
            {"data_dir": "."},
            ValueError,
            "data_dir is for fashion-mnist, mnist, .*, got it with digits",
        ),
        ("digits", {"class_names": ("a", "b")}, ValueError, "class_names has 2 names; digits has 10 classes"),
        ("digits", {"target": "a"}, ValueError, "target, sample_weight, missing and drop are for columns of a table"),
    ],
)
def test_what_does_not_go_together(source, options, error, message):
    with pytest.raises(error, match=message):
        load_samples(source, **options)


def test_labels_are_needed():
    with pytest.raises(ValueError, match="a has no labels"):
        check_labelled(Samples(np.zeros((1, 1))), "a")


@pytest.mark.parametrize(
    ("y", "loss", "outputs"),
    [
        (np.array([0, 2, 1]), "cross_entropy", 3),
        (np.array([0, 1, 1]), "binary_cross_entropy", 1),
        (np.array([5, 900, 1]), "mean_squared_error", 1),
        (np.array([0.5, 1, 2]), None, 1),
        (np.zeros((3, 4)), None, 4),
    ],
)
def test_outputs_follow_from_loss_and_targets(y, loss, outputs):
    loss = get_loss(loss or default_loss(y))
    assert count_outputs(loss, SampleFile(Samples(np.zeros((3, 1)), y))) == outputs


def test_classes_are_those_of_both_parts_and_of_the_names():
    train, test = Samples(np.zeros((3, 1)), np.array([0, 1, 0])), Samples(np.zeros((1, 1)), np.array([2]))
    assert count_outputs(get_loss("cross_entropy"), SampleFile(train, test)) == 3
    assert count_outputs(get_loss("cross_entropy"), SampleFile(train, None, tuple("abc"))) == 3


def test_numbers_to_predict_are_no_classes():
    y = np.array([100, 250000, 70])
    with pytest.raises(ValueError, match=r"the labels go up to 250,000 in 3 samples: .* --loss mean_squared_error"):
        count_outputs(get_loss(default_loss(y)), SampleFile(Samples(np.zeros((3, 1)), y)))


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (
            "cross_entropy",
            [1, -1],
            "the labels go from -1 to 1: classes are counted from 0; .* --class-names -1 1; for",
        ),
        ("binary_cross_entropy", [1, -1], "the labels go from -1 to 1: classes are counted from 0"),
        (
            "cross_entropy",
            [3, -1],
            r"counted from 0; to count these from 0: --class-names -1 3; for numbers to predict",
        ),
        (
            "cross_entropy",
            [9, 90],
            "go up to 90 in 2 samples: .* --class-names 9 90; for numbers to predict: --loss mean_squared_error",
        ),
        (
            "binary_cross_entropy",
            [1, 2],
            "Try: --loss cross_entropy; to count these from 0: --class-names 1 2$",
        ),
        (
            "binary_cross_entropy",
            [0, 9],
            "is for the classes 0 and 1; the labels go up to 9. Try: --loss cross",
        ),
    ],
)
def test_classes_that_the_loss_is_not_for(loss, y, message):
    with pytest.raises(ValueError, match=message):
        count_outputs(get_loss(loss), SampleFile(Samples(np.zeros((2, 1)), np.array(y))))


@pytest.mark.parametrize(
    ("y", "told"),
    [
        ([0, 2, 1, 0, 2, 1], ()),
        ([[0], [2], [1], [0], [2], [1]], ("labels are read from a column (N, 1)",)),
        ([0.0, 2, 1, 0, 2, 1], ("labels are read from floats",)),
        ([[0.0], [2], [1], [0], [2], [1]], ("labels are read from a column (N, 1) of floats",)),
        (np.eye(3)[[0, 2, 1, 0, 2, 1]], ("labels are read from one-hot rows",)),
    ],
)
@pytest.mark.parametrize("loss", ["cross_entropy", None])
def test_labels_in_every_form_are_the_same_classes(y, told, loss):
    y = np.array(y)
    given = SampleFile(Samples(np.zeros((6, 1)), y), Samples(np.zeros((2, 1)), y[:2]))
    found = as_targets(given, loss or default_loss(y))
    assert (found.train.y.tolist(), found.test.y.tolist(), found.changes) == ([0, 2, 1, 0, 2, 1], [0, 2], told)
    assert found.train.y.dtype == np.int64
    assert count_outputs(get_loss("cross_entropy"), found) == 3


@pytest.mark.parametrize(
    ("y", "loss"),
    [
        ([0.5, 1.5, 2.0, 3.0], "mean_squared_error"),
        ([1.0, 2.0, 5.0, 1.0, 2.0, 5.0], "mean_squared_error"),  # the labels 3 and 4 are missing
        ([0.0, 1.0, 2.0, 3.0], "mean_squared_error"),  # each label only once
        ([[1.0, 2.0], [3.0, 4.0]], "mean_squared_error"),
        ([[0, 1], [1, 1]], "mean_squared_error"),
        ([1.0, 2.0, 1.0, 2.0], "cross_entropy"),
        ([0.0, 1.0, 1.0, 0.0], "cross_entropy"),
    ],
)
def test_what_looks_like_classes(y, loss):
    assert default_loss(np.array(y)) == loss


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (
            "cross_entropy",
            [0.5, 2],
            "cross_entropy is for classes; the targets are numbers to predict. Try: --loss mean_squ",
        ),
        (
            "cross_entropy",
            [[0.5], [2]],
            "is for classes; the targets are numbers to predict. Try: --loss mean_squared_error",
        ),
        (
            "cross_entropy",
            [[1, 1], [0, 1]],
            "2 numbers for each. .*, or --loss binary_cross_entropy for yes-or-no answ",
        ),
    ],
)
def test_targets_that_are_no_classes(loss, y, message):
    with pytest.raises(ValueError, match=message):
        as_targets(SampleFile(Samples(np.zeros((2, 1)), np.array(y))), loss)


@pytest.mark.parametrize("y", [[0.25, 1.0], [[0, 1], [1, 1]], [[0.0], [0.5]]])
def test_shares_and_several_answers_stay_as_they_are(y):
    y = np.array(y)
    found = as_targets(SampleFile(Samples(np.zeros((2, 1)), y)), "binary_cross_entropy")
    assert found.train.y is y
    assert count_outputs(get_loss("binary_cross_entropy"), found) == (1 if y.ndim == 1 else y.shape[1])


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "4 classes from 0 to 3, no sample to train on is of 1, 3;"),
        (("ape", "bee", "cat", "dog"), "4 classes (ape, bee, cat, dog), no sample to train on is of bee, dog;"),
    ],
)
def test_classes_that_only_the_test_part_has_are_told(names, told):
    train, test = (Samples(np.zeros((4, 1)), np.array(y)) for y in ([0, 2, 2, 0], [0, 1, 3, 3]))
    assert told in describe_samples(SampleFile(train, test, names), get_loss("cross_entropy"))


@pytest.mark.parametrize(
    ("y", "loss", "told"),
    [
        (
            [0, 1, 1],
            "cross_entropy",
            "2 classes; loss cross_entropy (for numbers to predict: --loss mean_squared_error)",
        ),
        (
            [1, 3, 1, 1],
            "cross_entropy",
            "4 classes from 0 to 3, no sample is of 0, 2; to count these from 0: --class-names 1 3; loss cross_e",
        ),
        ([1.0, 5, 1], "mean_squared_error", "numbers to predict; loss mean_squared_error (for classes: --loss cross_e"),
        ([0.5, 5, 1], "mean_squared_error", "numbers to predict; loss mean_squared_error"),
        ([[0, 1], [1, 1]], "mean_squared_error", "mean_squared_error (for yes-or-no answers: --loss binary_cross_entr"),
        ([[0, 1], [1, 2]], "mean_squared_error", "2 numbers to predict for each; loss mean_squared_error"),
    ],
)
def test_a_guess_says_how_to_say_otherwise(y, loss, told):
    samples = SampleFile(Samples(np.zeros((len(y), 1)), np.array(y)))
    line = describe_samples(samples, get_loss(loss), is_guess=True)
    assert told in line
    assert line.endswith(")") == (told[-5:] != "error" and "each" not in told)


def test_names_of_classes_are_no_guess():
    samples = SampleFile(Samples(np.zeros((2, 1)), np.array([0, 1])), None, ("ape", "cat"))
    assert describe_samples(samples, get_loss("cross_entropy"), is_guess=True).endswith("loss cross_entropy")


@pytest.mark.parametrize(
    ("y", "names", "message"),
    [
        ([1, 1, 1], (), "needs samples of at least 2 classes"),
        ([], (), "there are no samples in the data"),
        ([0, 2, 1], ("a", "b"), "class_names has 2 names; the labels go up to 2"),
    ],
)
def test_classes_that_cannot_be(y, names, message):
    with pytest.raises(ValueError, match=message):
        count_outputs(
            get_loss("cross_entropy"), SampleFile(Samples(np.zeros((len(y), 1)), np.array(y, int)), None, names)
        )


def test_names_of_classes_that_are_given_are_used():
    names = tuple("abcdefghij")
    assert load_samples("digits", class_names=names).class_names == names


@pytest.mark.parametrize(
    ("samples", "loss", "line"),
    [
        (
            SampleFile(Samples(np.zeros((3, 2)), np.array([0, 1, 0])), None, ("ape", "cat"), ("a", "b"), "kind"),
            "cross_entropy",
            "3 samples; 2 features; target 'kind': 2 classes (ape, cat); loss cross_entropy",
        ),
        (
            SampleFile(*2 * [Samples(np.zeros((2, 1, 4, 3)), np.array([0, 1]))], changes=("scaled", "rounded")),
            "binary_cross_entropy",
            "2 samples and 2 to test with; images 1 x 4 x 3, scaled, rounded; "
            "target: 2 classes; loss binary_cross_entropy",
        ),
        (
            SampleFile(Samples(np.zeros((2, 1)), np.array([0.0, 1.0]))),
            "mean_squared_error",
            "2 samples; 1 features; target: numbers to predict; loss mean_squared_error",
        ),
        (
            SampleFile(Samples(np.zeros((2, 1)), np.array([[0.0, 2], [1, 3]]))),
            "l1",
            "2 samples; 1 features; target: 2 numbers to predict for each; loss l1",
        ),
        (
            SampleFile(Samples(np.zeros((2, 1)), np.array([[0.0], [1]]))),
            "l1",
            "2 samples; 1 features; target: 1 number to predict for each; loss l1",
        ),
    ],
)
def test_what_data_were_taken_for(samples, loss, line):
    assert describe_samples(samples, get_loss(loss)) == line


def test_classes_that_differ_in_capitals_alone_are_told():
    x, y = np.zeros((6, 2), np.float32), np.arange(6) % 3
    told = describe_samples(SampleFile(Samples(x, y), class_names=("Cat", "cat", "dog")), get_loss("cross_entropy"))
    assert "(Cat, cat, dog), 'Cat' and 'cat' are different classes: write one name for both if they are one;" in told
    told = describe_samples(SampleFile(Samples(x, y), class_names=("cat", "caT b", "dog")), get_loss("cross_entropy"))
    assert "different" not in told
