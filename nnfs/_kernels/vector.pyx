"""The float type and the vector type of this build, and memory for a call.

Loops over a vector's lanes never appear in Cython: `vec` is the compilers' own vector type, and looks like a float to
Cython, so that ``total += w * cell`` is one instruction for all lanes. It may be loaded from any
address that a `real` may have. Scratch is one zeroed block for a call, aligned to a cache line; the C library keeps
freed blocks at hand, so that the next call finds it warm.
"""

cdef extern from *:
    """
    #include <stdlib.h>
    #include <tgmath.h>
    typedef NNFS_REAL real;
    typedef real vec __attribute__((vector_size(NNFS_VECTOR_BYTES), aligned(sizeof(real)), may_alias));
    enum { LANES = NNFS_VECTOR_BYTES / sizeof(real), TILE_VECTORS = NNFS_VECTOR_BYTES == 64 ? 4 : 2 };
    /* x - 0 is x for every x, so that this is one broadcast instruction. */
    static inline vec broadcast(real value) { return value - (vec){0}; }
    static inline void *aligned_block(size_t size) {
        void *block = NULL;
        return posix_memalign(&block, 64, size) == 0 ? block : NULL;
    }
    """
    ctypedef float real
    ctypedef float vec
    # Without it GCC compiles one tile for all shapes and keeps its sums in memory: 40 in place of 155 GFLOP/s.
    ctypedef void inlined_void "__attribute__((always_inline)) void"
    const Py_ssize_t LANES
    const Py_ssize_t TILE_VECTORS
    vec broadcast(real) noexcept nogil
    void* aligned_block(size_t) noexcept nogil
    real exp(real) noexcept nogil
    real log(real) noexcept nogil
    real sqrt(real) noexcept nogil


cdef inline vec load(const real* place) noexcept nogil:
    return (<const vec*> place)[0]


cdef inline void store(real* place, vec value) noexcept nogil:
    (<vec*> place)[0] = value


cdef inline real sum_lanes(vec value) noexcept nogil:
    """Add the lanes in a fixed order: halves, quarters and so on."""
    cdef real[64] lanes
    cdef Py_ssize_t half = LANES // 2, i
    store(lanes, value)
    while half:
        for i in range(half):
            lanes[i] += lanes[i + half]
        half //= 2
    return lanes[0]


cdef inline Py_ssize_t round_up(Py_ssize_t count) noexcept nogil:
    """Return the next multiple of `LANES`."""
    return (count + LANES - 1) // LANES * LANES


cdef void* new_scratch(Py_ssize_t size) except NULL:
    """Return ``size`` bytes of zeros, to be given back with `free`; every use of the result is inside try."""
    cdef void* block = aligned_block(size + 64)
    if block == NULL:
        raise MemoryError(f"no memory for {size} bytes of scratch")
    memset(block, 0, size + 64)
    return block


cdef inline void* after_table(Py_ssize_t* table, Py_ssize_t entries) noexcept nogil:
    """Return the first cache line behind a table that stands at the head of the scratch."""
    return <char*> table + (entries * sizeof(Py_ssize_t) + 63) // 64 * 64
