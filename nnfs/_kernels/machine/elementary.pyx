# Needs: vector
"""Exponentials and logarithms of one number, for the loops of activations, losses and noise.

In float32 each function consists of sums, products and selects without a branch, so that the compiler makes vectors of
a loop that calls it. In float64, which serves to check gradients, it calls the C library. No exponential has a positive
argument, so that none can overflow. There is no loop over an array here.
"""

cdef extern from "machine/elementary.h":
    enum: EXPONENTIAL_TERMS
    enum: LOGARITHM_TERMS
    const real* EXPONENTIAL
    const real* LOGARITHM
    real LOG2_E, LN2_HIGH, LN2_LOW, SHIFT, LOWEST, HALF
    real power_of_two(real) noexcept nogil
    real expm1(real) noexcept nogil
    real log1p(real) noexcept nogil
    real fabs(real) noexcept nogil


cdef inline real split_exponential(real x, real* power) noexcept nogil:
    """Return q and write 2**n such that exp(x) = 2**n (1 + q) for float32 x, LOWEST <= x <= 0.

    n is the nearest integer to x / log(2), and q = exp(r) - 1 for the rest r, |r| <= log(2) / 2, where seven terms of
    the series are exact enough.
    """
    cdef real shifted = x * LOG2_E + SHIFT
    cdef real n = shifted - SHIFT
    cdef real r = x - n * LN2_HIGH - n * LN2_LOW
    cdef real series = 0
    cdef Py_ssize_t term
    for term in range(EXPONENTIAL_TERMS):
        series = series * r + EXPONENTIAL[EXPONENTIAL_TERMS - 1 - term]
    power[0] = power_of_two(shifted)
    return series * r


cdef inline real exp_of_negative(real x) noexcept nogil:
    """Return exp(x) for x <= 0; in float32, results below the smallest normal number become 0."""
    cdef real power, q
    if sizeof(real) == 8:
        return exp(x)
    q = split_exponential(LOWEST if x < LOWEST else x, &power)
    return 0 if x < LOWEST else power + power * q


cdef inline real expm1_of_negative(real x) noexcept nogil:
    """Return exp(x) - 1 for x <= 0, with a small relative error even where x is near 0."""
    cdef real power, q
    if sizeof(real) == 8:
        return expm1(x)
    q = split_exponential(LOWEST if x < LOWEST else x, &power)
    return power * q + (power - 1)


cdef inline real log1p_of_fraction(real x) noexcept nogil:
    """Return log(1 + x) for 0 <= x <= 1."""
    return log1p(x) if sizeof(real) == 8 else log_of_ratio(x / (2 + x))


cdef inline real log_of_ratio(real s) noexcept nogil:
    """Return log((1 + s) / (1 - s)) for float32 s, 0 <= s <= 1/3: twice the series of artanh(s)."""
    cdef real square = s * s, series = 0
    cdef Py_ssize_t term
    for term in range(LOGARITHM_TERMS):
        series = series * square + LOGARITHM[LOGARITHM_TERMS - 1 - term]
    return 2 * s * series


cdef inline real sigmoid(real x) noexcept nogil:
    """Return 1 / (1 + exp(-x))."""
    cdef real e = exp_of_negative(-fabs(x))
    return (e if x < 0 else 1) / (1 + e)
