"""Why tests were skipped: each reason once, with how many tests it kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def reasons(reports: Sequence) -> list[str]:
    """Return a line for each reason that pytest's reports of skipped tests give, that of most tests first."""
    # A report holds file, line and "Skipped: ..."; one of a fixture may hold text alone.
    texts = (report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr) for report in reports)
    counts = Counter(text.removeprefix("Skipped: ").splitlines()[0] for text in texts)
    return [f"{count:>6} skipped: {reason}" for reason, count in counts.most_common()]
