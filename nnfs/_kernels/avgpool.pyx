# Needs: team, vector, arguments, tasks, window
"""Average pooling, forward and backward.

Loop order: plane (a channel of an image), output row, cell of the window, output pixel. A row of sums stays in the
first-level cache while all cells of the window add to it. A stride of 1 or 2 is a constant to the compiler, which makes
vectors of the innermost loop. Backward, a row of dy is divided by the windows' sizes once, in scratch memory of the
thread, and then added to dx cell by cell.
"""

cdef struct Average:
    Geometry window
    real cells  # how many the window has, those outside the image included
    const real* source
    real* target
    real* scratch  # backward: a row of dy for each thread
    Py_ssize_t planes, planes_a_task, height, width, rows, columns
    bint count_include_pad


cdef inline Py_ssize_t real_cells(Py_ssize_t start, Py_ssize_t size, Py_ssize_t length) noexcept nogil:
    """Return how many of the ``size`` cells start, start + 1, ... of a window lie on an image of ``length`` pixels."""
    return min(start + size, length) - max(start, 0)


cdef void divide_row(const Average* a, Py_ssize_t p, const real* source, real* target) noexcept nogil:
    """Write target[q] = source[q] / count for output row p, where count is the number of pixels of window (p, q)."""
    cdef const Geometry* g = &a.window
    cdef Py_ssize_t q, rows
    cdef real count = a.cells
    if a.count_include_pad:
        for q in range(a.columns):
            target[q] = source[q] / count
        return
    rows = real_cells(p * g.stride_h - g.top, g.size_h, a.height)
    for q in range(a.columns):
        count = rows * real_cells(q * g.stride_w - g.left, g.size_w, a.width)
        target[q] = source[q] / count


cdef inline inlined_void add_pixels(
    real_row target, const Py_ssize_t TARGET_STEP, pixel_row source, const Py_ssize_t SOURCE_STEP, Py_ssize_t count
) noexcept nogil:
    """Write target[q * TARGET_STEP] += source[q * SOURCE_STEP] for ``count`` values of q."""
    cdef Py_ssize_t q
    for q in range(count):
        target[q * TARGET_STEP] += source[q * SOURCE_STEP]


cdef inline inlined_void add_cell(
    real* row, real* pixels, Py_ssize_t count, const Py_ssize_t STRIDE, const bint BACKWARD
) noexcept nogil:
    """Add the pixels under one cell of the window to a row of sums or, if ``BACKWARD``, the row to the pixels."""
    if BACKWARD:
        add_pixels(pixels, STRIDE, row, 1, count)
    else:
        add_pixels(row, 1, pixels, STRIDE, count)


cdef inline inlined_void add_cells(
    const Average* a, Py_ssize_t p, real* row, real* plane, const bint BACKWARD
) noexcept nogil:
    """Add to each row[q] the pixels of window (p, q) or, if ``BACKWARD``, add row[q] to each of these pixels."""
    cdef const Geometry* g = &a.window
    cdef Py_ssize_t i, j, h, w, first, last
    cdef real* pixels
    for i in range(g.size_h):
        h = p * g.stride_h + i - g.top
        if not 0 <= h < a.height:
            continue
        for j in range(g.size_w):
            w = j - g.left
            # In the windows of outputs first to last - 1, this cell lies on a pixel of the image.
            first = 0 if w >= 0 else (-w + g.stride_w - 1) // g.stride_w
            last = min(a.columns, (a.width - 1 - w) // g.stride_w + 1) if w < a.width else 0
            if first >= last:
                continue
            pixels = plane + h * a.width + w + first * g.stride_w
            if g.stride_w == 1:
                add_cell(row + first, pixels, last - first, 1, BACKWARD)
            elif g.stride_w == 2:
                add_cell(row + first, pixels, last - first, 2, BACKWARD)
            else:
                add_cell(row + first, pixels, last - first, g.stride_w, BACKWARD)


cdef void average_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute y for the planes of task ``index``."""
    cdef Average* a = <Average*> arguments
    cdef Py_ssize_t plane, p
    cdef real* row
    for plane in range(index * a.planes_a_task, min((index + 1) * a.planes_a_task, a.planes)):
        for p in range(a.rows):
            row = a.target + (plane * a.rows + p) * a.columns
            memset(row, 0, a.columns * sizeof(real))
            add_cells(a, p, row, <real*> a.source + plane * a.height * a.width, False)
            divide_row(a, p, row, row)


cdef void scatter_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute dx for the planes of task ``index``: each output shares its gradient among the pixels of its window."""
    cdef Average* a = <Average*> arguments
    cdef Py_ssize_t plane, p
    cdef real* row = a.scratch + thread * round_up(a.columns)
    cdef real* dx
    for plane in range(index * a.planes_a_task, min((index + 1) * a.planes_a_task, a.planes)):
        dx = a.target + plane * a.height * a.width
        memset(dx, 0, a.height * a.width * sizeof(real))
        for p in range(a.rows):
            divide_row(a, p, a.source + (plane * a.rows + p) * a.columns, row)
            add_cells(a, p, row, dx, True)


cdef Average plan_average(const Array* image, object window, bint count_include_pad, const Array* pooled):
    """Return a struct with the window and the sizes filled; the caller fills source and target."""
    cdef Average a
    memset(&a, 0, sizeof(a))
    a.window, a.count_include_pad = read_window(window), count_include_pad
    a.height, a.width, a.rows, a.columns = image.shape[2], image.shape[3], pooled.shape[2], pooled.shape[3]
    a.planes, a.planes_a_task = image.shape[0] * image.shape[1], planes_for_task(a.height * a.width)
    a.cells = a.window.size_h * a.window.size_w
    crop_window(&a.window, a.height, a.width, a.rows, a.columns)
    return a


def avgpool2d_forward(x, window, bint count_include_pad, *, y):
    cdef Array image = input_of(x, 4), pooled = output_of(y, 4)
    cdef Average a
    cdef Py_ssize_t tasks
    if image.shape[0] == 0:
        return
    a = plan_average(&image, window, count_include_pad, &pooled)
    a.source, a.target = image.data, pooled.data
    tasks = (a.planes + a.planes_a_task - 1) // a.planes_a_task
    with nogil:
        run(average_planes, &a, tasks, thread_count(tasks, a.planes * a.height * a.width * 8))


def avgpool2d_backward(dy, window, bint count_include_pad, *, dx):
    cdef Array pooled = input_of(dy, 4), image = output_of(dx, 4)
    cdef Average a
    cdef Py_ssize_t tasks, threads
    if image.shape[0] == 0:
        return
    a = plan_average(&image, window, count_include_pad, &pooled)
    a.source, a.target = pooled.data, image.data
    tasks = (a.planes + a.planes_a_task - 1) // a.planes_a_task
    threads = thread_count(tasks, a.planes * a.height * a.width * 8)
    a.scratch = <real*> zeroed_scratch(threads * round_up(a.columns) * sizeof(real))
    try:
        with nogil:
            run(scatter_planes, &a, tasks, threads)
    finally:
        free(a.scratch)
