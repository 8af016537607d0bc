# Needs: team, vector, arguments, tasks, splitmix
"""Dropout; the backward pass is the forward pass of the gradient, with the same key.

Loop order: blocks of `ELEMENTS` (a task), then elements, front to back, so that both arrays stream through the cache.
The random numbers are drawn anew by the backward pass, which takes less time than to read a mask from memory.
"""

cdef struct DropoutCall:
    const real* x
    real* y
    Py_ssize_t count
    uint64_t key, threshold
    real scale


cdef void dropout_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef DropoutCall d = (<DropoutCall*> arguments)[0]  # a copy, which no write to y can change
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, d.count)):
        d.y[i] = d.x[i] * (d.scale if random_number(d.key, i) >> 32 >= d.threshold else 0)


def dropout(x, uint64_t key, double rate, *, y):
    cdef DropoutCall d
    d.x, d.y = flat(x, False, &d.count), flat(y, True, &d.count)
    d.key, d.threshold, d.scale = key, <uint64_t> (rate * 4294967296.0), <real> (1 / (1 - rate))
    with nogil:
        run(dropout_block, &d, count_blocks(d.count), thread_count(count_blocks(d.count), d.count * 16))
