/* The float type `real` and the vector type `vec` of this build, with their operations; `vector.pyx` declares them. */

#include <stdlib.h>
#include <tgmath.h>
typedef NNFS_REAL real;
typedef real aligned_vec __attribute__((vector_size(NNFS_LANES * sizeof(real))));
typedef aligned_vec vec __attribute__((aligned(sizeof(real)), may_alias));
enum { LANES = NNFS_LANES, TILE_VECTORS = NNFS_LANES * sizeof(real) == 64 ? 4 : 2 };
/* Masks for SHUFFLE of two vectors a and b of N lanes, whose lanes have the numbers 0 to N - 1, and N to 2 N - 1. */
#define LOW_2 0, 2
#define LOW_4 0, 4, 1, 5
#define LOW_8 0, 8, 1, 9, 2, 10, 3, 11
#define LOW_16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_2 1, 3
#define HIGH_4 2, 6, 3, 7
#define HIGH_8 4, 12, 5, 13, 6, 14, 7, 15
#define HIGH_16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define EVEN_2 0, 2
#define EVEN_4 0, 2, 4, 6
#define EVEN_8 0, 2, 4, 6, 8, 10, 12, 14
#define EVEN_16 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_2 1, 3
#define ODD_4 1, 3, 5, 7
#define ODD_8 1, 3, 5, 7, 9, 11, 13, 15
#define ODD_16 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define SECOND_4 0, 2, 5, 7
#define SECOND_8 0, 2, 4, 6, 9, 11, 13, 15
#define SECOND_16 0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31
/* Masks for vectors of 32 bytes: interleave the lanes, or pairs of lanes, of each half by itself; join halves. In a
   build with other vectors nobody uses them. */
#define HALF_LOW_4 0, 4, 2, 6
#define HALF_LOW_8 0, 8, 1, 9, 4, 12, 5, 13
#define HALF_HIGH_4 1, 5, 3, 7
#define HALF_HIGH_8 2, 10, 3, 11, 6, 14, 7, 15
#define PAIRS_LOW_4 LOW_4
#define PAIRS_LOW_8 0, 1, 8, 9, 4, 5, 12, 13
#define PAIRS_HIGH_4 HIGH_4
#define PAIRS_HIGH_8 2, 3, 10, 11, 6, 7, 14, 15
#define FIRST_HALVES_4 0, 1, 4, 5
#define FIRST_HALVES_8 0, 1, 2, 3, 8, 9, 10, 11
#define LAST_HALVES_4 2, 3, 6, 7
#define LAST_HALVES_8 4, 5, 6, 7, 12, 13, 14, 15
#define JOIN(name, lanes) name##lanes
#define MASK(name, lanes) JOIN(name, lanes)
#define LOW MASK(LOW_, NNFS_LANES)
#define HIGH MASK(HIGH_, NNFS_LANES)
#define EVEN MASK(EVEN_, NNFS_LANES)
#define ODD MASK(ODD_, NNFS_LANES)
typedef __typeof__(__builtin_choose_expr(sizeof(real) == 4, 0, 0LL)) lane;
typedef lane lanes __attribute__((vector_size(NNFS_LANES * sizeof(real))));
#ifdef __clang__
#define SHUFFLE_AS(type, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE_AS(type, a, b, ...) __builtin_shuffle(a, b, (type){__VA_ARGS__})
#endif
#define SHUFFLE(a, b, ...) SHUFFLE_AS(lanes, a, b, __VA_ARGS__)
static inline vec interleave_low(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, LOW); }
static inline vec interleave_high(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, HIGH); }
#define SHUFFLED(name, mask) \
    static inline vec name(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, mask); }
#if NNFS_LANES == 4 || NNFS_LANES == 8
SHUFFLED(half_low, MASK(HALF_LOW_, NNFS_LANES))
SHUFFLED(half_high, MASK(HALF_HIGH_, NNFS_LANES))
SHUFFLED(pairs_low, MASK(PAIRS_LOW_, NNFS_LANES))
SHUFFLED(pairs_high, MASK(PAIRS_HIGH_, NNFS_LANES))
SHUFFLED(first_halves, MASK(FIRST_HALVES_, NNFS_LANES))
SHUFFLED(last_halves, MASK(LAST_HALVES_, NNFS_LANES))
#else
#define half_low interleave_low
#define half_high interleave_high
#define pairs_low interleave_low
#define pairs_high interleave_high
#define first_halves interleave_low
#define last_halves interleave_high
#endif
static inline vec even_lanes(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, EVEN); }
static inline vec odd_lanes(vec a, vec b) { return SHUFFLE((aligned_vec)a, (aligned_vec)b, ODD); }
/* Return a vector of equal lanes. x - 0 is x for every x, so that this is one broadcast instruction. */
static inline vec broadcast(real value) { return value - (vec){0}; }
/* Return the vector, in a register from here on: the compiler would load it again for each use of it. */
static inline vec in_register(vec a) {
#ifdef __AVX512F__
    __asm__("" : "+v"(a));
#elif defined(__x86_64__)
    __asm__("" : "+x"(a));
#endif
    return a;
}
/* These functions treat a lane as bits or as an integer. A condition is a lane whose bits are all 1 where it holds, and
   all 0 where it does not. */
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
typedef real *__restrict real_row;
typedef const real *__restrict pixel_row;
/* For 4 and more numbers, up to a vector of this build: take_even_N writes target[i] = source[2 i] for N numbers and
   reads none behind the last of them; interleave_N writes target[2 i] = even[i] and target[2 i + 1] = odd[i]. */
#define ROWS_OF(N) \
    typedef real vec##N __attribute__((vector_size(N * sizeof(real)))); \
    typedef vec##N at##N __attribute__((aligned(sizeof(real)), may_alias)); \
    typedef lane lanes##N __attribute__((vector_size(N * sizeof(real)))); \
    static inline void take_even_##N(real *target, const real *source) { \
        vec##N low = *(const at##N *)source, high = *(const at##N *)(source + N - 1); \
        *(at##N *)target = SHUFFLE_AS(lanes##N, low, high, SECOND_##N); \
    } \
    static inline void interleave_##N(real *target, const real *even, const real *odd) { \
        vec##N a = *(const at##N *)even, b = *(const at##N *)odd; \
        *(at##N *)target = SHUFFLE_AS(lanes##N, a, b, LOW_##N); \
        *(at##N *)(target + N) = SHUFFLE_AS(lanes##N, a, b, HIGH_##N); \
    }
ROWS_OF(4)
ROWS_OF(8)
ROWS_OF(16)
