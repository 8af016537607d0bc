# Needs: vector
"""The sums that batch and layer normalization need: of elements, of squared deviations, and of gradients.

Loop order: front to back along one stretch of numbers, which is a channel of an image or a sample, with several vectors
of sums at a time; it stays in the cache for the next pass. The mean is computed before the squared deviations from it,
since the formula with one pass would lose digits where a mean is large. A stretch is summed in the array's own type;
the callers add the sums of several stretches in float64.
"""

cdef extern from *:
    double square_root "sqrt"(double) noexcept nogil  # tgmath's, whatever `real` is

cdef enum:
    COLUMNS = 64

cdef struct Normalization:
    const real* x
    const real* dy
    const real* weight
    const real* bias
    real* mean
    real* variance  # for batch normalization; for layer normalization 1 / sqrt(variance + epsilon)
    real* out  # y, or dx, which may be NULL
    real* dweight
    real* dbias
    Py_ssize_t rows, channels, pixels, rows_a_task
    double epsilon
    bint measure  # whether mean and variance are to be computed; otherwise they are given


cdef double sum_deviations(const real* x, Py_ssize_t count, real mean, const bint SQUARED) noexcept nogil:
    """Return the sum of x - mean or, if ``SQUARED``, of (x - mean)**2, over ``count`` numbers."""
    cdef vec[4] totals
    cdef vec middle = broadcast(mean), deviation
    cdef real total = 0, rest
    cdef Py_ssize_t i = 0, k
    for k in range(4):
        totals[k] = broadcast(0)
    while i + 4 * LANES <= count:
        for k in range(4):
            deviation = load(x + i + k * LANES) - middle
            totals[k] += deviation * deviation if SQUARED else deviation
        i += 4 * LANES
    while i + LANES <= count:
        deviation = load(x + i) - middle
        totals[0] += deviation * deviation if SQUARED else deviation
        i += LANES
    while i < count:
        rest = x[i] - mean
        total += rest * rest if SQUARED else rest
        i += 1
    return <double> sum_lanes((totals[0] + totals[1]) + (totals[2] + totals[3])) + total


cdef void sum_gradients(
    const real* dy, const real* x, const real* weight, Py_ssize_t count, real mean, double* total, double* product
) noexcept nogil:
    """Add the sum of g to ``total``, and the sum of g (x - mean) to ``product``, over ``count`` numbers.

    g is dy times weight, or dy if ``weight`` is NULL.
    """
    cdef vec[2] totals, products
    cdef vec middle = broadcast(mean), g
    cdef real one_total = 0, one_product = 0, one
    cdef Py_ssize_t i = 0, k
    for k in range(2):
        totals[k] = products[k] = broadcast(0)
    while i + 2 * LANES <= count:
        for k in range(2):
            g = load(dy + i + k * LANES)
            if weight != NULL:
                g = g * load(weight + i + k * LANES)
            totals[k] += g
            products[k] += g * (load(x + i + k * LANES) - middle)
        i += 2 * LANES
    while i < count:
        one = dy[i]
        if weight != NULL:
            one = one * weight[i]
        one_total += one
        one_product += one * (x[i] - mean)
        i += 1
    total[0] += <double> sum_lanes(totals[0] + totals[1]) + one_total
    product[0] += <double> sum_lanes(products[0] + products[1]) + one_product


cdef inline double inverse_deviation(double variance, double epsilon) noexcept nogil:
    """Return 1 / sqrt(variance + epsilon), or NaN if the variance is infinite, which a result of 0 would hide."""
    return 1 / square_root(variance + epsilon) if variance < INFINITY else NAN
