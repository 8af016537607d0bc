"""Max pooling, forward and backward.

Loop order: plane, output row, cell of the window, output pixel. The innermost loop runs along a row, so that the compiler
turns it into vector compares and selects; the rows of y and argmax that it updates stay in the first-level cache
while the window's cells pass. The common 2 by 2 window with stride 2 has a loop of its own that holds all four
pixels in registers. Backward, each plane of dx is zeroed and then added to, which keeps it in the cache.
"""

ctypedef int index_t

cdef struct Pool:
    Geometry window
    const real* x
    real* y
    index_t* argmax
    Py_ssize_t planes, planes_a_task, height, width, rows, columns
    bint two_by_two


cdef inline bint wins(real pixel, real best) noexcept nogil:
    """Return whether pixel is larger, or the first NaN."""
    return (not pixel <= best) & (best == best)


cdef inline inlined_void pool_cell(
    const real* x, real* y, index_t* argmax, index_t here, Py_ssize_t count, const Py_ssize_t STRIDE
) noexcept nogil:
    """Let the pixels x[0], x[STRIDE], ... contend with the best so far."""
    cdef Py_ssize_t q
    cdef real pixel
    cdef bint win
    for q in range(count):
        pixel = x[q * STRIDE]
        win = wins(pixel, y[q])
        y[q] = pixel if win else y[q]
        argmax[q] = here + <index_t> (q * STRIDE) if win else argmax[q]


cdef void pool_row(const Pool* pool, const real* x, Py_ssize_t p, real* y, index_t* argmax) noexcept nogil:
    cdef const Geometry* g = &pool.window
    cdef Py_ssize_t i, j, q, h, w, first, last, first_h = -1
    for i in range(g.size_h):
        h = p * g.stride_h + i * g.dilation_h - g.top
        if 0 <= h < pool.height:
            first_h = h
            break
    # Where all real pixels are -inf, none of them wins over the start: it must already name the first.
    for q in range(pool.columns):
        y[q] = -INFINITY
        argmax[q] = -1
        for j in range(g.size_w):
            w = q * g.stride_w + j * g.dilation_w - g.left
            if 0 <= w < pool.width and first_h >= 0:
                argmax[q] = <index_t> (first_h * pool.width + w)
                break
    for i in range(g.size_h):
        h = p * g.stride_h + i * g.dilation_h - g.top
        if not 0 <= h < pool.height:
            continue
        for j in range(g.size_w):
            w = j * g.dilation_w - g.left
            # The outputs first to last - 1 meet a real pixel here.
            first = 0 if w >= 0 else (-w + g.stride_w - 1) // g.stride_w
            last = min(pool.columns, (pool.width - 1 - w) // g.stride_w + 1) if w < pool.width else 0
            if first >= last:
                continue
            w += first * g.stride_w
            if g.stride_w == 1:
                pool_cell(x + h * pool.width + w, y + first, argmax + first, <index_t> (h * pool.width + w), last - first, 1)
            elif g.stride_w == 2:
                pool_cell(x + h * pool.width + w, y + first, argmax + first, <index_t> (h * pool.width + w), last - first, 2)
            else:
                pool_cell(
                    x + h * pool.width + w, y + first, argmax + first, <index_t> (h * pool.width + w), last - first, g.stride_w
                )


cdef void pool_two_by_two(
    const real* above, const real* below, Py_ssize_t count, index_t here, index_t width, real* y, index_t* argmax
) noexcept nogil:
    cdef Py_ssize_t q
    cdef real best, pixel
    cdef index_t where, start
    cdef bint win
    for q in range(count):
        start = here + <index_t> (2 * q)
        best, where = above[2 * q], start
        pixel = above[2 * q + 1]
        win = wins(pixel, best)
        best, where = pixel if win else best, start + 1 if win else where
        pixel = below[2 * q]
        win = wins(pixel, best)
        best, where = pixel if win else best, start + width if win else where
        pixel = below[2 * q + 1]
        win = wins(pixel, best)
        y[q] = pixel if win else best
        argmax[q] = start + width + 1 if win else where


cdef void pool_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Pool* pool = <Pool*> arguments
    cdef Py_ssize_t plane, p, out
    cdef const real* x
    for plane in range(index * pool.planes_a_task, min((index + 1) * pool.planes_a_task, pool.planes)):
        x = pool.x + plane * pool.height * pool.width
        for p in range(pool.rows):
            out = (plane * pool.rows + p) * pool.columns
            if pool.two_by_two:
                pool_two_by_two(
                    x + 2 * p * pool.width, x + (2 * p + 1) * pool.width, pool.columns, <index_t> (2 * p * pool.width),
                    <index_t> pool.width, pool.y + out, pool.argmax + out,
                )
            else:
                pool_row(pool, x, p, pool.y + out, pool.argmax + out)


def maxpool2d_forward(
    const real[:, :, :, ::1] x, window, *, real[:, :, :, ::1] y, index_t[:, :, :, ::1] argmax
):
    cdef Pool pool
    cdef Py_ssize_t tasks
    if x.shape[0] == 0:
        return
    pool.window = read_window(window)
    pool.two_by_two = window == ((2, 2), (2, 2), (0, 0, 0, 0), (1, 1))
    pool.x, pool.y, pool.argmax = &x[0, 0, 0, 0], &y[0, 0, 0, 0], &argmax[0, 0, 0, 0]
    pool.height, pool.width, pool.rows, pool.columns = x.shape[2], x.shape[3], y.shape[2], y.shape[3]
    pool.planes, pool.planes_a_task = x.shape[0] * x.shape[1], planes_for_task(pool.height * pool.width)
    tasks = (pool.planes + pool.planes_a_task - 1) // pool.planes_a_task
    with nogil:
        run(pool_planes, &pool, tasks, share(tasks, pool.planes * pool.height * pool.width * 8))


cdef struct Unpool:
    const real* dy
    const index_t* argmax
    real* dx
    Py_ssize_t planes, planes_a_task, size, out_size


cdef void unpool_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Unpool* pool = <Unpool*> arguments
    cdef Py_ssize_t plane, k, first
    cdef const real* dy
    cdef const index_t* argmax
    cdef real* dx
    for plane in range(index * pool.planes_a_task, min((index + 1) * pool.planes_a_task, pool.planes)):
        dy, argmax, dx = pool.dy + plane * pool.out_size, pool.argmax + plane * pool.out_size, pool.dx + plane * pool.size
        memset(dx, 0, pool.size * sizeof(real))
        for k in range(pool.out_size):
            # A window that lies in the padding altogether has no pixel to give its gradient to.
            if argmax[k] >= 0:
                dx[argmax[k]] += dy[k]


def maxpool2d_backward(
    const real[:, :, :, ::1] dy, const index_t[:, :, :, ::1] argmax, *, real[:, :, :, ::1] dx
):
    cdef Unpool pool
    cdef Py_ssize_t tasks
    if dx.shape[0] == 0:
        return
    pool.dy, pool.argmax, pool.dx = &dy[0, 0, 0, 0], &argmax[0, 0, 0, 0], &dx[0, 0, 0, 0]
    pool.size, pool.out_size = dx.shape[2] * dx.shape[3], dy.shape[2] * dy.shape[3]
    pool.planes, pool.planes_a_task = dx.shape[0] * dx.shape[1], planes_for_task(pool.size)
    tasks = (pool.planes + pool.planes_a_task - 1) // pool.planes_a_task
    with nogil:
        run(unpool_planes, &pool, tasks, share(tasks, pool.planes * pool.size * 8))
