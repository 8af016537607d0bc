# Needs: vector, transpose, elementwise
"""The gradient of a convolution's outputs, from the gradient of the ReLU and the max pool behind it.

A winner is an output that is the largest of its window of the pool: it gets the gradient dy of the window where y > 0,
and slope dy elsewhere. Outputs that win in no window get 0.

Loop order: filter, row, pixel. For a 2 by 2 pool with stride 2, whose windows do not overlap, it goes by vectors of
pixels or, if the result is transposed, by vectors of filters. One image's gradient is written to a thread's scratch,
and stays in the cache for the code that computes the gradients of input and parameters from it.
"""

cdef struct OutgoingGradient:
    const real* dy
    const real* y
    real slope  # of ReLU
    const index_t* argmax  # NULL where there is no pool
    Py_ssize_t images, filters, group_filters, lanes_filters
    Py_ssize_t rows, columns, size  # of one filter's outputs of the convolution
    Py_ssize_t pooled_rows, pooled_columns, pooled_size  # of one filter's part of y


cdef void transpose_outgoing(
    const void* owner, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places, real* scratch,
    real* transposed,
) noexcept nogil:
    """Compute the gradient of some filters' outputs of one image, transposed, as a `TransposeGradient`.

    That at position p of the convolution's outputs is written to transposed[places[p]], a number for each filter.
    """
    cdef const OutgoingGradient* c = <const OutgoingGradient*> owner
    if not unpool_transposed(c, image, first, filters, places, scratch, transposed):
        write_gradient(c, image, first, filters, c.columns, c.size, scratch)
        transpose_to(scratch, c.size, filters, c.size, places, transposed)


cdef Py_ssize_t outgoing_scratch(const OutgoingGradient* c) noexcept nogil:
    """Return how many numbers of scratch memory `transpose_outgoing` needs."""
    cdef Py_ssize_t by_winners = c.pooled_size * (c.group_filters + 2 * c.lanes_filters + 4)
    return max(by_winners, c.group_filters * c.size + spill(c.columns))


cdef bint unpool_transposed(
    const OutgoingGradient* c, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places,
    real* scratch, real* transposed,
) noexcept nogil:
    """Compute the gradient of some filters' outputs behind a 2 by 2 pool, transposed, a vector of filters at a time.

    Window (p, q) of the pool must be the outputs in rows 2 p, 2 p + 1 and columns 2 q, 2 q + 1: each of the four gets
    the gradient if it is the winner, else 0. Returns False if a winner lies elsewhere; ``transposed`` is then garbage.
    """
    cdef Py_ssize_t begin = (image * c.filters + first) * c.pooled_size, lanes = round_up(filters), lane = 0
    cdef Py_ssize_t height = c.rows, width = c.columns, here, p, q
    cdef Py_ssize_t* pooled_places = <Py_ssize_t*> scratch
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
    leaky_relu(c.dy + begin, c.y + begin, c.slope, filters * c.pooled_size, masked)
    transpose_to(masked, c.pooled_size, filters, c.pooled_size, pooled_places, gradient)
    transpose_to(
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
                store(transposed + places[here] + lane, bits_of_both(above, value))
                store(transposed + places[here + 1] + lane, bits_of_both(above_right, value))
                store(transposed + places[here + width] + lane, bits_of_both(below, value))
                store(transposed + places[here + width + 1] + lane, bits_of_both(below_right, value))
                inside = bits_of_both(inside, bits_of_any(above, above_right, below, below_right))
        for p in range(height):
            for q in range(2 * c.pooled_columns if p < 2 * c.pooled_rows else 0, width):
                store(transposed + places[p * width + q] + lane, broadcast(0))
        store(lane_bits, inside)
        for p in range(min(<Py_ssize_t> LANES, filters - lane)):
            if (<index_t*> lane_bits)[p] == 0:
                return False
        lane += LANES
    return True


cdef void write_gradient(
    const OutgoingGradient* c, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, Py_ssize_t pitch,
    Py_ssize_t plane, real* gradient,
) noexcept nogil:
    """Compute the gradient of some filters' outputs of one image, in rows that are ``pitch`` numbers apart.

    Filters are ``plane`` numbers apart. The gaps between rows and planes must be 0 before, and are 0 afterwards. Up to
    spill(pitch) numbers behind the last plane are overwritten.
    """
    cdef Py_ssize_t begin = (image * c.filters + first) * c.pooled_size, f, p, k, place
    cdef Py_ssize_t rows = c.rows, columns = c.columns
    cdef real value
    cdef const real* dy = c.dy + begin
    cdef const real* y = c.y + begin
    cdef const index_t* argmax = c.argmax + begin if c.argmax else NULL
    if pitch == columns:  # rows follow without a gap: treat them as one
        rows, columns = 1, c.size
    for f in range(filters):
        if argmax == NULL:
            for p in range(rows):
                leaky_relu(dy + p * columns, y + p * columns, c.slope, columns, gradient + p * pitch)
        elif not unpool_cells(c, begin + f * c.pooled_size, pitch, plane, gradient):
            memset(gradient, 0, plane * sizeof(real))
            # There is no branch on the sign, which the processor could not predict. A place of -1, which marks a window
            # that contains padding only, adds 0.
            for k in range(c.pooled_size):
                place, value = max(argmax[k], 0), leaky_relu_number(dy[k], y[k], c.slope)
                gradient[place + place // columns * (pitch - columns)] += value if argmax[k] >= 0 else 0
        dy, y, gradient = dy + c.pooled_size, y + c.pooled_size, gradient + plane
        argmax = argmax + c.pooled_size if argmax else NULL


cdef inline Py_ssize_t spill(Py_ssize_t pitch) noexcept nogil:
    """Return how many numbers of scratch must follow the last filter's plane, since `write_gradient` overwrites them.

    It writes whole vectors, which may end behind the end of a row.
    """
    return pitch + 2 * LANES


cdef bint unpool_cells(
    const OutgoingGradient* c, Py_ssize_t first, Py_ssize_t pitch, Py_ssize_t plane, real* gradient
) noexcept nogil:
    """Compute the gradient of one filter's outputs behind a 2 by 2 pool with stride 2; y[first] is its first maximum.

    Returns False if a winner lies outside its 2 by 2 window; the plane then holds garbage. Each row is written from its
    last vector to its first, so that numbers that were written behind the row's end are overwritten by the next row.
    """
    cdef Py_ssize_t columns = c.pooled_columns, width = c.columns, p, q, k, i
    cdef Py_ssize_t outputs = c.images * c.filters * c.pooled_size - first
    cdef Py_ssize_t last = (columns - 1) // LANES * LANES
    cdef const real* dy = c.dy + first
    cdef const real* y = c.y + first
    cdef const index_t* argmax = c.argmax + first
    cdef real[LANES] last_dy, last_y
    cdef index_t[LANES] last_argmax
    cdef vec missing = broadcast(0)
    cdef real* above = gradient
    if 2 * c.pooled_rows > c.rows or 2 * columns > width:
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
            else:  # a whole vector would read behind the end of the arrays
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
    """Write the gradients of a vector of 2 by 2 windows to two rows: dy (through ReLU) for each winner, 0 for others.

    Only the first ``cells`` windows count. Lanes of ``missing`` are set where a winner is outside its window.
    """
    cdef vec start = every_other_index(0), inside = where_index_below(start, 2 * cells), value, winner
    cdef vec above, above_right, below, below_right
    value = bits_of_both(inside, leaky_relu_vector(load(dy), load(y), slope))
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
