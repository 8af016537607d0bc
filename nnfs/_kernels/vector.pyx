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
    typedef real aligned_vec __attribute__((vector_size(NNFS_LANES * sizeof(real))));
    typedef aligned_vec vec __attribute__((aligned(sizeof(real)), may_alias));
    enum { LANES = NNFS_LANES, TILE_VECTORS = NNFS_LANES * sizeof(real) == 64 ? 4 : 2 };
    #if NNFS_LANES == 16
    #define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
    #define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
    #define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
    #define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
    #elif NNFS_LANES == 8
    #define LOW 0, 8, 1, 9, 2, 10, 3, 11
    #define HIGH 4, 12, 5, 13, 6, 14, 7, 15
    #define EVEN 0, 2, 4, 6, 8, 10, 12, 14
    #define ODD 1, 3, 5, 7, 9, 11, 13, 15
    #elif NNFS_LANES == 4
    #define LOW 0, 4, 1, 5
    #define HIGH 2, 6, 3, 7
    #define EVEN 0, 2, 4, 6
    #define ODD 1, 3, 5, 7
    #else
    #define LOW 0, 2
    #define HIGH 1, 3
    #define EVEN 0, 2
    #define ODD 1, 3
    #endif
    typedef __typeof__(__builtin_choose_expr(sizeof(real) == 4, 0, 0LL)) lane;
    typedef lane lanes __attribute__((vector_size(NNFS_LANES * sizeof(real))));
    #ifdef __clang__
    #define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
    #else
    #define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (lanes){__VA_ARGS__})
    #endif
    static inline vec interleave_low(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, LOW); }
    static inline vec interleave_high(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, HIGH); }
    static inline vec even_lanes(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, EVEN); }
    static inline vec odd_lanes(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, ODD); }
    /* x - 0 is x for every x, so that this is one broadcast instruction. */
    static inline vec broadcast(real value) { return value - (vec){0}; }
    /* Of a lane only its bits matter to these; where a condition holds they are all 1, else all 0. */
    static inline vec every_bit(void) { return (vec)((lanes){0} == 0); }
    static inline vec where_index_is(vec index, lane wanted) { return (vec)((lanes)(aligned_vec)index == wanted); }
    static inline vec bits_of_both(vec a, vec b) { return (vec)((lanes)(aligned_vec)a & (lanes)(aligned_vec)b); }
    static inline vec bits_of_any(vec a, vec b, vec c, vec d) {
        return (vec)((lanes)(aligned_vec)a | (lanes)(aligned_vec)b | (lanes)(aligned_vec)c | (lanes)(aligned_vec)d);
    }
    static inline vec where_at_most(vec a, vec b) { return (vec)((aligned_vec)a <= (aligned_vec)b); }
    static inline vec where_nan(vec a) { return (vec)((aligned_vec)a != (aligned_vec)a); }
    static inline vec bits_of_either(vec a, vec b) { return (vec)((lanes)(aligned_vec)a | (lanes)(aligned_vec)b); }
    static inline vec choose(vec where, vec a, vec b) {
        lanes bits = (lanes)(aligned_vec)where;
        return (vec)((bits & (lanes)(aligned_vec)a) | (~bits & (lanes)(aligned_vec)b));
    }
    static inline vec every_other_index(lane first) { return (vec)((lanes){EVEN} + first); }
    static inline vec index_plus(vec index, lane more) { return (vec)((lanes)(aligned_vec)index + more); }
    static inline vec index_minus(vec a, vec b) { return (vec)((lanes)(aligned_vec)a - (lanes)(aligned_vec)b); }
    static inline vec where_index_below(vec index, lane end) { return (vec)((lanes)(aligned_vec)index < end); }
    typedef int integers __attribute__((vector_size(NNFS_LANES * sizeof(int)), aligned(sizeof(int)), may_alias));
    static inline vec load_indices(const int *place) {
        return (vec)__builtin_convertvector(*(const integers *)place, lanes);
    }
    static inline void store_indices(int *place, vec index) {
        *(integers *)place = __builtin_convertvector((lanes)(aligned_vec)index, integers);
    }
    static inline int any_bit(vec bits) {
        lanes all = (lanes)(aligned_vec)bits;
        for (int i = 1; i < NNFS_LANES; i++)
            all[0] |= all[i];
        return all[0] != 0;
    }
    static inline void *aligned_block(size_t size) {
        void *block = NULL;
        return posix_memalign(&block, 64, size) == 0 ? block : NULL;
    }
    """
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


cdef inline vec load(const real* place) noexcept nogil:
    return (<const vec*> place)[0]


cdef inline void store(real* place, vec value) noexcept nogil:
    (<vec*> place)[0] = value


cdef inline inlined_void shuffle_rows(const vec* rows, vec* shuffled) noexcept nogil:
    """Interleave the lanes of each row with those of the row half a square below."""
    cdef Py_ssize_t half = LANES // 2, i
    for i in range(half):
        shuffled[2 * i] = interleave_low(rows[i], rows[i + half])
        shuffled[2 * i + 1] = interleave_high(rows[i], rows[i + half])


cdef inline inlined_void transpose(const vec* rows, vec* turned) noexcept nogil:
    """Transpose a square of `LANES` vectors: after log2(LANES) shuffles, each lane has reached its row."""
    cdef vec[LANES] once, twice, thrice
    if LANES == 2:
        shuffle_rows(rows, turned)
        return
    shuffle_rows(rows, once)
    if LANES == 4:
        shuffle_rows(once, turned)
        return
    shuffle_rows(once, twice)
    if LANES == 8:
        shuffle_rows(twice, turned)
        return
    shuffle_rows(twice, thrice)
    shuffle_rows(thrice, turned)


cdef inline inlined_void copy_ends(
    real* target, const real* source, Py_ssize_t count, const Py_ssize_t PART
) noexcept nogil:
    """Copy the first and the last ``PART`` numbers, which overlap; of a constant size, memcpy is one instruction."""
    memcpy(target, source, PART * sizeof(real))
    memcpy(target + count - PART, source + count - PART, PART * sizeof(real))


cdef inline void copy_row(real* target, const real* source, Py_ssize_t count) noexcept nogil:
    """Copy what memcpy would; an image's rows are so short that calling it costs more than the copy."""
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


cdef extern from *:
    """
    typedef real *__restrict real_row;
    typedef const real *__restrict pixel_row;
    """
    ctypedef real* real_row
    ctypedef const real* pixel_row


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
    """Do the opposite: target[i * step] = source[i]."""
    cdef Py_ssize_t i
    if step == 1:
        copy_row(target, source, count)
    else:
        for i in range(count):
            target[i * step] = source[i]


cdef inline Py_ssize_t round_up(Py_ssize_t count) noexcept nogil:
    """Return the next multiple of `LANES`."""
    return (count + LANES - 1) // LANES * LANES


cdef void* new_scratch(Py_ssize_t size) except NULL:
    """Return ``size`` bytes of zeros, to be given back with `free`; every use of the result is inside try."""
    cdef void* block = new_room(size + 64)
    memset(block, 0, size + 64)
    return block


cdef void* new_room(Py_ssize_t size) except NULL:
    """Return ``size`` bytes of anything, for what is too large to be zeroed at each call."""
    cdef void* block = aligned_block(size)
    if block == NULL:
        raise MemoryError(f"no memory for {size} bytes of scratch")
    return block


cdef inline void* after_table(Py_ssize_t* table, Py_ssize_t entries) noexcept nogil:
    """Return the first cache line behind a table that stands at the head of the scratch."""
    return <char*> table + (entries * sizeof(Py_ssize_t) + 63) // 64 * 64
