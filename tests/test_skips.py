"""The summary of skipped tests has each reason once."""

from __future__ import annotations

from types import SimpleNamespace

from skips import reasons


def test_each_reason_is_counted_and_the_most_frequent_comes_first():
    torch, fork = ("a.py", 3, "Skipped: could not import 'torch'\nmore"), ("b.py", 9, "Skipped: needs fork")
    reports = [SimpleNamespace(longrepr=longrepr) for longrepr in (fork, torch, torch, "in a fixture")]
    assert reasons(reports) == [
        "     2 skipped: could not import 'torch'",
        "     1 skipped: needs fork",
        "     1 skipped: in a fixture",
    ]
    assert reasons([]) == []
