# Needs: team, vector, arguments, tasks, window
"""Max pooling, forward and backward.

Loop order: plane, output row, vector of outputs, cell of the window. The best pixels so far and their places stay in
registers while the window's cells pass; the last vector of a row is shifted back over outputs that were already done,
which changes none of them. The compiler, left to find such vectors itself, took up to twenty times as long.
The common 2 by 2 window with stride 2 takes its pixels from whole vectors. Backward, each plane of dx is zeroed and
then added to in the cache.
"""

cdef struct Pool:
    Geometry window
    const real* x
    real* y
    index_t* argmax
    Py_ssize_t planes, planes_a_task, height, width, rows, columns
    Py_ssize_t pitch  # from one row of x to the next, where argmax counts in rows of ``width``
    bint two_by_two


cdef inline inlined_void contend(vec pixel, vec here, vec* best, vec* where) noexcept nogil:
    """Let pixels larger than the best so far, or the first NaN, take its place, and ``here`` that of ``where``."""
    cdef vec keep = bits_of_either(where_at_most(pixel, best[0]), where_nan(best[0]))
    best[0], where[0] = choose(keep, best[0], pixel), choose(keep, where[0], here)


cdef index_t first_met_pixel(const Pool* pool, Py_ssize_t p, Py_ssize_t q) noexcept nogil:
    """Return the place of the first pixel that window (p, q) meets, or -1 where it lies in the padding altogether."""
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
    """Return the pixels w, w + stride, ... of a row, -inf for those that lie outside it: they win over nothing."""
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
    """Pool windows q to q + count - 1 of a row, at most a vector of them."""
    cdef const Geometry* g = &pool.window
    cdef Py_ssize_t i, j, k, h, w
    cdef real scratch[LANES]
    cdef index_t places[LANES]
    cdef vec best = broadcast(-INFINITY), where = every_bit(), steps  # all bits: -1, no place
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
        # Where all pixels are -inf, none has won: the first one stands for them.
        argmax[k] = places[k] if places[k] >= 0 else first_met_pixel(pool, p, q + k)


cdef void pool_row(const Pool* pool, const real* x, Py_ssize_t p, real* y, index_t* argmax) noexcept nogil:
    cdef Py_ssize_t q = 0, count = min(<Py_ssize_t> LANES, pool.columns)
    while q < pool.columns:
        q = min(q, pool.columns - count)
        pool_run(pool, x, p, q, count, y + q, argmax + q)
        q += count


cdef inline inlined_void pool_cells(
    const real* above, const real* below, index_t here, index_t width, real* y, index_t* argmax
) noexcept nogil:
    """Pool a vector of windows of 2 by 2 pixels that lie side by side."""
    cdef vec start = every_other_index(here), where = start, best = even_lanes(load(above), load(above + LANES))
    contend(odd_lanes(load(above), load(above + LANES)), index_plus(start, 1), &best, &where)
    contend(even_lanes(load(below), load(below + LANES)), index_plus(start, width), &best, &where)
    contend(odd_lanes(load(below), load(below + LANES)), index_plus(start, width + 1), &best, &where)
    store(y, best)
    store_indices(argmax, where)


cdef void pool_two_by_two(const Pool* pool, const real* x, real* y, index_t* argmax, Py_ssize_t behind) noexcept nogil:
    """Pool a plane; ``behind`` is how many outputs of this task stand behind its own.

    Where a row has outputs behind it, its last vector reads and writes beyond its end: what is written there is written
    anew by the row that follows.
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
    cdef Pool* pool = <Pool*> arguments
    cdef Py_ssize_t first = index * pool.planes_a_task, stride = pool.height * pool.pitch
    pool_each(pool, pool.x + first * stride, stride, first, min(pool.planes_a_task, pool.planes - first))


cdef void pool_each(
    const Pool* pool, const real* x, Py_ssize_t stride, Py_ssize_t first, Py_ssize_t count
) noexcept nogil:
    """Pool planes that stand ``stride`` numbers apart to the places of the planes from ``first`` on."""
    cdef Py_ssize_t i, out, size = pool.rows * pool.columns
    for i in range(count):
        out = (first + i) * size
        pool_plane(pool, x + i * stride, pool.y + out, pool.argmax + out, (count - 1 - i) * size)


cdef void pool_plane(const Pool* pool, const real* x, real* y, index_t* argmax, Py_ssize_t behind) noexcept nogil:
    """Pool one plane; ``behind`` is how many outputs of this task stand behind its own."""
    cdef Py_ssize_t p
    if pool.two_by_two:
        pool_two_by_two(pool, x, y, argmax, behind)
    else:
        for p in range(pool.rows):
            pool_row(pool, x, p, y + p * pool.columns, argmax + p * pool.columns)


cdef index_t* places_of(object argmax, bint writable) except? NULL:
    """Return the address of an array (N, C, P, Q) of the places that won."""
    cdef Py_ssize_t[4] shape
    return <index_t*> address_of(argmax, 4, writable, INTEGERS, sizeof(index_t), shape)


cdef object check_places(const index_t* places, Py_ssize_t count, Py_ssize_t size):
    """Raise ValueError where a place is no pixel of an image of ``size``, nor -1, that of a window without a pixel."""
    cdef Py_ssize_t k
    cdef bint wrong = False
    for k in range(count):  # no branch, so that it becomes vectors
        wrong |= <unsigned int> places[k] + <unsigned int> 1 > <unsigned int> size
    for k in range(count if wrong else 0):
        if not -1 <= places[k] < size:
            raise ValueError(f"argmax must be places from 0 to {size - 1}, got {places[k]}")


cdef Pool read_pool(object window, Py_ssize_t height, Py_ssize_t width, object y, object argmax) except *:
    """Describe the pooling of planes whose rows follow each other without a gap."""
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
            # A window that lies in the padding altogether has no pixel to give its gradient to.
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
