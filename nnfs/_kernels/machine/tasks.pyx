# Needs: nothing
"""How kernels that treat elements or planes one by one cut their arrays into tasks for threads.

A task takes much longer than handing it to a thread, and is small enough for a cache. There is no loop here.
"""

cdef enum:
    ELEMENTS = 16384  # elements of an array that make one task, whatever the number of threads


cdef inline Py_ssize_t count_blocks(Py_ssize_t count) noexcept nogil:
    """Return how many tasks an array of ``count`` elements makes."""
    return (count + ELEMENTS - 1) // ELEMENTS


cdef inline Py_ssize_t planes_for_task(Py_ssize_t plane_size) noexcept nogil:
    """Return how many planes make a task of about 32 kB of floats."""
    return 1 + 8192 // (plane_size + 1)
