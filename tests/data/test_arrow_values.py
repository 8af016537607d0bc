"""Large tables: Arrow reads what the reader of lines reads, or leaves it to that reader."""

from __future__ import annotations

import numpy as np
import pytest

from nnfs import FormatError
from nnfs.data import arrow_values, csv_table
from nnfs.data.csv_table import read_csv

pytest.importorskip("pyarrow")


@pytest.fixture(autouse=True)
def any_size(monkeypatch):
    monkeypatch.setattr(arrow_values, "SMALL", 0)


@pytest.fixture
def read(monkeypatch):
    """Return a function that reads a table with Arrow and without, compares both, and says whether Arrow read it."""

    def both(path, **options):
        seen = []
        with monkeypatch.context() as patch:
            patch.setattr(csv_table, "read_by_arrow", lambda *_: None)
            slow = _outcome(path, options)
        with monkeypatch.context() as patch:
            fast = arrow_values.read_by_arrow
            patch.setattr(csv_table, "read_by_arrow", lambda *given: seen.append(fast(*given)) or seen[-1])
            found = _outcome(path, options)
        if isinstance(slow, str):
            assert found == slow
            return bool(seen) and seen[-1] is not None
        for one, other in zip(found.train[:3], slow.train[:3], strict=True):
            np.testing.assert_array_equal(one, other)
            assert one is None or one.dtype == other.dtype
        assert found[2:] == slow[2:]
        return seen[-1] is not None

    return both


def _outcome(path, options):
    try:
        return read_csv(path, **options)
    except FormatError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "is_fast"),
    [
        ("a,b,kind\n0.1,2,cat\n-3e5,4.5,dog\n", True),
        ("1,2,0\n3,4,1\n", True),
        ("0,1,2\n3,4,1\n5,6,0\n", True),
        ("a;b;y\n0,1;2;1,5\n3,25;4;2\n", True),
        ("sep=;\na;b;y\n1;2;1\n3;4;0\n", True),
        ("a, town ,y\n 1, Rome ,0\n2,Oslo , 1\n", True),
        ("a,b,y\nTrue,1,0\nfalse,2,1\n", True),
        ("a,b,y\n+5,.5,0\n5.,007,1\n", None),
        ("a,b,y\n1,2,0\n\n\n3,4,1\n", True),
        ("a,b,y\r\n1,2,0\r\n3,4,1\r\n", True),
        ("a,b,y\r1,2,0\r3,4,1\r", None),
        ('a,b,y\n1,"Rome",0\n2,"a, b",1\n', None),
        ('a,b,y\n1,"two\nlines",0\n2,x,1\n', None),
        ('a,b,y\n1, "Rome",0\n2,"Rome",1\n', None),
        ("a,b,y\n9007199254740993,2,0\n3,4,1\n", False),
        ("a,b,y\n1,2,0,\n3,4,1,\n", None),
        ("a,b,y\n1,2,0\n3,oops,1\n3,4,1\n", False),
        ("a,b,y\n1,2,0\n3,1_0,1\n3,4,1\n", False),
        ("a,b,y\n1,2,0\n3,inf,1\n3,4,1\n", None),
        ("a,b,y\n1,2,0\n3,,1\n3,4,1\n", False),
        ("a,b,y\n1,2,0\n3,4\n", False),
        ("a,b,y\n1,2,0\n\n3,4,\n", False),
        ("a,b,y\n1,2,0.5\n\n3,4,x\n", None),
        ("a,b,y\n1,2,18446744073709551616\n\n3,4,7\n", None),
        ("a,b,y\n1,1e39,0\n3,4,1\n", None),
        ("a,b,y\n1,2020-01-01,0\n3,2020-01-02,1\n", None),
    ],
)
def test_both_readers_agree(read, table, text, is_fast):
    was_fast = read(table(text))
    assert is_fast in (None, was_fast)


@pytest.mark.parametrize("missing", ["mean", "drop"])
def test_both_readers_agree_on_gaps(read, table, missing):
    text = "a,town,w,y\n1,Rome,1,0\n,Oslo,2,1\nNA,Rome,1,0\nnan,?,1,1\n4,Oslo,1,0\n"
    assert read(table(text), missing=missing, sample_weight="w")
    assert read(table(text), missing=missing, drop=("w",), needs_labels=False)
    read(table(text.replace("1,0\n", "1,\n")), missing=missing, drop=("w",))


def test_text_that_is_no_utf8_is_told_by_its_line(read, table):
    assert not read(table(b"a,b,y\n1,2,0\n3,\xff,1\n"))
    assert not read(table(b"a,b,y\n1,x,0\n3,\xff,1\n"))


def test_many_numbers_are_exactly_those_that_python_reads(read, table):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 3)) * 10.0 ** rng.integers(-300, 15, (500, 3))
    text = "a,b,c,y\n" + "".join(",".join(map(repr, row)) + ",1.5\n" for row in x.tolist())
    assert read(table(text), dtype="float64")
    np.testing.assert_array_equal(read_csv(table(text), dtype="float64").train.x, x)
