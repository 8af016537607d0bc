# Needs: team, vector, strides, arguments, tasks, window
"""Max pooling, forward and backward.

Loop order: plane (a channel of an image), output row, vector of outputs, cell of the window. The largest pixels so far
and their places stay in registers for all cells of the window. The last vector of a row may overlap the one before it,
and then computes some outputs twice. Without explicit vectors the loop took up to twenty times as long. The common 2 by
2 window with stride 2 reads whole vectors of pixels. Backward, each plane of dx is filled with zeros, and dy added to
it while it is in the cache.
"""

cdef struct Pool:
    Geometry window
    const real* x
    real* y
    index_t* argmax
    Py_ssize_t planes, planes_a_task, height, width, rows, columns
    Py_ssize_t pitch  # from one row of x to the next in memory; argmax counts in rows of ``width``
    bint two_by_two


cdef inline inlined_void contend(vec pixel, vec here, vec* best, vec* where) noexcept nogil:
    """Replace best by pixel, and where by here, in the lanes where pixel is larger than best, or is the first NaN."""
    cdef vec keep = bits_of_either(where_at_most(pixel, best[0]), where_nan(best[0]))
    best[0], where[0] = choose(keep, best[0], pixel), choose(keep, where[0], here)


cdef index_t first_met_pixel(const Pool* pool, Py_ssize_t p, Py_ssize_t q) noexcept nogil:
    """Return the place of the first pixel in window (p, q), or -1 if the window contains padding only."""
    cdef const Geometry* g = &pool.window
    cdef Py_ssize_t i, j, h, w
    for i in range(g.size_h):
        h = p * g.stride_h + i * g.dilation_h - g.top
        if 0 <= h < pool.height:
            for j in range(g.size_w):
                w = q * g.stride_w + j * g.dilation_w - g.left
                if 0 <= w < pool.width:
                    return <index_t> (h * pool.width + w)
    return -1


cdef inline vec load_pixels(
    const real* row, Py_ssize_t w, Py_ssize_t width, Py_ssize_t stride, Py_ssize_t count, real* scratch
) noexcept nogil:
    """Return ``count`` pixels of a row, at w, w + stride, ...; -infinity stands for those outside the row."""
    cdef Py_ssize_t k
    if w < 0 or w + (count - 1) * stride >= width:
        for k in range(count):
            scratch[k] = row[w + k * stride] if 0 <= w + k * stride < width else -INFINITY
    elif stride == 1 and count == LANES:
        return load(row + w)
    else:
        gather_row(scratch, row + w, count, stride)
    return load(scratch)


cdef void pool_run(
    const Pool* pool, const real* x, Py_ssize_t p, Py_ssize_t q, Py_ssize_t count, real* y, index_t* argmax
) noexcept nogil:
    """Compute the outputs q to q + count - 1 of output row p, and their places; count is at most `LANES`."""
    cdef const Geometry* g = &pool.window
    cdef Py_ssize_t i, j, k, h, w
    cdef real scratch[LANES]
    cdef index_t places[LANES]
    cdef vec best = broadcast(-INFINITY), where = every_bit(), steps  # all bits are 1: the place -1
    for k in range(LANES):
        scratch[k], places[k] = -INFINITY, <index_t> (k * g.stride_w)
    steps = load_indices(places)
    for i in range(g.size_h):
        h = p * g.stride_h + i * g.dilation_h - g.top
        if 0 <= h < pool.height:
            for j in range(g.size_w):
                w = q * g.stride_w + j * g.dilation_w - g.left
                contend(
                    load_pixels(x + h * pool.pitch, w, pool.width, g.stride_w, count, scratch),
                    index_plus(steps, h * pool.width + w), &best, &where,
                )
    if count == LANES and not any_bit(where_index_below(where, 0)):
        store(y, best)
        store_indices(argmax, where)
        return
    store(scratch, best)
    store_indices(places, where)
    for k in range(count):
        y[k] = scratch[k]
        # In a window whose pixels are all -infinity none has won: take the place of the first one.
        argmax[k] = places[k] if places[k] >= 0 else first_met_pixel(pool, p, q + k)


cdef void pool_row(const Pool* pool, const real* x, Py_ssize_t p, real* y, index_t* argmax) noexcept nogil:
    """Compute the outputs of row p of a plane, and their places, a vector at a time."""
    cdef Py_ssize_t q = 0, count = min(<Py_ssize_t> LANES, pool.columns)
    while q < pool.columns:
        q = min(q, pool.columns - count)
        pool_run(pool, x, p, q, count, y + q, argmax + q)
        q += count


cdef inline inlined_void pool_cells(
    const real* above, const real* below, index_t here, index_t width, real* y, index_t* argmax
) noexcept nogil:
    """Compute the maxima of `LANES` neighbouring windows of 2 by 2 pixels, and their places from ``here`` on."""
    cdef vec start = every_other_index(here), where = start, best = even_lanes(load(above), load(above + LANES))
    contend(odd_lanes(load(above), load(above + LANES)), index_plus(start, 1), &best, &where)
    contend(even_lanes(load(below), load(below + LANES)), index_plus(start, width), &best, &where)
    contend(odd_lanes(load(below), load(below + LANES)), index_plus(start, width + 1), &best, &where)
    store(y, best)
    store_indices(argmax, where)


cdef void pool_two_by_two(const Pool* pool, const real* x, real* y, index_t* argmax, Py_ssize_t behind) noexcept nogil:
    """Pool one plane by 2 by 2 windows with stride 2; ``behind`` outputs of later planes of this task follow in memory.

    A row that is followed by enough outputs is computed in whole vectors, which read and write behind its end; the next
    row overwrites what they write there.
    """
    cdef index_t width = <index_t> pool.width, here
    cdef Py_ssize_t columns = pool.columns, p, q, rest, i
    cdef const real* above
    cdef const real* below
    cdef real[4 * LANES] pixels
    cdef real[LANES] best
    cdef index_t[LANES] where
    behind += pool.rows * columns
    for p in range(pool.rows):
        here, above, below = <index_t> (2 * p * width), x + 2 * p * pool.pitch, x + (2 * p + 1) * pool.pitch
        q, behind = 0, behind - columns
        while q < columns and q + LANES <= columns + behind:
            pool_cells(above + 2 * q, below + 2 * q, here + <index_t> (2 * q), width, y + q, argmax + q)
            q += LANES
        rest = columns - q
        if rest > 0:
            copy_row(pixels, above + 2 * q, 2 * rest)
            copy_row(pixels + 2 * LANES, below + 2 * q, 2 * rest)
            pool_cells(pixels, pixels + 2 * LANES, here + <index_t> (2 * q), width, best, where)
            for i in range(rest):
                y[q + i], argmax[q + i] = best[i], where[i]
        y, argmax = y + columns, argmax + columns


cdef void pool_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Take the maximum of each window in the channels of images that are part ``index`` of the work."""
    cdef Pool* pool = <Pool*> arguments
    cdef Py_ssize_t first = index * pool.planes_a_task, stride = pool.height * pool.pitch
    pool_each(pool, pool.x + first * stride, stride, first, min(pool.planes_a_task, pool.planes - first))


cdef void pool_each(
    const Pool* pool, const real* x, Py_ssize_t stride, Py_ssize_t first, Py_ssize_t count
) noexcept nogil:
    """Pool ``count`` planes of x, ``stride`` numbers apart, into the planes of y and argmax from ``first`` on."""
    cdef Py_ssize_t i, out, size = pool.rows * pool.columns
    for i in range(count):
        out = (first + i) * size
        pool_plane(pool, x + i * stride, pool.y + out, pool.argmax + out, (count - 1 - i) * size)


cdef void pool_plane(const Pool* pool, const real* x, real* y, index_t* argmax, Py_ssize_t behind) noexcept nogil:
    """Pool one plane; ``behind`` outputs of later planes of this task follow its own in memory."""
    cdef Py_ssize_t p
    if pool.two_by_two:
        pool_two_by_two(pool, x, y, argmax, behind)
    else:
        for p in range(pool.rows):
            pool_row(pool, x, p, y + p * pool.columns, argmax + p * pool.columns)


cdef index_t* places_of(object argmax, bint writable) except? NULL:
    """Return the address of argmax, an array (N, C, P, Q) of 32-bit integers: the places of the largest pixels."""
    cdef Py_ssize_t[4] shape
    return <index_t*> address_of(argmax, 4, writable, INTEGERS, sizeof(index_t), shape)


cdef object check_places(const index_t* places, Py_ssize_t count, Py_ssize_t size):
    """Raise ValueError unless each place is from 0 to size - 1, or -1, which marks a window with padding only."""
    cdef Py_ssize_t k
    cdef bint wrong = False
    for k in range(count):  # without a branch, so that the compiler makes vectors of it
        wrong |= <unsigned int> places[k] + <unsigned int> 1 > <unsigned int> size
    for k in range(count if wrong else 0):
        if not -1 <= places[k] < size:
            raise ValueError(f"argmax must be places from 0 to {size - 1}, got {places[k]}")


cdef Pool read_pool(object window, Py_ssize_t height, Py_ssize_t width, object y, object argmax) except *:
    """Return a struct with the window, the outputs and the sizes of a pool, for rows without gaps between them."""
    cdef Array pooled = output_of(y, 4)
    cdef Pool pool
    pool.window = read_window(window)
    pool.two_by_two = window == ((2, 2), (2, 2), (0, 0, 0, 0), (1, 1))
    pool.x, pool.y, pool.argmax = NULL, pooled.data, places_of(argmax, True)
    pool.height, pool.width, pool.pitch = height, width, width
    pool.rows, pool.columns = pooled.shape[2], pooled.shape[3]
    crop_window(&pool.window, height, width, pool.rows, pool.columns)
    return pool


def maxpool2d_forward(x, window, *, y, argmax):
    cdef Array image = input_of(x, 4)
    cdef Pool pool = read_pool(window, image.shape[2], image.shape[3], y, argmax)
    cdef Py_ssize_t tasks
    if image.shape[0] == 0:
        return
    pool.x = image.data
    pool.planes, pool.planes_a_task = image.shape[0] * image.shape[1], planes_for_task(pool.height * pool.width)
    tasks = (pool.planes + pool.planes_a_task - 1) // pool.planes_a_task
    with nogil:
        run(pool_planes, &pool, tasks, thread_count(tasks, pool.planes * pool.height * pool.width * 8))


cdef struct Unpool:
    const real* dy
    const index_t* argmax
    real* dx
    Py_ssize_t planes, planes_a_task, size, out_size


cdef void unpool_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write dx for the planes of task ``index``: zeros, and dy added at the places argmax."""
    cdef Unpool* pool = <Unpool*> arguments
    cdef Py_ssize_t plane, k
    cdef const real* dy
    cdef const index_t* argmax
    cdef real* dx
    for plane in range(index * pool.planes_a_task, min((index + 1) * pool.planes_a_task, pool.planes)):
        dy, argmax = pool.dy + plane * pool.out_size, pool.argmax + plane * pool.out_size
        dx = pool.dx + plane * pool.size
        memset(dx, 0, pool.size * sizeof(real))
        for k in range(pool.out_size):
            # A place of -1 marks a window that contains padding only.
            if argmax[k] >= 0:
                dx[argmax[k]] += dy[k]


def maxpool2d_backward(dy, argmax, *, dx):
    cdef Array pooled = input_of(dy, 4), image = output_of(dx, 4)
    cdef Unpool pool
    cdef Py_ssize_t tasks
    pool.dy, pool.argmax, pool.dx = pooled.data, places_of(argmax, False), image.data
    if image.shape[0] == 0:
        return
    pool.size, pool.out_size = image.shape[2] * image.shape[3], pooled.shape[2] * pooled.shape[3]
    pool.planes, pool.planes_a_task = image.shape[0] * image.shape[1], planes_for_task(pool.size)
    check_places(pool.argmax, pool.planes * pool.out_size, pool.size)
    tasks = (pool.planes + pool.planes_a_task - 1) // pool.planes_a_task
    with nogil:
        run(unpool_planes, &pool, tasks, thread_count(tasks, pool.planes * pool.size * 8))
