# Needs: replay, vector, arguments, elementwise, maxpool, unpooling, normalization, batchnorm_relu
"""The gradients of batch normalization with ReLU, and perhaps a max pool, behind it.

Loop order: a task is a channel, or a block of `COLUMNS` features, in two passes over all images: one for the sums, and
one that writes dx. The first leaves in dx what the pool hands back, since it takes longer to compute it twice.
"""

cdef inline vec rectify_gradient(vec dy, vec y, vec slope, vec leaks) noexcept nogil:
    """Return dy where y > 0 or y is NaN, else slope dy, or 0 if all bits of ``leaks`` are 0 (0 infinity is NaN)."""
    return choose(where_at_most(y, broadcast(0)), bits_of_both(leaks, slope * dy), dy)


cdef void sum_rectified(
    const real* dy, const real* y, const real* x, Py_ssize_t count, real slope, real mean, double* total,
    double* product,
) noexcept nogil:
    """Add the sum of g to ``total`` and that of g (x - mean) to ``product``; g is the gradient before ReLU."""
    cdef vec[2] totals, products
    cdef vec middle = broadcast(mean), slopes = broadcast(slope), leaks = every_bit() if slope != 0 else broadcast(0), g
    cdef real one_total = 0, one_product = 0, one
    cdef Py_ssize_t i = 0, k
    for k in range(2):
        totals[k] = products[k] = broadcast(0)
    while i + 2 * LANES <= count:
        for k in range(2):
            g = rectify_gradient(load(dy + i + k * LANES), load(y + i + k * LANES), slopes, leaks)
            totals[k] += g
            products[k] += g * (load(x + i + k * LANES) - middle)
        i += 2 * LANES
    while i < count:
        one = leaky_relu_number(dy[i], y[i], slope)
        one_total += one
        one_product += one * (x[i] - mean)
        i += 1
    total[0] += <double> sum_lanes(totals[0] + totals[1]) + one_total
    product[0] += <double> sum_lanes(products[0] + products[1]) + one_product


cdef inline inlined_void write_rectified_gradient(
    const real* dy, const real* y, const real* x, Py_ssize_t count, real slope, real mean, real scale,
    real share_of_all, real share_of_x, real* dx,
) noexcept nogil:
    """Write dx = scale (g - share_of_all - (x - mean) share_of_x); dx may be dy. g is the gradient before ReLU."""
    cdef vec slopes = broadcast(slope), leaks = every_bit() if slope != 0 else broadcast(0), g
    cdef Py_ssize_t i = 0
    while i + LANES <= count:
        g = rectify_gradient(load(dy + i), load(y + i), slopes, leaks)
        store(dx + i, broadcast(scale) * (
            g - broadcast(share_of_all) - (load(x + i) - broadcast(mean)) * broadcast(share_of_x)
        ))
        i += LANES
    while i < count:
        dx[i] = scale * (leaky_relu_number(dy[i], y[i], slope) - share_of_all - (x[i] - mean) * share_of_x)
        i += 1


cdef void gradient_of_channel(void* arguments, Py_ssize_t c, Py_ssize_t thread) noexcept nogil:
    """Add to dweight[c] and dbias[c], and write dx for channel c of all images if it is wanted."""
    cdef NormalizationReLU* a = <NormalizationReLU*> arguments
    cdef Normalization* m = &a.norm
    cdef const OutgoingGradient* o = &a.outgoing
    cdef double total = 0, product = 0, count = <double> m.rows * m.pixels
    cdef double inverse = inverse_deviation(m.variance[c], m.epsilon)
    cdef real* image = a.scratch + thread * a.thread_stride
    cdef real mean = m.mean[c], scale = <real> (m.weight[c] * inverse), share_of_all = 0, share_of_x = 0
    cdef const real* y = o.y if a.slope != 1 else o.dy  # without ReLU, read one array less
    cdef real* dx
    cdef Py_ssize_t n, i, start
    for n in range(m.rows):
        start = (n * m.channels + c) * m.pixels
        if a.pooled:
            write_gradient(o, n, c, 1, o.columns, o.size, image)
            sum_gradients(image, m.x + start, NULL, m.pixels, mean, &total, &product)
            if m.out != NULL:
                copy_row(m.out + start, image, m.pixels)
        else:
            sum_rectified(o.dy + start, y + start, m.x + start, m.pixels, a.slope, mean, &total, &product)
    m.dbias[c] += <real> total
    m.dweight[c] += <real> (product * inverse)
    if m.out == NULL:
        return
    if a.training:
        share_of_all, share_of_x = <real> (total / count), <real> (product * inverse * inverse / count)
    for n in range(m.rows):
        start = (n * m.channels + c) * m.pixels
        dx = m.out + start
        if not a.training:  # x does not count, not even if it is infinite
            if not a.pooled:
                leaky_relu(o.dy + start, y + start, a.slope, m.pixels, dx)
            for i in range(m.pixels):
                dx[i] *= scale
        elif a.pooled:
            write_rectified_gradient(dx, dx, m.x + start, m.pixels, 1, mean, scale, share_of_all, share_of_x, dx)
        else:
            write_rectified_gradient(
                o.dy + start, y + start, m.x + start, m.pixels, a.slope, mean, scale, share_of_all, share_of_x, dx
            )


cdef void gradient_of_columns(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Add to dweight and dbias, and write dx if it is wanted, for the features of a task, which lie side by side."""
    cdef NormalizationReLU* a = <NormalizationReLU*> arguments
    cdef Normalization* m = &a.norm
    cdef Py_ssize_t first = index * COLUMNS, n, c, count = min(COLUMNS, m.channels - index * COLUMNS), start
    cdef double[COLUMNS] totals, products
    cdef real[COLUMNS] scale, share_of_all, share_of_x
    cdef double inverse, rows = m.rows
    cdef real one, slope = a.slope
    cdef pixel_row x, dy, y, mean = m.mean + first
    cdef real_row dx
    memset(totals, 0, sizeof(totals))
    memset(products, 0, sizeof(products))
    for n in range(m.rows):
        start = n * m.channels + first
        x, dy, y = m.x + start, a.outgoing.dy + start, a.outgoing.y + start
        for c in range(count):
            one = leaky_relu_number(dy[c], y[c], slope)
            totals[c] += one
            products[c] += one * (x[c] - mean[c])
    for c in range(count):
        inverse = inverse_deviation(m.variance[first + c], m.epsilon)
        m.dbias[first + c] += <real> totals[c]
        m.dweight[first + c] += <real> (products[c] * inverse)
        scale[c] = <real> (m.weight[first + c] * inverse)
        share_of_all[c] = <real> (totals[c] / rows)
        share_of_x[c] = <real> (products[c] * inverse * inverse / rows)
    if m.out == NULL:
        return
    for n in range(m.rows):
        start = n * m.channels + first
        x, dy, y, dx = m.x + start, a.outgoing.dy + start, a.outgoing.y + start, m.out + start
        for c in range(count):
            one = leaky_relu_number(dy[c], y[c], slope)
            if a.training:
                one = one - share_of_all[c] - (x[c] - mean[c]) * share_of_x[c]
            dx[c] = scale[c] * one


cdef int all_gradients(void* arguments) except -1 nogil:
    """Compute the gradients for all channels; dx may be NULL."""
    cdef NormalizationReLU* a = <NormalizationReLU*> arguments
    if a.norm.rows == 0:
        return 0
    return run_over_channels(a, gradient_of_channel, gradient_of_columns)


def batchnorm_relu_backward(
    dy, x, y, argmax, mean, variance, weight, double epsilon, double slope, bint training, *, dweight, dbias, dx
):
    cdef NormalizationReLU a
    cdef Array images = input_of(x, 4), outputs = input_of(y, 4)
    memset(&a, 0, sizeof(a))
    read_sizes(&a, images, outputs)
    a.pooled, a.training, a.slope = argmax is not None, training, <real> slope
    a.outgoing.dy, a.outgoing.y, a.outgoing.slope = input_of(dy, 4).data, outputs.data, a.slope
    if a.pooled:
        a.outgoing.argmax = places_of(argmax, False)
        check_places(a.outgoing.argmax, a.norm.rows * a.norm.channels * a.outgoing.pooled_size, a.norm.pixels)
    a.norm.weight, a.norm.epsilon = input_of(weight, 1).data, epsilon
    a.norm.mean, a.norm.variance = input_of(mean, 1).data, input_of(variance, 1).data
    a.norm.dweight, a.norm.dbias = output_of(dweight, 1).data, output_of(dbias, 1).data
    a.norm.out = output_or_none(dx, 4).data
    perform(all_gradients, &a, sizeof(a))
