# Needs: nothing
"""How large a task of the simple kernels is: large enough to be worth handing out, and small enough for a cache."""

cdef enum:
    ELEMENTS = 16384  # of a task that goes through an array of any shape; the same for every number of threads


cdef inline Py_ssize_t count_blocks(Py_ssize_t count) noexcept nogil:
    """Return how many tasks an array of ``count`` elements makes."""
    return (count + ELEMENTS - 1) // ELEMENTS


cdef inline Py_ssize_t planes_for_task(Py_ssize_t plane_size) noexcept nogil:
    """Return how many planes make a task of about 32 kB of floats."""
    return 1 + 8192 // (plane_size + 1)
