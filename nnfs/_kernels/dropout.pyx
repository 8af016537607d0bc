"""Dropout, the same forward and backward.

Loop order: blocks of `ELEMENTS` (a task), then elements, front to back. An element's random number depends on the key
and its index alone, so that any thread can draw it, and backward draws it anew: that takes less time than to read a
mask from memory.
"""

from libc.stdint cimport uint64_t

cdef struct DropoutCall:
    const real* x
    real* y
    Py_ssize_t count
    uint64_t key, threshold
    real scale


cdef inline uint64_t random_number(uint64_t key, uint64_t index) noexcept nogil:
    """Return the number ``index`` of SplitMix64 begun at ``key``."""
    cdef uint64_t state = key + (index + 1) * <uint64_t> 0x9E3779B97F4A7C15
    state = (state ^ (state >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    state = (state ^ (state >> 27)) * <uint64_t> 0x94D049BB133111EB
    return state ^ (state >> 31)


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
        run(dropout_block, &d, blocks(d.count), share(blocks(d.count), d.count * 16))
