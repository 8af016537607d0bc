# Needs: team, replay, vector, arguments, tasks, splitmix
"""Dropout, forward; applied to dy with the key of the forward pass, it gives the gradient.

Loop order: blocks of `ELEMENTS` elements (a task), then elements, front to back, so that both arrays stream through the
cache. The backward pass draws the random numbers again, which takes less time than reading a mask from memory.
"""

cdef struct DropoutCall:
    const real* x
    real* y
    Py_ssize_t count
    uint64_t key, threshold
    real scale


cdef void dropout_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y for the elements of task ``index``."""
    cdef DropoutCall d = (<DropoutCall*> arguments)[0]  # a local copy, which writes to y cannot change
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, d.count)):
        d.y[i] = d.x[i] * (d.scale if random_number(d.key, i) >> 32 >= d.threshold else 0)


cdef int drop(void* arguments) except -1 nogil:
    """Write y for all elements."""
    cdef DropoutCall* d = <DropoutCall*> arguments
    return run(dropout_block, d, count_blocks(d.count), thread_count(count_blocks(d.count), d.count * 16))


def dropout(x, uint64_t key, double rate, *, y):
    cdef DropoutCall d
    d.x, d.y = flat(x, False, &d.count), flat(y, True, &d.count)
    d.key, d.threshold, d.scale = key, <uint64_t> (rate * 4294967296.0), <real> (1 / (1 - rate))
    perform(drop, &d, sizeof(d))
