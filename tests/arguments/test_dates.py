"""Dates: which objects are some, and that the code in messages turns them into days."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from nnfs import Dense, Sequential
from nnfs.arguments.dates import as_days, is_date
from nnfs.errors import DTypeError

DAYS = [datetime.date(2000, 1, 2), datetime.date(2000, 1, 4)]
SPANS = [datetime.timedelta(1), datetime.timedelta(hours=12)]


@pytest.mark.parametrize(
    ("values", "example", "days"),
    [
        (DAYS, DAYS[0], [1, 3]),
        ([datetime.datetime(2000, 1, 1, 12)], datetime.datetime(2000, 1, 1, 12), [0.5]),
        (np.array(DAYS, "M8[ns]"), np.array(DAYS, "M8[ns]"), [1, 3]),
        (SPANS, SPANS[0], [1, 0.5]),
        (np.array(SPANS, "m8[s]"), np.array(SPANS, "m8[s]"), [1, 0.5]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_code_gives_days_since_2000(values, example, days, dtype):
    found = eval(as_days("y", example, dtype), {"np": np, "y": values})
    np.testing.assert_array_equal(found, np.array(days, dtype), strict=True)


def test_what_is_missing_is_no_date():
    assert all(map(is_date, [*DAYS, *SPANS, np.datetime64("2000-01-01"), np.timedelta64(1, "D")]))
    assert not any(map(is_date, [None, 1, 2.0, "2000-01-01", np.datetime64("NaT", "D")]))


def test_the_code_for_dates_beside_numbers_leads_to_samples():
    pandas = pytest.importorskip("pandas")
    when = pandas.to_datetime(["2000-01-02", "2000-01-04"])
    net = Sequential([Dense(1)], 2)
    for x in (pandas.DataFrame({"a": [0.5, 1.5], "when": when}), np.array([[0.5, when[0]], [1.5, when[1]]], object)):
        with pytest.raises(
            DTypeError, match=r"x\[0, 1\] is Timestamp.*; write days: x = np\.array\(x\); x\["
        ) as caught:
            net.predict(x)
        names = {"np": np, "x": x}
        exec(str(caught.value).split("write days: ")[1], names)
        np.testing.assert_array_equal(np.asarray(names["x"], "float32"), [[0.5, 1], [1.5, 3]])
    with pytest.raises(DTypeError, match=r"x\[0, 1\] is NaT; leave out or fill in what is missing$"):
        net.predict(np.array([[0.5, pandas.NaT]], object))


@pytest.mark.parametrize("y", [DAYS, np.array(DAYS, "M8[D]"), SPANS], ids=["objects", "array", "spans"])
def test_dates_in_y_are_answered_by_what_to_write_for_classes_and_for_numbers(y):
    net = Sequential([Dense(2)], 1)
    words = (
        r"for classes, write names, y = np\.unique\(y, return_inverse=True\); for numbers to predict, write days: y = "
    )
    with pytest.raises(DTypeError, match=words) as caught:
        net.fit(np.zeros((2, 1), "float32"), y, loss="cross_entropy", verbose=0)
    names = {"np": np, "y": y}
    exec("y = " + str(caught.value).split("write days: y = ")[1].split(", with loss")[0], names)
    net = Sequential([Dense(1)], 1)
    net.fit(np.zeros((2, 1), "float32"), names["y"], loss="mean_squared_error", verbose=0)
