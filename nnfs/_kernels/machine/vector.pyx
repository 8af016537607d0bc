# Needs: nothing
"""The float type and the vector type of this build, and memory for a call.

Loops over a vector's lanes never appear in Cython: `vec` is the compilers' own vector type, and looks like a float to
Cython, so that ``total += w * cell`` is one instruction for all lanes. It may be loaded from any
address that a `real` may have. Scratch is one block for a call, aligned to a cache line; the C library keeps
freed blocks at hand, so that the next call finds it warm.
"""

cdef extern from "machine/vector.h":
    ctypedef float real
    ctypedef float vec
    # Without it GCC compiles one tile for all shapes and keeps its sums in memory: 40 in place of 155 GFLOP/s.
    ctypedef void inlined_void "__attribute__((always_inline)) void"
    enum: LANES
    enum: TILE_VECTORS
    vec broadcast(real) noexcept nogil
    vec interleave_low(vec, vec) noexcept nogil  # a0 b0 a1 b1 ... of the lower halves
    vec interleave_high(vec, vec) noexcept nogil
    vec every_bit() noexcept nogil
    vec where_index_is(vec, Py_ssize_t) noexcept nogil  # its lanes are integers of the same size
    vec bits_of_both(vec, vec) noexcept nogil
    vec bits_of_any(vec, vec, vec, vec) noexcept nogil
    vec bits_of_either(vec, vec) noexcept nogil
    vec even_lanes(vec, vec) noexcept nogil  # a0 a2 ... b0 b2 ...
    vec odd_lanes(vec, vec) noexcept nogil
    vec where_at_most(vec, vec) noexcept nogil
    vec where_nan(vec) noexcept nogil
    vec choose(vec where, vec a, vec b) noexcept nogil  # of a where the bits are 1, else of b
    vec every_other_index(Py_ssize_t first) noexcept nogil  # first, first + 2, ...: integers of the size of a real
    vec index_plus(vec, Py_ssize_t) noexcept nogil
    vec index_minus(vec, vec) noexcept nogil
    vec where_index_below(vec, Py_ssize_t) noexcept nogil
    vec load_indices(const int*) noexcept nogil
    void store_indices(int*, vec) noexcept nogil
    bint any_bit(vec) noexcept nogil
    void* aligned_block(size_t) noexcept nogil
    real exp(real) noexcept nogil
    real log(real) noexcept nogil
    real sqrt(real) noexcept nogil
    ctypedef real* real_row
    ctypedef const real* pixel_row

ctypedef int index_t  # the place of a pixel in its image


cdef inline vec load(const real* place) noexcept nogil:
    return (<const vec*> place)[0]


cdef inline void store(real* place, vec value) noexcept nogil:
    (<vec*> place)[0] = value


cdef inline real sum_lanes(vec value) noexcept nogil:
    """Add the lanes by pairs, pairs of pairs and so on."""
    cdef real[LANES] lanes
    cdef Py_ssize_t count = LANES
    while count > 1:
        value = even_lanes(value, value) + odd_lanes(value, value)
        count //= 2
    store(lanes, value)
    return lanes[0]


cdef inline inlined_void copy_ends(
    real* target, const real* source, Py_ssize_t count, const Py_ssize_t PART
) noexcept nogil:
    """Copy the first and the last ``PART`` numbers, which overlap; of a constant size, memcpy is one instruction."""
    memcpy(target, source, PART * sizeof(real))
    memcpy(target + count - PART, source + count - PART, PART * sizeof(real))


cdef inline void copy_row(real* target, const real* source, Py_ssize_t count) noexcept nogil:
    """Copy ``count`` numbers. An image's rows are so short that to call memcpy costs more than the copy."""
    cdef Py_ssize_t i = 0
    if count < LANES:
        if LANES > 8 and count >= 8:
            copy_ends(target, source, count, 8)
        elif LANES > 4 and count >= 4:
            copy_ends(target, source, count, 4)
        else:
            for i in range(count):
                target[i] = source[i]
        return
    while i + LANES <= count:
        store(target + i, load(source + i))
        i += LANES
    store(target + count - LANES, load(source + count - LANES))


cdef inline inlined_void gather_runs(
    real_row target, pixel_row source, Py_ssize_t count, const Py_ssize_t STEP, const Py_ssize_t RUN
) noexcept nogil:
    """Copy in runs of a constant length, which become vectors; the last is shifted back over what was copied."""
    cdef Py_ssize_t i = 0, k
    while i < count:
        i = min(i, count - RUN)
        for k in range(RUN):
            target[i + k] = source[(i + k) * STEP]
        i += RUN


cdef inline inlined_void gather_by(
    real_row target, pixel_row source, Py_ssize_t count, const Py_ssize_t STEP
) noexcept nogil:
    if count >= 16:
        gather_runs(target, source, count, STEP, 16)
    elif count >= 8:
        gather_runs(target, source, count, STEP, 8)
    elif count >= 4:
        gather_runs(target, source, count, STEP, 4)
    else:
        gather_runs(target, source, count, STEP, 1)


cdef inline void gather_row(real* target, const real* source, Py_ssize_t count, Py_ssize_t step) noexcept nogil:
    """Copy every step-th number: target[i] = source[i * step]. The common steps are constants to the compiler."""
    if step == 1:
        copy_row(target, source, count)
    elif step == 2:
        gather_by(target, source, count, 2)
    elif step == 3:
        gather_by(target, source, count, 3)
    elif step == 4:
        gather_by(target, source, count, 4)
    else:
        gather_runs(target, source, count, step, 1)


cdef inline void scatter_row(real* target, const real* source, Py_ssize_t count, Py_ssize_t step) noexcept nogil:
    """Copy to every step-th place: target[i * step] = source[i]."""
    cdef Py_ssize_t i
    if step == 1:
        copy_row(target, source, count)
    else:
        for i in range(count):
            target[i * step] = source[i]


cdef inline Py_ssize_t round_up(Py_ssize_t count) noexcept nogil:
    """Return the next multiple of `LANES`."""
    return (count + LANES - 1) // LANES * LANES


cdef void* zeroed_scratch(Py_ssize_t size) except NULL:
    """Return ``size`` bytes of zeros and 64 more, which the caller frees."""
    cdef void* block = new_scratch(size + 64)
    memset(block, 0, size + 64)
    return block


cdef void* new_scratch(Py_ssize_t size) except NULL:
    """Return ``size`` bytes of any content, aligned to a cache line, which the caller frees."""
    cdef void* block = aligned_block(size)
    if block == NULL:
        raise MemoryError(f"no memory for {size} bytes of scratch")
    return block


cdef inline void* after_table(Py_ssize_t* table, Py_ssize_t entries) noexcept nogil:
    """Return the first cache line behind a table that stands at the head of the scratch."""
    return <char*> table + (entries * sizeof(Py_ssize_t) + 63) // 64 * 64
