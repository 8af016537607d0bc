"""A summary of skipped tests: each reason once, with the number of tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def reasons(reports: Sequence) -> list[str]:
    """Return a line for each reason in pytest's reports of skipped tests, sorted by the number of tests."""
    # A report has file, line and "Skipped: ..."; a report of a fixture may have only a text.
    texts = (report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr) for report in reports)
    counts = Counter(text.removeprefix("Skipped: ").splitlines()[0] for text in texts)
    return [f"{count:>6} skipped: {reason}" for reason, count in counts.most_common()]
