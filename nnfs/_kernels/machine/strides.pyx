# Needs: vector
"""Rows of which every stride-th number counts: gathering them into a row without gaps, and back.

Loop order: front to back. A stride of 2, by far the most common, is done by shuffles of whole vectors, or of halves and
quarters of them if the row is shorter. The last vector of a row may overlap the one before it, so that no number is
read or written that does not belong to the row.
"""

cdef extern from "machine/vector.h":
    void take_even_4(real*, const real*) noexcept nogil
    void take_even_8(real*, const real*) noexcept nogil
    void take_even_16(real*, const real*) noexcept nogil
    void interleave_4(real*, const real*, const real*) noexcept nogil
    void interleave_8(real*, const real*, const real*) noexcept nogil
    void interleave_16(real*, const real*, const real*) noexcept nogil


cdef inline void gather_row(real* target, const real* source, Py_ssize_t count, Py_ssize_t step) noexcept nogil:
    """Write target[i] = source[i * step] for ``count`` numbers."""
    cdef Py_ssize_t i = 0
    if step == 1:
        copy_row(target, source, count)
    elif step == 2 and LANES >= 16 and count >= 16:
        while i < count:
            i = min(i, count - 16)
            take_even_16(target + i, source + 2 * i)
            i += 16
    elif step == 2 and LANES >= 8 and count >= 8:
        while i < count:
            i = min(i, count - 8)
            take_even_8(target + i, source + 2 * i)
            i += 8
    elif step == 2 and LANES >= 4 and count >= 4:
        while i < count:
            i = min(i, count - 4)
            take_even_4(target + i, source + 2 * i)
            i += 4
    else:
        for i in range(count):
            target[i] = source[i * step]


cdef inline void scatter_row(real* target, const real* source, Py_ssize_t count, Py_ssize_t step) noexcept nogil:
    """Write target[i * step] = source[i] for ``count`` numbers."""
    cdef Py_ssize_t i
    if step == 1:
        copy_row(target, source, count)
    else:
        for i in range(count):
            target[i * step] = source[i]


cdef inline void interleave_row(real* target, const real* even, const real* odd, Py_ssize_t count) noexcept nogil:
    """Write target[2 i] = even[i] and target[2 i + 1] = odd[i], ``count`` numbers in all."""
    cdef Py_ssize_t pairs = count // 2, i = 0
    if LANES >= 16 and pairs >= 16:
        while i < pairs:
            i = min(i, pairs - 16)
            interleave_16(target + 2 * i, even + i, odd + i)
            i += 16
    elif LANES >= 8 and pairs >= 8:
        while i < pairs:
            i = min(i, pairs - 8)
            interleave_8(target + 2 * i, even + i, odd + i)
            i += 8
    elif LANES >= 4 and pairs >= 4:
        while i < pairs:
            i = min(i, pairs - 4)
            interleave_4(target + 2 * i, even + i, odd + i)
            i += 4
    else:
        for i in range(pairs):
            target[2 * i], target[2 * i + 1] = even[i], odd[i]
    if count % 2:
        target[count - 1] = even[pairs]
