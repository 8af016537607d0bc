# Needs: nothing
"""The float type `real` and the vector type `vec` of this build, copies of rows, and scratch memory.

A `vec` holds `LANES` numbers of type `real`. It is the vector type of GCC and Clang, which Cython takes for a float, so
that ``total += w * cell`` is one instruction for all lanes. It may be loaded from any address that a `real` may have.

Loop order: rows are copied front to back, by vectors. Cache: the scratch memory of a kernel is one block, aligned to a
cache line. The C library keeps freed blocks, so that the next call mostly finds its block still in the cache.
"""

cdef extern from "machine/vector.h":
    ctypedef float real
    ctypedef float vec
    # A function of this type is always inlined. Without that GCC compiles one function for all sizes of a tile, whose
    # sums lie in memory instead of in registers: 40 in place of 155 GFLOP/s.
    ctypedef void inlined_void "__attribute__((always_inline)) void"
    enum: LANES
    enum: TILE_VECTORS
    vec broadcast(real) noexcept nogil
    vec in_register(vec) noexcept nogil  # the same vector, which the compiler does not load again for each use
    vec interleave_low(vec, vec) noexcept nogil  # a0 b0 a1 b1 ..., from the lower halves
    vec interleave_high(vec, vec) noexcept nogil
    # These are for vectors of 32 bytes: lanes, or pairs of lanes, interleaved within each half; first or last halves.
    vec half_low(vec, vec) noexcept nogil
    vec half_high(vec, vec) noexcept nogil
    vec pairs_low(vec, vec) noexcept nogil
    vec pairs_high(vec, vec) noexcept nogil
    vec first_halves(vec, vec) noexcept nogil
    vec last_halves(vec, vec) noexcept nogil
    vec every_bit() noexcept nogil
    vec where_index_is(vec, Py_ssize_t) noexcept nogil  # lanes are integers as large as a real
    vec bits_of_both(vec, vec) noexcept nogil
    vec bits_of_any(vec, vec, vec, vec) noexcept nogil
    vec bits_of_either(vec, vec) noexcept nogil
    vec even_lanes(vec, vec) noexcept nogil  # a0 a2 ... b0 b2 ...
    vec odd_lanes(vec, vec) noexcept nogil
    vec where_at_most(vec, vec) noexcept nogil
    vec where_nan(vec) noexcept nogil
    vec choose(vec where, vec a, vec b) noexcept nogil  # the bits of a where those of ``where`` are 1, else of b
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
    """Return the vector of numbers that begins at ``place``."""
    return (<const vec*> place)[0]


cdef inline void store(real* place, vec value) noexcept nogil:
    """Write a vector of numbers to memory from ``place`` on."""
    (<vec*> place)[0] = value


cdef inline real sum_lanes(vec value) noexcept nogil:
    """Return the sum of a vector's lanes, added by pairs, then pairs of pairs and so on."""
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
    """Copy ``count`` numbers, PART <= count <= 2 PART, as their first ``PART`` and their last ``PART`` numbers.

    ``PART`` is a constant, for which memcpy is one instruction.
    """
    memcpy(target, source, PART * sizeof(real))
    memcpy(target + count - PART, source + count - PART, PART * sizeof(real))


cdef inline void copy_row(real* target, const real* source, Py_ssize_t count) noexcept nogil:
    """Copy ``count`` numbers. A row of an image is so short that a call of memcpy would take longer than the copy."""
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


cdef inline Py_ssize_t round_up(Py_ssize_t count) noexcept nogil:
    """Return the smallest multiple of `LANES` that is not below ``count``."""
    return (count + LANES - 1) // LANES * LANES


cdef void* zeroed_scratch(Py_ssize_t size) except NULL nogil:
    """Return a new block of ``size`` + 64 bytes, all zero and aligned to a cache line; the caller frees it."""
    cdef void* block = new_scratch(size + 64)
    memset(block, 0, size + 64)
    return block


cdef void* new_scratch(Py_ssize_t size) except NULL nogil:
    """Return a new block of ``size`` bytes of any content, aligned to a cache line; the caller frees it."""
    cdef void* block = aligned_block(size)
    if block == NULL:
        with gil:
            raise MemoryError(f"no memory for {size} bytes of scratch")
    return block


cdef inline void* after_table(Py_ssize_t* table, Py_ssize_t entries) noexcept nogil:
    """Return the first cache line behind a table of ``entries`` integers that begins a block of scratch memory."""
    return <char*> table + (entries * sizeof(Py_ssize_t) + 63) // 64 * 64
