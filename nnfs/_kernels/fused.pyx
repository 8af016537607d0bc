"""Convolution with ReLU, and with max pooling behind it.

Forward. Loop order: that of `convolution`; the endings here then walk filter, row, pixel. They find a group's outputs
in the second-level cache of the core that computed them, and only what the next layer reads leaves it: with a 2 by 2
pool a quarter of the outputs, and their places. ReLU comes after the maximum, on a quarter of the numbers: the two
commute.

Backward. Loop order: chunk of `CHUNK` images (a task), image, then that of `convolution_gradients`, once for the
parameters and once for the input. An image's gradient is spread over its full-size plane in the thread's scratch,
where both read it: it never leaves the cache, and sums have the chunks, and so the bits, of the plain kernels.
"""

cdef struct PooledConvolution:
    Convolution convolution  # first, so that an ending finds the pool behind it
    Pool pool


cdef void rectify(real* y, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        y[i] = 0 if y[i] <= 0 else y[i]


cdef void rectify_outputs(const Convolution* c, Py_ssize_t index, Py_ssize_t first, const real* out) noexcept nogil:
    cdef Py_ssize_t size = c.rows * c.columns
    copy_outputs(c, index, first, out)
    rectify(c.y + (index * c.filters + first) * size, c.group_filters * size)


cdef void pool_outputs(const Convolution* c, Py_ssize_t index, Py_ssize_t first, const real* out) noexcept nogil:
    cdef const Pool* pool = &(<const PooledConvolution*> c).pool
    cdef Py_ssize_t size = pool.rows * pool.columns, f, plane
    for f in range(c.group_filters):
        plane = (index * c.filters + first + f) * size
        pool_plane(pool, out + f * c.product.out_stride, pool.y + plane, pool.argmax + plane)
        rectify(pool.y + plane, size)


def conv2d_relu_forward(
    const real[:, :, :, ::1] x not None, const real[:, :, :, ::1] weight not None, const real[::1] bias, window, *,
    real[:, :, :, ::1] y not None,
):
    cdef Convolution c
    if x.shape[0] == 0:
        return
    c.y, c.ending = &y[0, 0, 0, 0], rectify_outputs
    plan_convolution(&c, x, weight, bias, window)
    convolve(&c, x.shape[0])


def conv2d_relu_maxpool2d_forward(
    const real[:, :, :, ::1] x not None, const real[:, :, :, ::1] weight not None, const real[::1] bias, window, pool,
    *, real[:, :, :, ::1] y not None, index_t[:, :, :, ::1] argmax not None,
):
    cdef PooledConvolution c
    if x.shape[0] == 0:
        return
    c.convolution.y, c.convolution.ending = NULL, pool_outputs
    plan_convolution(&c.convolution, x, weight, bias, window)
    c.pool = read_pool(pool, c.convolution.rows, c.convolution.columns, y, argmax)
    c.pool.pitch = c.convolution.planes.pitch
    convolve(&c.convolution, x.shape[0])


cdef struct BothGradients:
    ParamsGradient params
    InputGradient input
    bint wants_input
    const real* dy
    const real* y
    const index_t* argmax  # NULL where nothing is pooled
    Py_ssize_t pooled_size, size  # of a filter's plane in y, and before pooling
    real* gradients  # one image for each thread


cdef void both_gradients(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Do what `sum_chunk` does, and `spread_image` for each of its images."""
    cdef BothGradients* c = <BothGradients*> arguments
    cdef Py_ssize_t begin = c.params.first_image + index * CHUNK, image
    cdef real* sums = c.params.sums + index * c.params.chunk_room
    cdef real* gradient = c.gradients + thread * c.params.filters * c.size
    memset(sums, 0, c.params.chunk_room * sizeof(real))
    for image in range(begin, min(begin + CHUNK, c.params.images)):
        unpool_and_mask(c, image, gradient)
        add_image(&c.params, image, gradient, sums, thread)
        if c.wants_input:
            spread(&c.input, gradient, image, thread)


cdef void unpool_and_mask(const BothGradients* c, Py_ssize_t image, real* gradient) noexcept nogil:
    """Write the gradient of the convolution's outputs of one image."""
    cdef Py_ssize_t first = image * c.params.filters * c.pooled_size, count = c.params.filters * c.pooled_size, _, k
    cdef const real* dy = c.dy + first
    cdef const real* y = c.y + first
    cdef const index_t* argmax
    if c.argmax == NULL:
        mask(dy, y, count, gradient)
        return
    memset(gradient, 0, c.params.filters * c.size * sizeof(real))
    argmax = c.argmax + first
    for _ in range(c.params.filters):
        # No branch: which outputs are 0 cannot be foretold. A window without a pixel has y = 0, and adds 0 anywhere.
        for k in range(c.pooled_size):
            gradient[max(argmax[k], 0)] += 0 if y[k] <= 0 else dy[k]
        gradient += c.size
        dy, y, argmax = dy + c.pooled_size, y + c.pooled_size, argmax + c.pooled_size


cdef void mask(pixel_row dy, pixel_row y, Py_ssize_t count, real_row gradient) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(count):
        gradient[i] = 0 if y[i] <= 0 else dy[i]


cdef object run_both(
    BothGradients* c, const real[:, :, :, ::1] dy, const real[:, :, :, ::1] x, const real[:, :, :, ::1] weight,
    const real[:, :, :, ::1] y, object window, real[:, :, :, ::1] dweight, real[::1] dbias, real[:, :, :, ::1] dx
):
    """Fill all but argmax, and run."""
    cdef Geometry g = read_window(window)
    cdef Py_ssize_t threads
    cdef Py_ssize_t* params_block = NULL
    cdef Py_ssize_t* input_block = NULL
    cdef real* dbias_or_null = NULL if dbias is None else &dbias[0]
    plan_params(&c.params, &g, x, dweight)
    c.wants_input = dx is not None
    c.dy, c.y, c.gradients = &dy[0, 0, 0, 0], &y[0, 0, 0, 0], NULL
    c.pooled_size, c.size = dy.shape[2] * dy.shape[3], c.params.rows * c.params.columns
    threads = share(
        min(c.params.chunks, <Py_ssize_t> ROUND), c.params.images * c.params.work * (2 if c.wants_input else 1)
    )
    try:
        params_block = prepare_params(&c.params, &g, threads)
        if c.wants_input:
            plan_input(&c.input, &g, weight, dx)
            input_block = prepare_input(&c.input, &g, threads)
        c.gradients = <real*> new_scratch(threads * c.params.filters * c.size * sizeof(real))
        with nogil:
            sum_rounds(both_gradients, c, &c.params, threads, &dweight[0, 0, 0, 0], dbias_or_null)
    finally:
        free(params_block)
        free(input_block)
        free(c.gradients)


def conv2d_relu_backward(
    const real[:, :, :, ::1] dy not None, const real[:, :, :, ::1] x not None, const real[:, :, :, ::1] weight not None,
    const real[:, :, :, ::1] y not None, window, *, real[:, :, :, ::1] dweight not None, real[::1] dbias,
    real[:, :, :, ::1] dx,
):
    cdef BothGradients c
    if x.shape[0] == 0:
        return
    c.argmax = NULL
    run_both(&c, dy, x, weight, y, window, dweight, dbias, dx)


def conv2d_relu_maxpool2d_backward(
    const real[:, :, :, ::1] dy not None, const real[:, :, :, ::1] x not None, const real[:, :, :, ::1] weight not None,
    const real[:, :, :, ::1] y not None, const index_t[:, :, :, ::1] argmax not None, window, *,
    real[:, :, :, ::1] dweight not None, real[::1] dbias, real[:, :, :, ::1] dx,
):
    cdef BothGradients c
    if x.shape[0] == 0:
        return
    c.argmax = &argmax[0, 0, 0, 0]
    run_both(&c, dy, x, weight, y, window, dweight, dbias, dx)
