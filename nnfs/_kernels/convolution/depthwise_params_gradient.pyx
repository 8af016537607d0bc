# Needs: team, vector, arguments, window, depthwise_strips
"""The gradients of a depthwise convolution's weights and bias.

    dweight[f, 0, i, j] += sum over n, p, q of dy[n, f, p, q] * x[n, c, h, w]

Loop order: one of up to `PARTS` parts of all planes (a task), `LANES` planes, strip of rows, row, up to nine cells of
the kernel, column. A plane is a channel of an image. Planes are transposed, so that they become the lanes of vectors
and no sum across lanes is needed. Nine vectors of sums stay in registers while a row passes. The sums of rows are added
up within a strip, those of strips in float64, and those of parts in their order. The number of parts does not depend on
the number of threads, and so the result has the same bits for any number.
"""

cdef enum:
    PARTS = 8
    MOST_CELLS = 9

cdef struct DepthwiseGradient:
    Depthwise forward
    const real* dy
    const real* y  # output of a ReLU behind the convolution, whose gradient is dy; NULL for none
    real slope  # of that ReLU
    Py_ssize_t strips, parts  # how many of them all planes make
    Py_ssize_t* places  # where each element of a strip of dy is written when transposed
    Py_ssize_t part_stride
    double* totals  # (parts, multiplier, cells and the bias, wide)


cdef inline inlined_void sum_cells(
    const Depthwise* d, const real* pixels, const real* gradient, Py_ssize_t first, real* sums, const Py_ssize_t COUNT
) noexcept nogil:
    """Add the products of one row of outputs to the sums of ``COUNT`` cells of the kernel, from ``first`` on."""
    cdef vec[MOST_CELLS] totals
    cdef Py_ssize_t[MOST_CELLS] offsets
    cdef vec one
    cdef Py_ssize_t step = d.column.source_step * LANES, q, i
    for i in range(COUNT):
        offsets[i], totals[i] = d.offsets[first + i], broadcast(0)
    for q in range(d.column.targets):
        one = load(gradient + q * LANES)
        for i in range(COUNT):
            totals[i] += one * load(pixels + offsets[i] + q * step)
    for i in range(COUNT):
        store(sums + (first + i) * LANES, load(sums + (first + i) * LANES) + totals[i])


cdef void sum_cells_of_row(
    const Depthwise* d, const real* pixels, const real* gradient, real* sums
) noexcept nogil:
    """Add the products of one row of outputs to the sums of all cells of the kernel, and the row to the bias's sum."""
    cdef Py_ssize_t first = 0, q
    cdef vec total = broadcast(0)
    while d.cells - first >= MOST_CELLS:
        sum_cells(d, pixels, gradient, first, sums, MOST_CELLS)
        first += MOST_CELLS
    while d.cells - first >= 3:
        sum_cells(d, pixels, gradient, first, sums, 3)
        first += 3
    while d.cells > first:
        sum_cells(d, pixels, gradient, first, sums, 1)
        first += 1
    for q in range(d.column.targets):
        total += load(gradient + q * LANES)
    store(sums + d.cells * LANES, load(sums + d.cells * LANES) + total)


cdef void add_strip(const DepthwiseGradient* c, Py_ssize_t index, Py_ssize_t thread, double* totals) noexcept nogil:
    """Add the gradients of weights and bias that the strip ``index`` gives to ``totals``."""
    cdef const Depthwise* d = &c.forward
    cdef Strip s = strip_at(d, index)
    cdef Py_ssize_t columns = d.column.targets, size = d.row.targets * columns, start, j, p, k, lane
    cdef real* transposed = d.scratch + thread * d.thread_stride
    cdef real* gradient = transposed + d.source_size
    cdef real* sums = gradient + d.target_size
    cdef real* scratch = sums + (d.cells + 1) * LANES
    cdef const real* y = c.y
    transpose_strip(d, &s, s.plane, 1, thread, transposed)
    for j in range(d.multiplier):
        start = (s.plane * d.multiplier + j) * size + s.start
        if c.y != NULL:
            y = c.y + start
        transpose_planes(
            c.dy + start, y, c.slope, d.multiplier * size, s.lanes, s.positions, c.places, scratch, gradient
        )
        memset(sums, 0, (d.cells + 1) * LANES * sizeof(real))
        for p in range(s.rows):
            sum_cells_of_row(
                d, transposed + p * d.row.source_step * d.pitch * LANES, gradient + p * columns * LANES, sums
            )
        for k in range(d.cells + 1):
            for lane in range(s.lanes):
                totals[s.plane % d.channels + lane] += sums[k * LANES + lane]
            totals += d.wide


cdef void add_part(void* arguments, Py_ssize_t part, Py_ssize_t thread) noexcept nogil:
    """Sum the gradients of weights and bias over the strips of one part, which is a task."""
    cdef const DepthwiseGradient* c = <const DepthwiseGradient*> arguments
    cdef double* totals = c.totals + part * c.part_stride
    cdef Py_ssize_t index
    memset(totals, 0, c.part_stride * sizeof(double))
    for index in range(part * c.strips // c.parts, (part + 1) * c.strips // c.parts):
        add_strip(c, index, thread, totals)


cdef void add_parts(const DepthwiseGradient* c, real* dweight, real* dbias) noexcept nogil:
    """Add up the totals of all parts, in their order, and add them to dweight and dbias."""
    cdef const Depthwise* d = &c.forward
    cdef double* totals = c.totals
    cdef Py_ssize_t part, i, j, k, channel, filter
    for part in range(1, c.parts):
        for i in range(c.part_stride):
            totals[i] += totals[part * c.part_stride + i]
    for j in range(d.multiplier):
        for k in range(d.cells + 1):
            for channel in range(d.channels, d.wide):
                totals[channel % d.channels] += totals[channel]
            for channel in range(d.channels):
                filter = channel * d.multiplier + j
                if k < d.cells:
                    dweight[filter * d.cells + k] += <real> totals[channel]
                elif dbias != NULL:
                    dbias[filter] += <real> totals[channel]
            totals += d.wide


cdef int depthwise_backward_params(
    Array x, Array dy, const real* y, real slope, const Geometry* g, Array dweight, Array dbias
) except -1 nogil:
    """Add the gradients of a depthwise convolution's weights and bias to dweight and dbias.

    If a ReLU is behind the convolution, dy is the gradient of its output ``y``; else ``y`` is NULL.
    """
    cdef DepthwiseGradient c
    cdef Depthwise* d = &c.forward
    cdef Py_ssize_t threads, i, positions
    cdef Py_ssize_t* table
    memset(&c, 0, sizeof(DepthwiseGradient))
    lay_forward(d, g, x, dy)
    positions = d.strip * d.column.targets
    c.dy, c.y, c.slope = dy.data, y, slope
    c.strips = (d.planes + LANES - 1) // LANES * d.strips
    c.parts = min(<Py_ssize_t> PARTS, c.strips)
    c.part_stride = d.multiplier * (d.cells + 1) * d.wide
    d.thread_stride += (d.cells + 1) * LANES + (d.target_size if y != NULL else 0)
    threads = thread_count(c.parts, d.planes * d.multiplier * d.cells * d.row.targets * d.column.targets)
    table = prepare_depthwise(d, g, positions, c.parts * c.part_stride * (sizeof(double) // sizeof(real)), threads)
    c.places, c.totals = table, <double*> (d.scratch + threads * d.thread_stride)
    try:
        for i in range(positions):
            c.places[i] = i * LANES
        run(add_part, &c, c.parts, threads)
        add_parts(&c, dweight.data, dbias.data)
    finally:
        free(table)
    return 0
