# Needs: nothing
"""The stamp of the build, the same in all of its parts; `extensions` compares it on loading."""

cdef extern from *:
    const char *NNFS_STAMP

STAMP = NNFS_STAMP.decode()
