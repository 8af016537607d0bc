"""Raw tables: columns of texts, gaps, columns to leave out, and first lines of samples."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs import DTypeError, FormatError
from nnfs.data import read
from nnfs.data.csv_table import read_csv

TEXT = "id,town,age,kind\n7,Rome,1,cat\n8,Oslo,,dog\n9,Rome,4,cat\n9,,4,\n"


def test_texts_are_categories_and_gaps_are_by_choice(table):
    path = table(TEXT)
    with pytest.raises(FormatError, match="line 3, column 'age': got nothing"):
        read_csv(path, needs_labels=False)
    found = read_csv(path, missing="drop", drop=("id",))
    assert (found.train.x.tolist(), found.train.y.tolist()) == ([[1, 1], [1, 4]], [0, 0])
    assert (found.columns, found.class_names) == (("town=Rome", "age"), ("cat",))
    assert found.changes == (
        "texts are categories: town (1)",
        "without id",
        "values of town unknown to the training (1 of 4: 'Oslo') are taken for no category",
        "samples with missing values (2 of 4) are left out",
        "samples without a label (1 of 4) are left out",
    )
    path = table(TEXT.replace("4,\n", "4,dog\n"))
    found = read_csv(path, missing="mean", drop=("0",), target="kind")
    assert found.train.x.tolist() == [[0, 1, 1], [1, 0, 3], [0, 1, 4], [0, 0, 4]]
    assert found.columns == ("town=Oslo", "town=Rome", "age")


def test_a_later_table_gets_the_numbers_of_the_training(table):
    known = read_csv(table("id,town,age,kind\n7,Rome,1,cat\n8,Oslo,2,dog\n"), drop=("id",)).preprocessing
    for text in ("age,town\n3,Rome\n", "town,age,id,kind\nRome,3,x,cat\n", "kind,town,age\n?,Rome,3\n"):
        found = read_csv(table(text), preprocessing=known, target="kind", needs_labels=False, may_drop=False)
        assert found.train.x.tolist() == [[0, 1, 3]]
        assert found.columns == ("town=Oslo", "town=Rome", "age")
    found = read_csv(table("age,town\n3,Bern\n"), preprocessing=known, needs_labels=False)
    assert found.train.x.tolist() == [[0, 0, 3]]
    assert "unknown to the training (1 of 1: 'Bern')" in found.changes[0]
    with pytest.raises(FormatError, match=r"line 2, column 'age': .*the training had no missing values"):
        read_csv(table("age,town\n,Bern\n"), preprocessing=known, needs_labels=False)
    with pytest.raises(FormatError, match="there is no column town"):
        read_csv(table("age,city\n1,Bern\n"), preprocessing=known, needs_labels=False)


def test_a_prediction_leaves_no_row_out(table):
    known = read_csv(table(TEXT), drop=("id",), missing="drop").preprocessing
    with pytest.raises(FormatError, match=r"line 2, column 'age': got nothing, .*here each needs its answer"):
        read_csv(table("town,age\nRome,\n"), preprocessing=known, needs_labels=False, may_drop=False)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("39,State,13,low\n50,Self,13,high\n38,State,9,low\n53,Self,7,high\n", 4),  # no names, texts occur again
        ("p,x,s\ne,x,s\np,y,s\ne,x,s\n", 4),
        ("kind,cap,gill\ne,x,s\np,y,s\ne,x,s\n", 3),
        ("0,1,2\n1,Rome,0\n2,Oslo,1\n", 2),  # pandas counts columns
    ],
)
def test_a_first_line_is_a_sample_where_its_texts_occur_again(table, text, rows):
    assert len(read_csv(table(text)).train.x) == rows


def test_a_table_without_names_is_matched_by_order(table):
    known = read_csv(table("39,State,13,low\n50,Self,13,high\n38,State,9,low\n53,Self,7,high\n"), drop=("2",))
    assert (known.columns, known.preprocessing.names) == ((), ("0", "1"))
    for text in ("1,Self,9\n2,Self,9\n", "1,Self,9,low\n2,Self,9,high\n"):
        found = read_csv(table(text), preprocessing=known.preprocessing, needs_labels=False)
        assert found.train.x.tolist() == [[1, 1, 0], [2, 1, 0]]


def test_a_choice_that_does_not_exist_and_a_name_that_stands_twice_are_refused(table):
    with pytest.raises(ValueError, match="missing is 'median'; it must be mean or drop; the nearest is mean"):
        read(table(TEXT), missing="median")
    with pytest.raises(ValueError, match="drop is 'x'; it must be one of"):
        read_csv(table(TEXT), drop=("x",))
    with pytest.raises(FormatError, match="two columns have one name"):
        read_csv(table("a,a,kind\n1,x,0\n2,y,1\n"))


def test_the_first_errors_of_all_columns_are_told_at_once(table):
    rows = "".join(f"2024-01-{day:02},{day},{day}.5,{day % 2}\n" for day in range(1, 20))
    path = table("day,age,size,kind\n" + rows.replace(",3,", ",,").replace("4.5", "4kg").replace(",6,", ",,"))
    with pytest.raises(FormatError) as caught:
        read_csv(path)
    first, second, third = str(caught.value).split("; also ")
    assert "line 2, column 'day': got '2024-01-01'" in first
    assert "line 4, column 'age': got nothing, wanted a finite number; where a value is missing" in second
    assert "line 5, column 'size': got '4kg', wanted a finite number" in third


def test_all_columns_of_names_are_told_at_once(table):
    columns = [f"c{number}" for number in range(7)]
    rows = "".join(",".join(f"{name}{row}" for name in columns) + f",,{row % 2}\n" for row in range(50))
    with pytest.raises(FormatError) as caught:
        read_csv(table(",".join([*columns, "none", "y"]) + "\n" + rows), missing="mean")
    told = str(caught.value).split("; also ")
    assert all(f"column {name!r}: got 50 different texts" in told[index] for index, name in enumerate(columns[:5]))
    assert len(told) == 6
    assert told[5] == "3 more"


@pytest.mark.parametrize(
    "date",
    [
        "2024-01-{:02}",
        "{}.1.2024",
        "1/{}/24",
        "2024-01-01T10:{:02}Z",
        "9:{:02}",
        "{} Jan 2024",
        "March {}, 2024",
        "{}. Dez. 2024".replace("Dez", "Dec"),
        "20{:02}-01",
    ],
)
def test_dates_are_refused_in_files_and_in_memory(table, date):
    days = [date.format(10 + day) for day in range(12)]
    path = table("day;y\n" + "".join(f"{day};{row % 2}\n" for row, day in enumerate(days)))
    with pytest.raises(FormatError, match=r"line 2, column 'day': got .* for a date or time, write a number"):
        read_csv(path)
    with pytest.raises(DTypeError, match="column 'day': got dates"):
        read({"day": days, "y": [0, 1] * 6})


def test_columns_of_one_name_are_taken_by_their_order_and_told(table):
    found = read_csv(table("a,a,kind\n1,2,0\n3,4,1\n"))
    assert found.train.x.tolist() == [[1, 2], [3, 4]]
    assert found.changes == ("several columns have the name a; all are taken by their order",)


def test_several_targets_are_refused_with_what_to_do(table):
    with pytest.raises(
        ValueError, match=r"target is 'a,b', 2 columns; a table has one. Try, for several numbers .*npz"
    ):
        read_csv(table("a,b,c\n1,2,3\n4,5,6\n"), target="a,b")


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("id", [7, 3, *range(10, 40)], True),
        ("customerId", [7, 3, *range(10, 40)], True),
        ("order_no", [7, 3, *range(10, 40)], True),
        ("whatever", range(32), True),
        ("whatever", range(1, 33), True),
        ("humid", [7, 3, *range(10, 40)], False),
        ("id", [1, 1, *range(10, 40)], False),
        ("id", [1.5, 1, *range(10, 40)], False),
        ("id", range(5), False),
    ],
)
def test_columns_that_number_rows_are_told(table, name, values, told):
    text = f"{name},size,y\n" + "".join(f"{value},{value % 7},{value % 2}\n" for value in values)
    changes = read_csv(table(text), target="size").changes
    sentence = f"column {name} looks like a number of the row; --drop {name} leaves it out, in Python drop=['{name}']"
    assert (sentence in changes) == told


def test_the_last_column_that_is_left_is_the_label(table):
    assert read_csv(table("a,b,note\n1,0,x\n2,1,y\n"), drop=("note",)).train.y.tolist() == [0, 1]


def test_many_lines_are_read_in_chunks(table):
    rng = np.random.default_rng(0)
    x, town = rng.normal(size=3000), rng.choice(["a", "b", "c"], 3000)
    path = table(
        "x,town,y\n"
        + "".join(f"{one!r},{two},{n % 2}\n" for n, (one, two) in enumerate(zip(x.tolist(), town, strict=True)))
    )
    found = read_csv(path, dtype="float64")
    np.testing.assert_array_equal(found.train.x[:, 0], x)
    np.testing.assert_array_equal(np.array(["a", "b", "c"])[found.train.x[:, 1:].argmax(1)], town)
    with pytest.raises(FormatError, match="line 2502, column 'x': got 'oops'"):
        read_csv(table(path.read_text().replace(repr(x.tolist()[2500]), "oops")))
