"""Convolution with ReLU, and with max pooling behind it.

Forward. Loop order: that of `convolution`; the endings here then walk filter, row, pixel. They find a group's outputs
in the second-level cache of the core that computed them, and only what the next layer reads leaves it: with a 2 by 2
pool a quarter of the outputs, and their places. ReLU comes after the maximum, on a quarter of the numbers: the two
commute.

Backward. Loop order: chunk of `CHUNK` images (a task), image, then that of `convolution_params_gradient` and
that of `convolution_input_gradient`. An image's gradient is spread over its full-size plane in the thread's scratch,
where both read it, and never leaves the cache. Chunks are those of the plain kernels, so that the number of threads
does not change a bit. Behind a 2 by 2 pool the gradient is turned before it is spread, on a quarter of the numbers, and
spread a vector of filters at a time. But where filters are too few for that, as in a first layer, it is spread filter
by filter, and `few_filters` sums. And where winners are few beside the outputs, the parameters' gradient is that of
`winners`, which needs no plane.
"""

cdef struct PooledConvolution:
    Convolution convolution  # first, so that an ending finds the pool behind it
    Pool pool


cdef void rectify_outputs(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil:
    cdef Py_ssize_t f, p
    cdef const real* row
    cdef real* y = c.y + (index * c.filters + first) * c.rows * c.columns
    for f in range(filters):
        for p in range(c.rows):
            row = out + f * c.out_stride + p * c.pitch
            leak(row, row, c.slope, c.columns, y)
            y += c.columns


cdef void pool_outputs(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil:
    cdef const Pool* pool = &(<const PooledConvolution*> c).pool
    cdef Py_ssize_t begin = index * c.filters + first, size = pool.rows * pool.columns
    cdef real* y = pool.y + begin * size
    pool_each(pool, out, c.out_stride, begin, filters)
    leak(y, y, c.slope, filters * size, y)


def conv2d_relu_forward(x, weight, bias, window, double slope, *, y):
    convolve_and_end(
        input_of(x, 4), input_of(weight, 4), input_or_none(bias, 1), window, <real> slope, rectify_outputs,
        output_of(y, 4),
    )


def conv2d_relu_maxpool2d_forward(x, weight, bias, window, size, pool, double slope, *, y, argmax):
    cdef Array images = input_of(x, 4), filters = input_of(weight, 4), biases = input_or_none(bias, 1)
    cdef PooledConvolution c
    c.convolution.rows, c.convolution.columns = size
    c.pool = read_pool(pool, c.convolution.rows, c.convolution.columns, y, argmax)
    if images.shape[0] == 0:
        return
    c.convolution.y, c.convolution.ending, c.convolution.slope = NULL, pool_outputs, <real> slope
    plan_convolution(&c.convolution, images, filters, biases, window)
    c.pool.pitch = c.convolution.pitch
    convolve(&c.convolution, images.shape[0])


cdef struct BothGradients:
    ParamsGradient params
    InputGradient input
    bint wants_input
    const real* dy
    const real* y
    real slope
    const index_t* argmax  # NULL where nothing is pooled
    Py_ssize_t pooled_rows, pooled_columns, pooled_size, size  # of a filter's plane in y, and before pooling
    bint by_winner, by_filter  # whether the parameters' gradient is summed as `winners` or as `few_filters` does
    Winners winners
    Py_ssize_t thread_room
    real* rooms  # for each thread: of the turned gradient, or of what `few_filters` needs


cdef void both_gradients(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Do what `sum_chunk` does, and `spread_image` for each of its images."""
    cdef BothGradients* c = <BothGradients*> arguments
    cdef Py_ssize_t begin = c.params.first_image + index * CHUNK, image
    cdef real* sums = c.params.sums + index * c.params.chunk_room
    cdef real* room = c.rooms + thread * c.thread_room
    cdef Py_ssize_t _
    memset(sums, 0, c.params.chunk_room * sizeof(real))
    if c.by_filter:
        memset(room, 0, c.params.filters * (c.params.cells + 1) * LANES * sizeof(real))
    for image in range(begin, min(begin + CHUNK, c.params.images)):
        if c.by_winner:
            add_by_winner(c, image, room, sums, thread)
        elif c.by_filter:
            add_by_filter(c, image, room, thread)
        else:
            add_image(&c.params, image, turn_pooled_gradient, c, room, sums, thread)
        if c.wants_input:
            write_gradient(
                c, image, 0, c.params.filters, c.input.pitch, c.input.plane, padded_gradient(&c.input, thread)
            )
            spread(&c.input, image, thread)
    if c.by_winner:
        for _ in range(c.params.filters):
            sums[c.params.bias_place] = sum_lanes(load(sums + c.params.bias_place))
            sums += c.params.filter_step
    elif c.by_filter:
        add_up_lanes(&c.params, room, sums)


cdef void turn_pooled_gradient(
    const void* owner, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places, real* room,
    real* turned,
) noexcept nogil:
    """Write the gradient of some filters' outputs of one image to its places in a turned plane."""
    cdef const BothGradients* c = <const BothGradients*> owner
    if not turn_winners(c, image, first, filters, places, room, turned):
        write_gradient(c, image, first, filters, c.params.columns, c.size, room)
        turn(room, c.size, filters, c.size, places, turned)


cdef Py_ssize_t turning_room(const BothGradients* c) noexcept nogil:
    """Return how many numbers `turn_pooled_gradient` needs room for."""
    cdef Py_ssize_t by_winners = c.pooled_size * (c.params.group_filters + 2 * c.params.lanes_filters + 4)
    return max(by_winners, c.params.group_filters * c.size + spill(c.params.columns))


cdef bint turn_winners(
    const BothGradients* c, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places,
    real* room, real* turned,
) noexcept nogil:
    """Do so a vector of filters at a time, and say so, where each winner lies in its own 2 by 2 cell of the outputs.

    Then each of the four pixels has the gradient, or 0, and what lies in no cell has 0.
    """
    cdef Py_ssize_t begin = (image * c.params.filters + first) * c.pooled_size, lanes = round_up(filters), lane = 0
    cdef Py_ssize_t height = c.params.rows, width = c.params.columns, here, p, q
    cdef Py_ssize_t* pooled_places = <Py_ssize_t*> room
    cdef real* gradient = <real*> (pooled_places + c.pooled_size)
    cdef real* winner = gradient + lanes * c.pooled_size
    cdef real* masked = winner + lanes * c.pooled_size
    cdef real[LANES] lane_bits
    cdef vec won, value, above, above_right, below, below_right, inside
    if (
        sizeof(real) != sizeof(index_t) or c.argmax == NULL
        or 2 * c.pooled_rows > height or 2 * c.pooled_columns > width
    ):
        return False
    for p in range(c.pooled_size):
        pooled_places[p] = p * lanes
    leak(c.dy + begin, c.y + begin, c.slope, filters * c.pooled_size, masked)
    turn(masked, c.pooled_size, filters, c.pooled_size, pooled_places, gradient)
    turn(
        <const real*> (c.argmax + begin), c.pooled_size, filters, c.pooled_size, pooled_places, winner
    )
    while lane < filters:
        inside = every_bit()
        for p in range(c.pooled_rows):
            for q in range(c.pooled_columns):
                here = 2 * (p * width + q)
                value = load(gradient + pooled_places[p * c.pooled_columns + q] + lane)
                won = load(winner + pooled_places[p * c.pooled_columns + q] + lane)
                above, above_right = where_index_is(won, here), where_index_is(won, here + 1)
                below, below_right = where_index_is(won, here + width), where_index_is(won, here + width + 1)
                store(turned + places[here] + lane, bits_of_both(above, value))
                store(turned + places[here + 1] + lane, bits_of_both(above_right, value))
                store(turned + places[here + width] + lane, bits_of_both(below, value))
                store(turned + places[here + width + 1] + lane, bits_of_both(below_right, value))
                inside = bits_of_both(inside, bits_of_any(above, above_right, below, below_right))
        for p in range(height):
            for q in range(2 * c.pooled_columns if p < 2 * c.pooled_rows else 0, width):
                store(turned + places[p * width + q] + lane, broadcast(0))
        store(lane_bits, inside)
        for p in range(min(<Py_ssize_t> LANES, filters - lane)):
            if (<index_t*> lane_bits)[p] == 0:
                return False
        lane += LANES
    return True


cdef void write_gradient(
    const BothGradients* c, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, Py_ssize_t pitch, Py_ssize_t plane,
    real* gradient,
) noexcept nogil:
    """Write the gradient of some filters' outputs of one image to planes, their rows ``pitch`` apart.

    What lies between rows and planes becomes 0, or was 0 and stays so; behind the last plane, `spill` numbers.
    """
    cdef Py_ssize_t begin = (image * c.params.filters + first) * c.pooled_size, f, p, k, place
    cdef Py_ssize_t rows = c.params.rows, columns = c.params.columns
    cdef real value
    cdef const real* dy = c.dy + begin
    cdef const real* y = c.y + begin
    cdef const index_t* argmax = c.argmax + begin if c.argmax else NULL
    if pitch == columns:  # all of it is one row
        rows, columns = 1, c.size
    for f in range(filters):
        if argmax == NULL:
            for p in range(rows):
                leak(dy + p * columns, y + p * columns, c.slope, columns, gradient + p * pitch)
        elif not unpool_cells(c, begin + f * c.pooled_size, pitch, plane, gradient):
            memset(gradient, 0, plane * sizeof(real))
            # No branch: which outputs are negative cannot be foretold. A window without a pixel adds 0.
            for k in range(c.pooled_size):
                place, value = max(argmax[k], 0), leak_one(dy[k], y[k], c.slope)
                gradient[place + place // columns * (pitch - columns)] += value if argmax[k] >= 0 else 0
        dy, y, gradient = dy + c.pooled_size, y + c.pooled_size, gradient + plane
        argmax = argmax + c.pooled_size if argmax else NULL


cdef inline Py_ssize_t spill(Py_ssize_t pitch) noexcept nogil:
    """Return how many numbers `write_gradient` may write behind the last plane."""
    return pitch + 2 * LANES


cdef bint unpool_cells(
    const BothGradients* c, Py_ssize_t first, Py_ssize_t pitch, Py_ssize_t plane, real* gradient
) noexcept nogil:
    """Do so for the outputs from ``first`` on, and say so, where each winner lies in its own 2 by 2 cell.

    A row is written from its last vector to its first: what goes beyond a row's end is written anew by the next.
    """
    cdef Py_ssize_t columns = c.pooled_columns, width = c.params.columns, p, q, k, i
    cdef Py_ssize_t outputs = c.params.images * c.params.filters * c.pooled_size - first
    cdef Py_ssize_t last = (columns - 1) // LANES * LANES
    cdef const real* dy = c.dy + first
    cdef const real* y = c.y + first
    cdef const index_t* argmax = c.argmax + first
    cdef real[LANES] last_dy, last_y
    cdef index_t[LANES] last_argmax
    cdef vec missing = broadcast(0)
    cdef real* above = gradient
    if 2 * c.pooled_rows > c.params.rows or 2 * columns > width:
        return False
    for p in range(c.pooled_rows):
        q = 2 * (last + LANES)
        while q < pitch:
            store(above + q, broadcast(0))
            store(above + pitch + q, broadcast(0))
            q += LANES
        q = last
        while q >= 0:
            k = p * columns + q
            if k + LANES <= outputs:
                unpool_vector(
                    dy + k, y + k, argmax + k, c.slope, columns - q, 2 * (p * width + q), width, above + 2 * q, pitch,
                    &missing,
                )
            else:  # no array has so many more
                for i in range(outputs - k):
                    last_dy[i], last_y[i], last_argmax[i] = dy[k + i], y[k + i], argmax[k + i]
                unpool_vector(
                    last_dy, last_y, last_argmax, c.slope, columns - q, 2 * (p * width + q), width, above + 2 * q,
                    pitch, &missing,
                )
            q -= LANES
        if p == 0 and any_bit(missing):
            return False
        above += 2 * pitch
    if above < gradient + plane:
        memset(above, 0, (gradient + plane - above) * sizeof(real))
    return not any_bit(missing)


cdef inline inlined_void unpool_vector(
    const real* dy, const real* y, const index_t* argmax, real slope, Py_ssize_t cells, Py_ssize_t here,
    Py_ssize_t width, real* gradient, Py_ssize_t pitch, vec* missing,
) noexcept nogil:
    """Give the four pixels of so many ``cells``, a vector at most, the gradient, or 0, and 0 to the others."""
    cdef vec start = every_other_index(0), inside = where_index_below(start, 2 * cells), value, winner
    cdef vec above, above_right, below, below_right
    value = bits_of_both(inside, leak_lanes(load(dy), load(y), slope))
    winner = index_minus(load_indices(argmax), start)
    above, above_right = where_index_is(winner, here), where_index_is(winner, here + 1)
    below, below_right = where_index_is(winner, here + width), where_index_is(winner, here + width + 1)
    missing[0] = bits_of_either(
        missing[0], choose(bits_of_any(above, above_right, below, below_right), broadcast(0), inside)
    )
    above, above_right = bits_of_both(above, value), bits_of_both(above_right, value)
    below, below_right = bits_of_both(below, value), bits_of_both(below_right, value)
    store(gradient, interleave_low(above, above_right))
    store(gradient + LANES, interleave_high(above, above_right))
    store(gradient + pitch, interleave_low(below, below_right))
    store(gradient + pitch + LANES, interleave_high(below, below_right))


cdef void add_by_filter(const BothGradients* c, Py_ssize_t image, real* room, Py_ssize_t thread) noexcept nogil:
    """Do what `add_image` does, into sums of lanes."""
    cdef const ParamsGradient* params = &c.params
    cdef Py_ssize_t image_size = params.planes.channels * params.planes.height * params.planes.width
    cdef real* planes = params.scratch + thread * params.thread_room + params.turned_room
    cdef real* wide = room + params.filters * (params.cells + 1) * LANES
    fill_planes(&params.planes, params.x + image * image_size, planes)
    write_gradient(c, image, 0, params.filters, params.planes.pitch, wide_size(params), wide)
    add_few_filters(params, planes, wide, room)


cdef void add_by_winner(
    const BothGradients* c, Py_ssize_t image, real* gradient, real* sums, Py_ssize_t thread
) noexcept nogil:
    """Do what `add_image` does, into sums of runs."""
    cdef Py_ssize_t begin = image * c.params.filters * c.pooled_size
    leak(c.dy + begin, c.y + begin, c.slope, c.params.filters * c.pooled_size, gradient)
    add_winners(&c.winners, &c.params, image, gradient, c.argmax + begin, c.pooled_size, sums, thread)


cdef object run_both(
    Array dy, Array x, Array weight, Array y, const index_t* argmax, object window, object size, real slope,
    Array dweight, Array dbias, Array dx,
):
    """Add the gradients of the parameters and write that of the input; argmax is NULL where nothing is pooled."""
    cdef Geometry g = read_window(window)
    cdef BothGradients both
    cdef BothGradients* c = &both
    cdef WinogradGradients by_winograd
    cdef Py_ssize_t threads
    cdef Py_ssize_t* params_block = NULL
    cdef Py_ssize_t* input_block = NULL
    if x.shape[0] == 0:
        return
    if argmax == NULL and is_depthwise(x.shape[1], weight.shape[1]):
        depthwise_backward_params(x, dy, y.data, slope, window, dweight, dbias)
        if dx.data != NULL:
            depthwise_backward_input(dy, y.data, slope, weight, window, dx)
        return
    c.argmax, c.slope = argmax, slope
    c.params.rows, c.params.columns = size
    plan_params(&c.params, &g, x, dweight)
    c.wants_input = dx.data != NULL
    c.dy, c.y, c.rooms = dy.data, y.data, NULL
    c.pooled_rows, c.pooled_columns = dy.shape[2], dy.shape[3]
    c.pooled_size, c.size = c.pooled_rows * c.pooled_columns, c.params.rows * c.params.columns
    if suits_winograd(&g, c.params.group_channels, c.params.group_filters, c.params.rows, c.params.columns):
        by_winograd.turn_gradient, by_winograd.owner = turn_pooled_gradient, c
        by_winograd.gradient_room = turning_room(c)
        by_winograd.rows, by_winograd.columns = c.params.rows, c.params.columns
        run_winograd_gradients(&by_winograd, &g, x, weight, dweight, dbias, dx)
        return
    c.by_winner = c.argmax != NULL and suits_winners(&c.winners, &c.params, &g, c.pooled_size)
    c.by_filter = not c.by_winner and has_few_filters(&c.params)
    if c.by_winner:
        plan_winners(&c.winners, &c.params)
        c.thread_room = round_up(c.params.filters * c.pooled_size)
    elif c.by_filter:
        c.thread_room = c.params.filters * ((c.params.cells + 1) * LANES + wide_size(&c.params))
        c.thread_room = round_up(c.thread_room + spill(c.params.planes.pitch))
    else:
        c.thread_room = round_up(turning_room(c))
    threads = share(
        min(c.params.chunks, <Py_ssize_t> ROUND), c.params.images * c.params.work * (2 if c.wants_input else 1)
    )
    try:
        params_block = prepare_params(&c.params, &g, threads)
        if c.by_winner:
            fill_winner_tables(&c.winners, &c.params, &g, params_block)
        if c.wants_input:
            c.input.rows, c.input.columns = size
            plan_input(&c.input, &g, weight, dx)
            input_block = prepare_input(&c.input, &g, threads)
        c.rooms = <real*> new_scratch(threads * c.thread_room * sizeof(real))
        with nogil:
            sum_rounds(both_gradients, c, &c.params, threads, dweight.data, dbias.data)
    finally:
        free(params_block)
        free(input_block)
        free(c.rooms)


def conv2d_relu_backward(dy, x, weight, y, window, double slope, *, dweight, dbias, dx):
    cdef Array outputs = input_of(y, 4)
    run_both(
        input_of(dy, 4), input_of(x, 4), input_of(weight, 4), outputs, NULL, window,
        (outputs.shape[2], outputs.shape[3]), <real> slope, output_of(dweight, 4), output_or_none(dbias, 1),
        output_or_none(dx, 4),
    )


def conv2d_relu_maxpool2d_backward(dy, x, weight, y, argmax, window, size, double slope, *, dweight, dbias, dx):
    cdef Array pooled = input_of(dy, 4)
    cdef const index_t* places = places_of(argmax, False)
    check_places(places, pooled.shape[0] * pooled.shape[1] * pooled.shape[2] * pooled.shape[3], size[0] * size[1])
    run_both(
        pooled, input_of(x, 4), input_of(weight, 4), input_of(y, 4), places, window, size, <real> slope,
        output_of(dweight, 4), output_or_none(dbias, 1), output_or_none(dx, 4),
    )
