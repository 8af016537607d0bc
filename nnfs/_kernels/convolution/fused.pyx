# Needs: team, vector, arguments, window, elementwise, planes, params_gradient, winograd_gradients, unpooling,
# input_gradient, few_weights, winners
"""All gradients (input, weights and bias) of a convolution with ReLU, and perhaps a max pool, behind it.

Loop order: chunk of `CHUNK` images (a task), image, then that of `params_gradient` and that of `input_gradient`. The
gradient of an image's outputs is computed into the thread's scratch, where the code for the input and that for the
parameters read it from the cache. Each chunk is summed for itself, and chunks in their order, so that the result has
the same bits for any number of threads. The gradients of the parameters are computed in one of three ways:

- as in `params_gradient`: the gradient is transposed, behind a 2 by 2 pool while it is a quarter of the outputs, and
  written to the places of the outputs a vector of filters at a time;
- as in `few_weights`, if weights are few, as in a first layer: it is written filter by filter;
- as in `winners`, if the pool passed on few of the outputs: only these are read.
"""

cdef struct BothGradients:
    ParamsGradient params
    InputGradient input
    OutgoingGradient outgoing
    bint wants_input
    bint by_winner, by_filter  # whether `winners`, or `few_weights`, sums the parameters' gradients
    Winners winners
    Py_ssize_t thread_stride
    real* gradient_scratch  # for each thread: for the outputs' gradient and, with by_filter, the sums of lanes


cdef void both_gradients(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Sum the parameters' gradients over the `CHUNK` images of task ``index``; write each image's input gradient."""
    cdef BothGradients* c = <BothGradients*> arguments
    cdef Py_ssize_t begin = c.params.first_image + index * CHUNK, image
    cdef real* sums = c.params.sums + index * c.params.chunk_stride
    cdef real* scratch = c.gradient_scratch + thread * c.thread_stride
    cdef Py_ssize_t _
    memset(sums, 0, c.params.chunk_stride * sizeof(real))
    if c.by_filter:
        memset(scratch, 0, c.params.filters * (c.params.cells + 1) * LANES * sizeof(real))
    for image in range(begin, min(begin + CHUNK, c.params.images)):
        if c.by_winner:
            add_by_winner(c, image, scratch, sums, thread)
        elif c.by_filter:
            add_by_filter(c, image, scratch, thread)
        else:
            add_image(&c.params, image, transpose_outgoing, &c.outgoing, scratch, sums, thread)
        if c.wants_input:
            write_gradient(
                &c.outgoing, image, 0, c.params.filters, c.input.pitch, c.input.plane,
                padded_gradient(&c.input, thread),
            )
            write_dx(&c.input, image, thread)
    if c.by_winner:
        for _ in range(c.params.filters):
            sums[c.params.bias_place] = sum_lanes(load(sums + c.params.bias_place))
            sums += c.params.filter_step
    elif c.by_filter:
        add_up_lanes(&c.params, scratch, sums)


cdef void add_by_filter(const BothGradients* c, Py_ssize_t image, real* scratch, Py_ssize_t thread) noexcept nogil:
    """Add the parameters' gradients of one image to a vector of sums for each weight and filter, by `few_weights`.

    The vectors begin ``scratch``. `add_up_lanes` adds up their lanes after a chunk.
    """
    cdef const ParamsGradient* params = &c.params
    cdef Py_ssize_t image_size = params.planes.channels * params.planes.height * params.planes.width
    cdef real* planes = params.scratch + thread * params.thread_stride + params.transposed_size
    cdef real* wide = scratch + params.filters * (params.cells + 1) * LANES
    fill_planes(&params.planes, params.x + image * image_size, planes)
    write_gradient(&c.outgoing, image, 0, params.filters, params.planes.pitch, wide_size(params), wide)
    add_few_weights(params, planes, wide, scratch)


cdef void add_by_winner(
    const BothGradients* c, Py_ssize_t image, real* gradient, real* sums, Py_ssize_t thread
) noexcept nogil:
    """Add the parameters' gradients of one image to ``sums`` by `winners`; ``gradient`` is scratch."""
    cdef const OutgoingGradient* o = &c.outgoing
    cdef Py_ssize_t begin = image * o.filters * o.pooled_size
    leaky_relu(o.dy + begin, o.y + begin, o.slope, o.filters * o.pooled_size, gradient)
    add_winners(&c.winners, &c.params, image, gradient, o.argmax + begin, o.pooled_size, sums, thread)


cdef void plan_both(
    BothGradients* c, const Geometry* g, Array dy, Array x, Array y, const index_t* argmax, real slope, Array dweight,
    Array dx,
) noexcept nogil:
    """Fill c from the arguments, but not the choice of the algorithm, which the caller makes next.

    The caller has filled c.params.rows and c.params.columns; argmax is NULL where there is no pool.
    """
    cdef OutgoingGradient* o = &c.outgoing
    plan_params(&c.params, g, x, dweight)
    c.wants_input, c.gradient_scratch = dx.data != NULL, NULL
    o.dy, o.y, o.slope, o.argmax = dy.data, y.data, slope, argmax
    o.images, o.filters = c.params.images, c.params.filters
    o.group_filters, o.lanes_filters = c.params.group_filters, c.params.lanes_filters
    o.rows, o.columns, o.size = c.params.rows, c.params.columns, c.params.rows * c.params.columns
    o.pooled_rows, o.pooled_columns, o.pooled_size = dy.shape[2], dy.shape[3], dy.shape[2] * dy.shape[3]


cdef int run_both_by_winograd(
    BothGradients* c, const Geometry* g, Array x, Array weight, Array dweight, Array dbias, Array dx
) except -1 nogil:
    """Add to dweight and dbias, and write dx if it is wanted, by Winograd's algorithm."""
    cdef WinogradGradients by_winograd
    by_winograd.transpose_gradient, by_winograd.owner = transpose_outgoing, &c.outgoing
    by_winograd.gradient_scratch = outgoing_scratch(&c.outgoing)
    by_winograd.rows, by_winograd.columns = c.params.rows, c.params.columns
    return run_winograd_gradients(&by_winograd, g, x, weight, dweight, dbias, dx)


cdef int run_both(
    BothGradients* c, const Geometry* g, Array weight, bint by_row, bint by_panels, Array dweight, Array dbias, Array dx
) except -1 nogil:
    """Add to dweight and dbias by the algorithm that c.by_winner and c.by_filter choose, and write dx if wanted.

    ``by_row`` is whether the input gradient multiplies the rows of the kernel one after the other, ``by_panels``
    whether it copies the outputs' gradients for each tile.
    """
    cdef Py_ssize_t threads
    cdef Py_ssize_t* params_block = NULL
    cdef Py_ssize_t* input_block = NULL
    if c.by_winner:
        plan_winners(&c.winners, &c.params)
        c.thread_stride = round_up(c.params.filters * c.outgoing.pooled_size)
    elif c.by_filter:
        c.thread_stride = c.params.filters * ((c.params.cells + 1) * LANES + wide_size(&c.params))
        c.thread_stride = round_up(c.thread_stride + spill(c.params.planes.pitch))
    else:
        c.thread_stride = round_up(outgoing_scratch(&c.outgoing))
    threads = thread_count(
        min(c.params.chunks, <Py_ssize_t> ROUND), c.params.images * c.params.work * (2 if c.wants_input else 1)
    )
    try:
        params_block = prepare_params(&c.params, g, threads)
        if c.by_winner:
            fill_winner_tables(&c.winners, &c.params, g, params_block)
        if c.wants_input:
            c.input.rows, c.input.columns = c.params.rows, c.params.columns
            plan_input(&c.input, g, weight, by_row, by_panels, dx)
            input_block = prepare_input(&c.input, g, threads)
        c.gradient_scratch = <real*> zeroed_scratch(threads * c.thread_stride * sizeof(real))
        sum_rounds(both_gradients, c, &c.params, threads, dweight.data, dbias.data)
    finally:
        free(params_block)
        free(input_block)
        free(c.gradient_scratch)
    return 0
