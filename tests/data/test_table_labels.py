"""The labels of tables: classes by number or name, and numbers to predict."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs.data.csv_table import read_csv
from nnfs.errors import FormatError


def test_the_last_column_is_the_label(table):
    found = read_csv(table("1,2,0\n3,4.5,1\n-1e2,+.5,0\n"))
    np.testing.assert_array_equal(found.train.x, np.array([[1, 2], [3, 4.5], [-100, 0.5]], np.float32))
    assert found.train.x.dtype == np.float32
    assert found.train.y.tolist() == [0, 1, 0]
    assert found.train.y.dtype == np.int64
    assert (found.test, found.class_names) == (None, ())


@pytest.mark.parametrize("target", ["kind", "0", 0, -3])
def test_the_label_is_given_by_name_or_number(table, target):
    found = read_csv(table("kind,a,b\ncat,1,2\nape,3,4\n"), target=target, dtype="float64")
    np.testing.assert_array_equal(found.train.x, [[1, 2], [3, 4]])
    assert found.train.x.dtype == np.float64
    assert found.train.y.tolist() == [1, 0]
    assert found.class_names == ("ape", "cat")


def test_a_table_without_column_names_has_labels(table):
    found = read_csv(table("1,2,cat\r\n\r\n3,4,ape\r\n"))
    assert len(found.train.x) == 2
    assert found.class_names == ("ape", "cat")


def test_labels_with_fractions_are_numbers_to_predict(table):
    found = read_csv(table("a,price\n1,2\n2,2.5\n"))
    assert found.train.y.tolist() == [2.0, 2.5]
    assert found.train.y.dtype == np.float32


def test_classes_must_have_the_given_names(table):
    path = table("1,cat\n2,ape\n")
    assert read_csv(path, class_names=("cat", "dog", "ape")).train.y.tolist() == [0, 2]
    with pytest.raises(FormatError, match=r"data\.csv: got the class 'ape', wanted one of cat, dog"):
        read_csv(path, class_names=("cat", "dog"))
    # Digits may be names, too; numbers that are not in class_names stay numbers.
    assert read_csv(table("1,7\n2,3\n"), class_names=("3", "7")).train.y.tolist() == [1, 0]
    assert read_csv(table("1,1\n2,0\n"), class_names=("cat", "dog")).train.y.tolist() == [1, 0]


@pytest.mark.parametrize("labels", [("7", "3"), ("7.0", "3.00"), ("007", "+3")])
def test_labels_that_are_given_names_are_read_as_names(table, labels):
    found = read_csv(table(f"1,{labels[0]}\n2,{labels[1]}\n"), class_names=("3", "7"))
    assert (found.train.y.tolist(), found.class_names, found.changes) == ([1, 0], ("3", "7"), ())


@pytest.mark.parametrize("labels", ["01", "12", "02"])
def test_numbers_are_names_where_a_class_has_a_number_for_a_name(table, labels):
    # Otherwise a file without samples of one class would be read with other classes.
    path = table(f"1,{labels[0]}\n2,{labels[1]}\n")
    if labels == "12":
        assert read_csv(path, class_names=("1", "2", "3")).train.y.tolist() == [0, 1]
        return
    with pytest.raises(FormatError, match="got the class '0', wanted one of 1, 2, 3"):
        read_csv(path, class_names=("1", "2", "3"))


def test_a_table_of_features_only_has_no_labels(table):
    path = table("a,b\n1,2\n")
    assert read_csv(path, features=2).train.y is None
    assert read_csv(path, features=1).train.y.tolist() == [2]


def test_an_empty_column_of_labels_is_ignored(table):
    found = read_csv(table("a,b,kind\n1,2,\n3,4,\n"), class_names=("cat", "dog"))
    assert (found.train.x.tolist(), found.train.y, found.target) == ([[1, 2], [3, 4]], None, None)
    assert found.class_names == ("cat", "dog")


def test_changes_tell_which_names_the_numbers_of_classes_have(table):
    path = table("a,kind\n1,1\n2,0\n")
    found = read_csv(path, class_names=("cat", "dog"))
    assert found.changes == ("labels are taken for the numbers of the classes: 0 for cat, 1 for dog",)
    assert read_csv(path, class_names=("0", "1")).changes == read_csv(path).changes == ()
    assert read_csv(table("a,kind\n1,1.0\n2,0.0\n"), class_names=("cat", "dog")).changes == found.changes
    assert read_csv(table("a,kind\n1,0.5\n2,0\n"), class_names=("cat", "dog")).changes == ()


def test_true_and_false_are_1_and_0_in_features_and_names_in_labels(table):
    found = read_csv(table("size,is_red,is_blue,kind\n1,True,FALSE,True\n3,false,true,False\n"))
    assert (found.train.x.tolist(), found.train.y.tolist()) == ([[1, 1, 0], [3, 0, 1]], [1, 0])
    assert found.class_names == ("False", "True")
    assert found.changes == ("True and False in is_red, is_blue are read as 1 and 0",)
    assert read_csv(table("True,2,0\n0,1,1\n")).train.x.tolist() == [[1, 2], [0, 1]]


@pytest.mark.parametrize("label", [2**53 + 1, -(2**63), 2**63 - 1])
def test_whole_labels_are_read_exactly(table, label):
    assert read_csv(table(f"1,{label}\n2,0\n")).train.y.tolist() == [label, 0]


@pytest.mark.parametrize("label", [2**63, -(2**63) - 1, 10**300])
def test_whole_labels_that_no_integer_holds_are_an_error(table, label):
    with pytest.raises(FormatError, match=r"line 4, column 'id': got -?\d+, wanted a label below 2\*\*63; for a"):
        read_csv(table(f"a,id\n1,0\n\n2,{label}\n"))


def test_changes_tell_of_whole_numbers_that_float64_cannot_hold(table):
    path = table(f"a,b,y\n{2**53 + 1},1,0.5\n4,{2**53},{2**53 + 1}\n")
    assert read_csv(path, dtype="float64").changes == ("whole numbers in a, y rounded to float64",)
    assert read_csv(table(f"{2**53},0\n1,1\n"), dtype="float64").changes == ()


def test_a_number_to_predict_that_is_too_large_is_an_error(table):
    with pytest.raises(FormatError, match=r"column 'y': 1e\+39 is too large for float32"):
        read_csv(table("a,y\n1,1e39\n2,0.5\n"))
    assert read_csv(table("a,y\n1,1e39\n2,0.5\n"), dtype="float64").train.y.tolist() == [1e39, 0.5]


@pytest.mark.parametrize(("labels", "got"), [(("1.5", "x", "2"), "x"), (("1", "NA", "2"), "NA")])
def test_a_text_among_numbers_to_predict_is_refused(table, labels, got):
    with pytest.raises(FormatError, match=rf"line 3, column 'y': got '{got}', wanted .*as in other lines; leave lines"):
        read_csv(table("a,y\n" + "".join(f"1,{label}\n" for label in labels)))
    assert read_csv(table("a,y\n1,1\n2,many\n3,2\n")).class_names == ("1", "2", "many")


@pytest.mark.parametrize("labels", [("cat", ""), ("1.5", "NA"), (str(2**70), "0"), ("", "")])
def test_labels_that_are_not_needed_may_be_anything(table, labels):
    path = table(f"a,kind\n1,{labels[0]}\n2,{labels[1]}\n")
    found = read_csv(path, needs_labels=False)
    assert (found.train.x.tolist(), found.train.y, found.columns, found.target) == ([[1], [2]], None, ("a",), "kind")
    assert read_csv(table("5,3\n1,cat\n2,dog\n"), needs_labels=False).train.x.tolist() == [[1], [2]]
