# Needs: team, replay, vector, arguments, tasks, normalization
"""Layer normalization, forward and backward.

Loop order: a task is a block of rows (samples), each of which is passed three times while it is in the cache: for its
mean, for its variance, and to be normalized. For the gradients of weight and bias, a task is a block of `COLUMNS`
features, which it sums over all rows.
"""

cdef void normalize_rows(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute mean, scale and y for the rows of task ``index``."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t n, i
    cdef pixel_row x, weight = a.weight, bias = a.bias
    cdef real_row y
    cdef real mean, scale
    for n in range(index * a.rows_a_task, min((index + 1) * a.rows_a_task, a.rows)):
        x, y = a.x + n * a.channels, a.out + n * a.channels
        mean = <real> (sum_deviations(x, a.channels, 0, False) / a.channels)
        scale = <real> inverse_deviation(sum_deviations(x, a.channels, mean, True) / a.channels, a.epsilon)
        a.mean[n], a.variance[n] = mean, scale
        for i in range(a.channels):
            y[i] = weight[i] * ((x[i] - mean) * scale) + bias[i]


cdef void row_gradients(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute dx for the rows of task ``index``."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t n, i
    cdef pixel_row x, dy, weight = a.weight
    cdef real_row dx
    cdef real mean, scale, share_of_all, share_of_x
    cdef double total, product
    for n in range(index * a.rows_a_task, min((index + 1) * a.rows_a_task, a.rows)):
        x, dy, dx = a.x + n * a.channels, a.dy + n * a.channels, a.out + n * a.channels
        mean, scale = a.mean[n], a.variance[n]
        total = product = 0
        sum_gradients(dy, x, weight, a.channels, mean, &total, &product)
        share_of_all = <real> (total / a.channels)
        share_of_x = <real> (product * scale * scale / a.channels)
        for i in range(a.channels):
            dx[i] = scale * (dy[i] * weight[i] - share_of_all - (x[i] - mean) * share_of_x)


cdef void add_over_rows(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Add to dweight and dbias for the block of `COLUMNS` features of task ``index``, summed over all rows."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t first = index * COLUMNS, n, c, count = min(COLUMNS, a.channels - index * COLUMNS)
    cdef double[COLUMNS] totals, products
    cdef pixel_row x, dy
    memset(totals, 0, sizeof(totals))
    memset(products, 0, sizeof(products))
    for n in range(a.rows):
        x, dy = a.x + n * a.channels + first, a.dy + n * a.channels + first
        for c in range(count):
            totals[c] += dy[c]
            products[c] += dy[c] * ((x[c] - a.mean[n]) * a.variance[n])
    for c in range(count):
        a.dbias[first + c] += <real> totals[c]
        a.dweight[first + c] += <real> products[c]


cdef Normalization read_rows(object x, object weight) except *:
    """Return a struct with x, its sizes and weight filled; all other fields are 0."""
    cdef Array rows = input_of(x, 2)
    cdef Normalization a
    memset(&a, 0, sizeof(a))
    a.x, a.rows, a.channels, a.pixels = rows.data, rows.shape[0], rows.shape[1], 1
    a.weight = input_of(weight, 1).data
    a.rows_a_task = planes_for_task(a.channels)
    return a


cdef int normalize(void* arguments) except -1 nogil:
    """Compute mean, scale and y for all rows."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t tasks = (a.rows + a.rows_a_task - 1) // a.rows_a_task
    return run(normalize_rows, a, tasks, thread_count(tasks, a.rows * a.channels * 8))


cdef int normalization_gradients(void* arguments) except -1 nogil:
    """Compute all gradients; dx may be NULL."""
    cdef Normalization* a = <Normalization*> arguments
    cdef Py_ssize_t tasks = (a.channels + COLUMNS - 1) // COLUMNS
    if a.rows == 0:
        return 0
    run(add_over_rows, a, tasks, thread_count(tasks, a.rows * a.channels * 8))
    if a.out == NULL:
        return 0
    tasks = (a.rows + a.rows_a_task - 1) // a.rows_a_task
    return run(row_gradients, a, tasks, thread_count(tasks, a.rows * a.channels * 8))


def layernorm_forward(x, weight, bias, double epsilon, *, y, mean, scale):
    cdef Normalization a = read_rows(x, weight)
    a.bias, a.out, a.epsilon = input_of(bias, 1).data, output_of(y, 2).data, epsilon
    a.mean, a.variance = output_of(mean, 1).data, output_of(scale, 1).data
    perform(normalize, &a, sizeof(a))


def layernorm_backward(dy, x, mean, scale, weight, *, dweight, dbias, dx):
    cdef Normalization a = read_rows(x, weight)
    a.dy, a.mean, a.variance = input_of(dy, 2).data, input_of(mean, 1).data, input_of(scale, 1).data
    a.dweight, a.dbias, a.out = output_of(dweight, 1).data, output_of(dbias, 1).data, output_or_none(dx, 2).data
    perform(normalization_gradients, &a, sizeof(a))
