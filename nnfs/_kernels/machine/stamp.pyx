# Needs: nothing
"""The stamp that identifies a build of nnfs. All extension modules hold it; `extensions` compares it on loading."""

cdef extern from *:
    const char *NNFS_STAMP

STAMP = NNFS_STAMP.decode()
