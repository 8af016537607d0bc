# Needs: team, vector, arguments, tasks, elementary, splitmix
"""Normal noise that is added to an array, made of uniform random numbers by the method of Box and Muller.

Loop order: blocks of `ELEMENTS` elements (a task), then elements, front to back, so that both arrays stream through the
cache. In float32 logarithm and cosine are sums and products without a branch, so that the compiler makes vectors of the
loop; in float64 the C library is called.
"""

from libc.stdint cimport int32_t, uint32_t

cdef extern from "noise.h":
    enum: SINE_TERMS
    const real* SINE
    real TO_FRACTION, LN2, PI
    real split_number(real, real*) noexcept nogil
    real cosine "cos"(real) noexcept nogil

cdef struct NoiseCall:
    const real* x
    real* y
    Py_ssize_t count
    uint64_t key
    real deviation


cdef inline real minus_log(uint32_t number) noexcept nogil:
    """Return -log((number + 1) / 2**32), with a small relative error even where the result is near 0."""
    cdef real fraction = (<real> number + 1) * TO_FRACTION, rest = <real> (~number) * TO_FRACTION
    cdef real exponent, mantissa, above, below, logarithm
    if sizeof(real) == 8:
        return -log(fraction)
    mantissa = split_number(fraction, &exponent)
    above = mantissa - 1 if fraction < HALF else rest
    below = mantissa + 1 if fraction < HALF else 2 * fraction + rest
    logarithm = log_of_ratio(above / below)
    return -exponent * LN2 - logarithm if fraction < HALF else logarithm


cdef inline real cos_of_rotation(uint32_t number) noexcept nogil:
    """Return cos(a), a = 2 pi number / 2**32, computed in float32 as 1 - 2 sin(a / 2)**2."""
    cdef real half = <real> (<int32_t> number) * TO_FRACTION * PI, square = half * half, series = 0
    cdef Py_ssize_t term
    if sizeof(real) == 8:
        return cosine(2 * half)
    for term in range(SINE_TERMS):
        series = series * square + SINE[SINE_TERMS - 1 - term]
    series *= half
    return 1 - 2 * series * series


cdef void noise_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y for the elements of task ``index``."""
    cdef NoiseCall n = (<NoiseCall*> arguments)[0]  # a local copy, which writes to y cannot change
    cdef uint64_t number
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, n.count)):
        number = random_number(n.key, i)
        n.y[i] = n.x[i] + n.deviation * (sqrt(2 * minus_log(number >> 32)) * cos_of_rotation(<uint32_t> number))


def add_noise(x, uint64_t key, double deviation, *, y):
    cdef NoiseCall n
    n.x, n.y = flat(x, False, &n.count), flat(y, True, &n.count)
    n.key, n.deviation = key, <real> deviation
    with nogil:
        run(noise_block, &n, count_blocks(n.count), thread_count(count_blocks(n.count), n.count * 64))
