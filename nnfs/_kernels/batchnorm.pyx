# Needs: team, replay, vector, arguments, normalization
"""Batch normalization, forward and backward.

Loop order, for images: a task is a channel, in three passes over all images: one for its mean, one for its variance,
and one that normalizes. After the first pass it mostly lies in the second-level cache. The features of dense layers
(one pixel a channel) lie side by side: there a task is a block of `COLUMNS` features, whose loops go row by row. One
task computes all sums of a channel, in a fixed order, so that results have the same bits for any number of threads.
"""

cdef enum:
    LITTLE = 1024  # a channel with so few numbers takes less time than it takes to begin a task


cdef void measure_channel(const Normalization* a, Py_ssize_t c) noexcept nogil:
    """Compute the mean and the variance of channel c over all images."""
    cdef double total = 0, count = <double> a.rows * a.pixels
    cdef Py_ssize_t n
    for n in range(a.rows):
        total += sum_deviations(a.x + (n * a.channels + c) * a.pixels, a.pixels, 0, False)
    a.mean[c] = <real> (total / count)
    total = 0
    for n in range(a.rows):
        total += sum_deviations(a.x + (n * a.channels + c) * a.pixels, a.pixels, a.mean[c], True)
    a.variance[c] = <real> (total / count)


cdef void normalize_channel(void* arguments, Py_ssize_t c, Py_ssize_t thread) noexcept nogil:
    """Compute y for channel c of all images, and its mean and variance if they are not given."""
    cdef Normalization* a = <Normalization*> arguments
    cdef pixel_row x
    cdef real_row y
    cdef real mean, scale, bias
    cdef Py_ssize_t n, i
    if a.measure:
        measure_channel(a, c)
    mean, bias = a.mean[c], a.bias[c]
    scale = <real> (a.weight[c] * inverse_deviation(a.variance[c], a.epsilon))
    for n in range(a.rows):
        x, y = a.x + (n * a.channels + c) * a.pixels, a.out + (n * a.channels + c) * a.pixels
        for i in range(a.pixels):
            y[i] = (x[i] - mean) * scale + bias


cdef void normalize_channels(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute y for the channels of task ``index``, `COLUMNS` of them."""
    cdef const Normalization* a = <const Normalization*> arguments
    cdef Py_ssize_t c
    for c in range(index * COLUMNS, min((index + 1) * COLUMNS, a.channels)):
        normalize_channel(arguments, c, thread)


cdef void channel_gradient(void* arguments, Py_ssize_t c, Py_ssize_t thread) noexcept nogil:
    """Add to dweight[c] and dbias[c], and write dx for channel c of all images if it is wanted."""
    cdef Normalization* a = <Normalization*> arguments
    cdef double total = 0, product = 0, count = <double> a.rows * a.pixels
    cdef double inverse = inverse_deviation(a.variance[c], a.epsilon)
    cdef real mean = a.mean[c], scale, share_of_all, share_of_x
    cdef pixel_row x, dy
    cdef real_row dx
    cdef Py_ssize_t n, i, start
    for n in range(a.rows):
        start = (n * a.channels + c) * a.pixels
        sum_gradients(a.dy + start, a.x + start, NULL, a.pixels, mean, &total, &product)
    a.dbias[c] += <real> total
    a.dweight[c] += <real> (product * inverse)
    if a.out == NULL:
        return
    scale = <real> (a.weight[c] * inverse)
    share_of_all, share_of_x = <real> (total / count), <real> (product * inverse * inverse / count)
    for n in range(a.rows):
        start = (n * a.channels + c) * a.pixels
        x, dy, dx = a.x + start, a.dy + start, a.out + start
        for i in range(a.pixels):
            dx[i] = scale * (dy[i] - share_of_all - (x[i] - mean) * share_of_x)


# The functions below are for features, which have one pixel a channel and lie side by side in a row.

cdef void measure_columns(const Normalization* a, Py_ssize_t first, Py_ssize_t count) noexcept nogil:
    """Compute mean and variance of ``count`` features, from ``first`` on, over all samples."""
    cdef double[COLUMNS] totals
    cdef double deviation
    cdef const real* x
    cdef Py_ssize_t n, c
    memset(totals, 0, sizeof(totals))
    for n in range(a.rows):
        x = a.x + n * a.channels + first
        for c in range(count):
            totals[c] += x[c]
    for c in range(count):
        a.mean[first + c] = <real> (totals[c] / a.rows)
        totals[c] = 0
    for n in range(a.rows):
        x = a.x + n * a.channels + first
        for c in range(count):
            deviation = x[c] - a.mean[first + c]
            totals[c] += deviation * deviation
    for c in range(count):
        a.variance[first + c] = <real> (totals[c] / a.rows)


cdef void normalize_columns(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute y for the features of task ``index``, and their mean and variance if they are not given."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t first = index * COLUMNS, n, c, count = min(COLUMNS, a.channels - index * COLUMNS)
    cdef real[COLUMNS] scale
    cdef pixel_row x, mean = a.mean + first, bias = a.bias + first
    cdef real_row y
    if a.measure:
        measure_columns(a, first, count)
    for c in range(count):
        scale[c] = <real> (a.weight[first + c] * inverse_deviation(a.variance[first + c], a.epsilon))
    for n in range(a.rows):
        x, y = a.x + n * a.channels + first, a.out + n * a.channels + first
        for c in range(count):
            y[c] = (x[c] - mean[c]) * scale[c] + bias[c]


cdef void column_gradients(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Add to dweight and dbias, and write dx if it is wanted, for the features of task ``index``."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t first = index * COLUMNS, n, c, count = min(COLUMNS, a.channels - index * COLUMNS)
    cdef double[COLUMNS] totals, products
    cdef real[COLUMNS] scale, share_of_all, share_of_x
    cdef double inverse
    cdef pixel_row x, dy, mean = a.mean + first
    cdef real_row dx
    memset(totals, 0, sizeof(totals))
    memset(products, 0, sizeof(products))
    for n in range(a.rows):
        x, dy = a.x + n * a.channels + first, a.dy + n * a.channels + first
        for c in range(count):
            totals[c] += dy[c]
            products[c] += dy[c] * (x[c] - mean[c])
    for c in range(count):
        inverse = inverse_deviation(a.variance[first + c], a.epsilon)
        a.dbias[first + c] += <real> totals[c]
        a.dweight[first + c] += <real> (products[c] * inverse)
        scale[c] = <real> (a.weight[first + c] * inverse)
        share_of_all[c] = <real> (totals[c] / a.rows)
        share_of_x[c] = <real> (products[c] * inverse * inverse / a.rows)
    if a.out == NULL:
        return
    for n in range(a.rows):
        x, dy, dx = a.x + n * a.channels + first, a.dy + n * a.channels + first, a.out + n * a.channels + first
        for c in range(count):
            dx[c] = scale[c] * (dy[c] - share_of_all[c] - (x[c] - mean[c]) * share_of_x[c])


cdef int run_channels(Normalization* a, Task of_images, Task of_columns) except -1 nogil:
    """Run one task a channel if channels have several pixels, else one a block of features."""
    cdef Py_ssize_t tasks = a.channels if a.pixels > 1 else (a.channels + COLUMNS - 1) // COLUMNS
    cdef Py_ssize_t threads = thread_count(tasks, a.rows * a.channels * a.pixels * 8)
    return run(of_images if a.pixels > 1 else of_columns, a, tasks, threads)


cdef int apply_statistics(void* arguments) except -1 nogil:
    """Compute y for all channels, whose means and variances are given."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t blocks = (a.channels + COLUMNS - 1) // COLUMNS, size = a.rows * a.pixels
    if 0 < size <= LITTLE and a.pixels > 1:
        return run(normalize_channels, a, blocks, thread_count(blocks, a.channels * size * 8))
    return 0 if size == 0 else run_channels(a, normalize_channel, normalize_columns)


cdef Normalization read_normalization(object x, object weight, double epsilon) except *:
    """Return a struct with x, its sizes, weight and epsilon filled; all other fields are 0."""
    cdef Array images = input_of(x, 3)
    cdef Normalization a
    memset(&a, 0, sizeof(a))
    a.x, a.rows, a.channels, a.pixels = images.data, images.shape[0], images.shape[1], images.shape[2]
    a.weight, a.epsilon = input_of(weight, 1).data, epsilon
    return a


def batchnorm_forward(x, weight, bias, double epsilon, *, y, mean, variance):
    cdef Normalization a = read_normalization(x, weight, epsilon)
    a.bias, a.out, a.measure = input_of(bias, 1).data, output_of(y, 3).data, True
    a.mean, a.variance = output_of(mean, 1).data, output_of(variance, 1).data
    if a.rows == 0:
        return
    with nogil:
        run_channels(&a, normalize_channel, normalize_columns)


def batchnorm_apply(x, mean, variance, weight, bias, double epsilon, *, y):
    cdef Normalization a = read_normalization(x, weight, epsilon)
    a.bias, a.out = input_of(bias, 1).data, output_of(y, 3).data
    a.mean, a.variance = input_of(mean, 1).data, input_of(variance, 1).data
    perform(apply_statistics, &a, sizeof(a))


def batchnorm_backward(dy, x, mean, variance, weight, double epsilon, *, dweight, dbias, dx):
    cdef Normalization a = read_normalization(x, weight, epsilon)
    a.dy, a.mean, a.variance = input_of(dy, 3).data, input_of(mean, 1).data, input_of(variance, 1).data
    a.dweight, a.dbias, a.out = output_of(dweight, 1).data, output_of(dbias, 1).data, output_or_none(dx, 3).data
    if a.rows == 0:
        return
    with nogil:
        run_channels(&a, channel_gradient, column_gradients)
