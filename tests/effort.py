"""How much is tried: a little in every run, and as much as one has time for with NNFS_TEST_CASES."""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("NNFS_TEST_CASES", "1"))


def times(count):
    """Return how often to try what every run tries ``count`` times."""
    return count * FACTOR


SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")
"""Whether the kernels report stray addresses (.ci/sanitize): they are then slow, and want terabytes of addresses."""
