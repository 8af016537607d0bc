# Needs: team, replay, vector, arguments, elementwise, maxpool, unpooling, normalization, batchnorm
"""Batch normalization with ReLU, and perhaps a max pool, behind it, forward.

Loop order: that of `batchnorm`. A task is a channel; after the passes for mean and variance, its images mostly lie in
the second-level cache. Behind a pool each image is normalized into scratch, which stays in the first-level cache for
the pool; only what the pool passes on is written to memory.
"""

cdef struct NormalizationReLU:
    Normalization norm  # first, so that a pointer to it is one to the whole struct
    Pool pool
    OutgoingGradient outgoing
    bint pooled, training
    real slope
    double momentum
    real* running_mean
    real* running_var
    int64_t* batches  # how many were seen in training
    real* scratch  # for each thread one image of one channel
    Py_ssize_t thread_stride


cdef void choose_statistics(NormalizationReLU* a, Py_ssize_t c) noexcept nogil:
    """Let the running statistics of channel c follow those of the batch; outside training, take them instead."""
    cdef Normalization* m = &a.norm
    cdef double count = <double> m.rows * m.pixels
    if a.training:
        a.running_mean[c] += <real> (a.momentum * (m.mean[c] - a.running_mean[c]))
        a.running_var[c] += <real> (a.momentum * (m.variance[c] * (count / (count - 1)) - a.running_var[c]))
    else:
        m.mean[c], m.variance[c] = a.running_mean[c], a.running_var[c]


cdef inline inlined_void normalize_image(
    const real* x, Py_ssize_t count, real mean, real scale, real bias, real slope, real* y
) noexcept nogil:
    """Write y = relu((x - mean) scale + bias) for the ``count`` pixels of one channel of an image."""
    cdef Py_ssize_t i = 0
    cdef vec value
    cdef real one
    if count < LANES:
        for i in range(count):
            one = (x[i] - mean) * scale + bias
            y[i] = leaky_relu_number(one, one, slope)
        return
    while i < count:
        i = min(i, count - <Py_ssize_t> LANES)  # the last vector overlaps the one before it
        value = (load(x + i) - broadcast(mean)) * broadcast(scale) + broadcast(bias)
        store(y + i, value if slope == 1 else leaky_relu_vector(value, value, slope))
        i += LANES


cdef void normalize_and_pool(void* arguments, Py_ssize_t c, Py_ssize_t thread) noexcept nogil:
    """Compute y for channel c of all images."""
    cdef NormalizationReLU* a = <NormalizationReLU*> arguments
    cdef Normalization* m = &a.norm
    cdef Py_ssize_t size = a.outgoing.pooled_size, n, place
    cdef real* image = a.scratch + thread * a.thread_stride
    cdef real* y
    cdef real scale
    if a.training:
        measure_channel(m, c)
    choose_statistics(a, c)
    scale = <real> (m.weight[c] * inverse_deviation(m.variance[c], m.epsilon))
    for n in range(m.rows):
        place = n * m.channels + c
        y = m.out + place * size
        if a.pooled:
            normalize_image(m.x + place * m.pixels, m.pixels, m.mean[c], scale, m.bias[c], 1, image)
            pool_plane(&a.pool, image, y, a.pool.argmax + place * size, 0)
            leaky_relu(y, y, a.slope, size, y)
        else:
            normalize_image(m.x + place * m.pixels, m.pixels, m.mean[c], scale, m.bias[c], a.slope, y)


cdef void rectify_columns(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute y for the features of task ``index``, which have one pixel a channel and lie side by side in a row."""
    cdef NormalizationReLU* a = <NormalizationReLU*> arguments
    cdef Normalization* m = &a.norm
    cdef Py_ssize_t first = index * COLUMNS, n, c, count = min(COLUMNS, m.channels - index * COLUMNS)
    cdef real[COLUMNS] scale
    cdef real value, slope = a.slope
    cdef pixel_row x, mean = m.mean + first, bias = m.bias + first
    cdef real_row y
    if a.training:
        measure_columns(m, first, count)
    for c in range(count):
        choose_statistics(a, first + c)
        scale[c] = <real> (m.weight[first + c] * inverse_deviation(m.variance[first + c], m.epsilon))
    for n in range(m.rows):
        x, y = m.x + n * m.channels + first, m.out + n * m.channels + first
        for c in range(count):
            value = (x[c] - mean[c]) * scale[c] + bias[c]
            y[c] = leaky_relu_number(value, value, slope)


cdef int run_over_channels(NormalizationReLU* a, Task of_images, Task of_columns) except -1 nogil:
    """Run one task a channel if channels have several pixels or a pool, else one a block of features."""
    cdef bint by_channel = a.norm.pixels > 1 or a.pooled
    cdef Py_ssize_t tasks = a.norm.channels if by_channel else (a.norm.channels + COLUMNS - 1) // COLUMNS
    cdef Py_ssize_t threads = thread_count(tasks, a.norm.rows * a.norm.channels * a.norm.pixels * 8)
    a.thread_stride = round_up(a.outgoing.size + spill(a.outgoing.columns))
    a.scratch = <real*> new_scratch(threads * a.thread_stride * sizeof(real))
    try:
        run(of_images if by_channel else of_columns, a, tasks, threads)
    finally:
        free(a.scratch)
    return 0


cdef int normalize_all(void* arguments) except -1 nogil:
    """Compute y for all channels, and count the batch in training."""
    cdef NormalizationReLU* a = <NormalizationReLU*> arguments
    if a.norm.rows == 0:
        return 0
    if a.training:
        a.batches[0] += 1
    return run_over_channels(a, normalize_and_pool, rectify_columns)


cdef object read_sizes(NormalizationReLU* a, Array x, Array pooled):
    """Fill the sizes of a from those of x (N, C, H, W) and of what the pool, or else ReLU, gives."""
    cdef OutgoingGradient* o = &a.outgoing
    a.norm.x, a.norm.rows, a.norm.channels, a.norm.pixels = x.data, x.shape[0], x.shape[1], x.shape[2] * x.shape[3]
    o.images, o.filters, o.rows, o.columns, o.size = x.shape[0], x.shape[1], x.shape[2], x.shape[3], a.norm.pixels
    o.pooled_rows, o.pooled_columns, o.pooled_size = pooled.shape[2], pooled.shape[3], pooled.shape[2] * pooled.shape[3]


def batchnorm_relu_forward(
    x, weight, bias, double epsilon, double momentum, double slope, pool, bint training, *, y, argmax, mean, variance,
    running_mean, running_var, num_batches_tracked,
):
    cdef NormalizationReLU a
    cdef Array images = input_of(x, 4), outputs = output_of(y, 4)
    cdef Py_ssize_t count
    memset(&a, 0, sizeof(a))
    read_sizes(&a, images, outputs)
    a.pooled, a.training, a.slope, a.momentum = pool is not None, training, <real> slope, momentum
    if a.pooled:
        a.pool = read_pool(pool, images.shape[2], images.shape[3], y, argmax)
    a.norm.weight, a.norm.bias, a.norm.epsilon = input_of(weight, 1).data, input_of(bias, 1).data, epsilon
    a.norm.out = outputs.data
    a.norm.mean, a.norm.variance = output_of(mean, 1).data, output_of(variance, 1).data
    a.running_mean, a.running_var = output_of(running_mean, 1).data, output_of(running_var, 1).data
    a.batches = <int64_t*> address_of(num_batches_tracked, 0, True, INTEGERS, sizeof(int64_t), &count)
    perform(normalize_all, &a, sizeof(a))
