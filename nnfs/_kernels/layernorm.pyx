"""Layer normalization, forward and backward.

Loop order: rows (samples) in blocks (a task), three passes over a row in the cache; the gradients of weight and bias
are summed over the rows by blocks of `COLUMNS` features (a task).
"""

cdef void normalize_rows(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
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
    """Add the gradients of weight and bias for a block of features."""
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


cdef Normalization read_rows(
    const real[:, ::1] x, const real[::1] mean, const real[::1] scale, const real[::1] weight
):
    cdef Normalization a
    memset(&a, 0, sizeof(a))
    a.x, a.weight, a.mean, a.variance = &x[0, 0], &weight[0], <real*> &mean[0], <real*> &scale[0]
    a.rows, a.channels, a.pixels = x.shape[0], x.shape[1], 1
    a.rows_a_task = planes_for_task(a.channels)
    return a


def layernorm_forward(
    const real[:, ::1] x not None,
    const real[::1] weight not None,
    const real[::1] bias not None,
    double epsilon,
    *,
    real[:, ::1] y not None,
    real[::1] mean not None,
    real[::1] scale not None,
):
    cdef Normalization a
    cdef Py_ssize_t tasks
    if x.shape[0] == 0:
        return
    a = read_rows(x, mean, scale, weight)
    a.bias, a.out, a.epsilon = &bias[0], &y[0, 0], epsilon
    tasks = (a.rows + a.rows_a_task - 1) // a.rows_a_task
    with nogil:
        run(normalize_rows, &a, tasks, share(tasks, a.rows * a.channels * 8))


def layernorm_backward(
    const real[:, ::1] dy not None,
    const real[:, ::1] x not None,
    const real[::1] mean not None,
    const real[::1] scale not None,
    const real[::1] weight not None,
    *,
    real[::1] dweight not None,
    real[::1] dbias not None,
    real[:, ::1] dx,
):
    cdef Normalization a
    cdef Py_ssize_t tasks
    if x.shape[0] == 0:
        return
    a = read_rows(x, mean, scale, weight)
    a.dy, a.dweight, a.dbias = &dy[0, 0], &dweight[0], &dbias[0]
    tasks = (a.channels + COLUMNS - 1) // COLUMNS
    with nogil:
        run(add_over_rows, &a, tasks, share(tasks, a.rows * a.channels * 8))
    if dx is None:
        return
    a.out = &dx[0, 0]
    tasks = (a.rows + a.rows_a_task - 1) // a.rows_a_task
    with nogil:
        run(row_gradients, &a, tasks, share(tasks, a.rows * a.channels * 8))
