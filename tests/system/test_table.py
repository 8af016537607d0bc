"""Text tables are aligned and are Markdown."""

from __future__ import annotations

import pytest

from nnfs.system.table import show, table


def test_a_table_is_aligned_markdown():
    assert table(("name", "us"), [("a", 1.5), ("long name", 12345)]) == (
        "| name      |     us |\n|-----------|-------:|\n| a         |   1.50 |\n| long name | 12,345 |"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (False, "NO"),
        (0.123, "0.12"),
        (12.34, "12.3"),
        (12345.6, "12,346"),
        (1024, "1,024"),
        ("text", "text"),
    ],
)
def test_values(value, text):
    assert show(value) == text
