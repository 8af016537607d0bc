"""Which of the builds this processor, and the system on it, can run.

No loop and no cache here: this module holds only instructions that every processor has, so that it can be
asked before any other is loaded.
"""

include "stamp.pyx"

cdef extern from "machine/cpu.h":
    bint runs(int version) noexcept nogil


def supported_builds():
    """Return the names of the builds that run here, the best one first."""
    return [name for name, version in (("v4", 4), ("v3", 3), ("v2", 2)) if runs(version)] + ["generic"]
