"""The number of random cases: few by default, more with the environment variable NNFS_TEST_CASES."""

from __future__ import annotations

import os

FACTOR = int(os.environ.get("NNFS_TEST_CASES", "1"))


def times(count):
    """Return ``count`` times the factor NNFS_TEST_CASES, which is 1 by default."""
    return count * FACTOR


SANITIZED = "asan" in os.environ.get("LD_PRELOAD", "")
"""Whether the kernels report stray addresses (.ci/sanitize): they are then slow, and want terabytes of addresses."""
