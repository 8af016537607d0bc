"""Which builds of the kernels this processor and its operating system can run.

This module holds only instructions that every processor has, so that it can be loaded before a build is chosen. It has
no loop.
"""

include "stamp.pyx"

cdef extern from "machine/cpu.h":
    bint runs(int version) noexcept nogil


def supported_builds():
    """Return the names of the builds that this processor can run, the fastest first; "generic" is always among them."""
    return [name for name, version in (("v4", 4), ("v3", 3), ("v2", 2)) if runs(version)] + ["generic"]
