"""Convolutions whose groups have one channel each, forward and backward: there is nothing to multiply matrices with.

    y[n, f, p, q] = bias[f] + sum over i, j of weight[f, 0, i, j] * x[n, c, h, w],   c = f // (F / C)

Loop order: forward, plane (an image's channel; some of them make a task), filter of the channel, output row, vector of
outputs, cell of the kernel: four vectors of sums stay in registers while the cells pass. Backward, a plane of dy is
laid out as one long row, with the distance between rows of the padded plane of x and zeros in the gaps and around it:
four vectors of dx stay in registers while the cells pass that meet them, and four cells at a time sum their gradients.
There a channel of all images is a task, whose sums are added in float64, image by image. All of it stays in the
first-level cache.
"""

cdef enum:
    CELLS = 4  # whose gradients are summed in one sweep
    MARGIN = 4 * LANES  # of zeros before and behind a long row of dy

cdef struct Depthwise:
    Planes planes  # of one channel
    const real* x
    const real* dy
    const real* y  # of ReLU, which dy passes on its way back; NULL where there is none
    real slope  # of ReLU; 1 where there is none
    const real* weight
    const real* bias
    real* out  # y, or dx, which may be NULL
    real* dweight
    real* dbias
    Py_ssize_t images, channels, multiplier, cells, rows, columns
    Py_ssize_t row_length  # of a plane of outputs laid out as one row, in whole blocks of four vectors
    Py_ssize_t planes_a_task
    Py_ssize_t* offsets  # of the cells in a padded plane
    Py_ssize_t plane_room, thread_room
    real* scratch


cdef inline bint is_depthwise(Py_ssize_t channels, Py_ssize_t group_channels) noexcept nogil:
    """Return whether each of several channels has filters of its own."""
    return group_channels == 1 and channels > 1


cdef object plan_depthwise(
    Depthwise* d, const real[:, :, :, ::1] image, const real[:, :, :, ::1] weight, const real[:, :, :, ::1] output,
    object window, Geometry* g,
):
    memset(d, 0, sizeof(Depthwise))
    g[0] = read_window(window)
    d.planes = plan_planes(g, 1, image.shape[2], image.shape[3])
    d.images, d.channels = image.shape[0], image.shape[1]
    d.multiplier, d.cells = weight.shape[0] // d.channels, g.size_h * g.size_w
    d.rows, d.columns = output.shape[2], output.shape[3]
    d.row_length = ((d.rows - 1) * d.planes.pitch + d.columns + 4 * LANES - 1) // (4 * LANES) * (4 * LANES)
    d.weight = &weight[0, 0, 0, 0]


cdef object run_depthwise(Depthwise* d, const Geometry* g, Task task, Py_ssize_t tasks):
    """Give each thread a padded plane, with room for what a long row meets beyond it, a long row, and sums."""
    cdef Py_ssize_t threads = share(tasks, d.images * d.channels * d.multiplier * d.cells * d.rows * d.columns)
    cdef Py_ssize_t* table
    d.plane_room = d.planes.size + 4 * LANES
    d.thread_room = d.plane_room + d.row_length + 2 * MARGIN + 2 * round_up(d.multiplier * (d.cells + 1))
    table = <Py_ssize_t*> new_scratch(d.cells * sizeof(Py_ssize_t) + 64 + threads * d.thread_room * sizeof(real))
    try:
        with nogil:
            fill_cells(&d.planes, g, 1, table)
            d.offsets, d.scratch = table, <real*> after_table(table, d.cells)
            run(task, d, tasks, threads)
    finally:
        free(table)


cdef object run_planes(Depthwise* d, const Geometry* g, Task task):
    d.planes_a_task = planes_for_task(d.planes.height * d.planes.width)
    run_depthwise(d, g, task, (d.images * d.channels + d.planes_a_task - 1) // d.planes_a_task)


cdef void convolve_row(const Depthwise* d, const real* padded, Py_ssize_t filter, real* row) noexcept nogil:
    cdef const real* weight = d.weight + filter * d.cells
    cdef vec[4] totals
    cdef vec start = broadcast(d.bias[filter] if d.bias != NULL else 0), w
    cdef const real* pixels
    cdef Py_ssize_t v = 0, k, i
    while v < d.row_length:
        for i in range(4):
            totals[i] = start
        for k in range(d.cells):
            w, pixels = broadcast(weight[k]), padded + d.offsets[k] + v
            for i in range(4):
                totals[i] += w * load(pixels + i * LANES)
        for i in range(4):
            store(row + v + i * LANES, totals[i])
        v += 4 * LANES


cdef void depthwise_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Depthwise* d = <Depthwise*> arguments
    cdef real* padded = d.scratch + thread * d.thread_room
    cdef real* row = padded + d.plane_room
    cdef real* y
    cdef Py_ssize_t plane, j, p, size = d.rows * d.columns
    for plane in range(index * d.planes_a_task, min((index + 1) * d.planes_a_task, d.images * d.channels)):
        fill_planes(&d.planes, d.x + plane * d.planes.height * d.planes.width, padded)
        for j in range(d.multiplier):
            convolve_row(d, padded, plane % d.channels * d.multiplier + j, row)
            y = d.out + (plane * d.multiplier + j) * size
            for p in range(d.rows):
                copy_row(y + p * d.columns, row + p * d.planes.pitch, d.columns)
            if d.slope != 1:
                leak(y, y, d.slope, size, y)


cdef void lay_out(const Depthwise* d, Py_ssize_t plane, real* row) noexcept nogil:
    """Write a plane of dy as one long row, whose gaps are 0 already."""
    cdef Py_ssize_t p, start
    for p in range(d.rows):
        start = (plane * d.rows + p) * d.columns
        if d.y == NULL:
            copy_row(row + p * d.planes.pitch, d.dy + start, d.columns)
        else:
            leak(d.dy + start, d.y + start, d.slope, d.columns, row + p * d.planes.pitch)


cdef void add_row_back(const Depthwise* d, const real* row, const real* weight, real* padded) noexcept nogil:
    cdef vec[4] totals
    cdef vec w
    cdef Py_ssize_t v = 0, place, k, i
    while v < d.planes.size:
        for i in range(4):
            totals[i] = load(padded + v + i * LANES)
        for k in range(d.cells):
            place = v - d.offsets[k]
            if -MARGIN < place and place < d.row_length:
                w = broadcast(weight[k])
                for i in range(4):
                    totals[i] += w * load(row + place + i * LANES)
        for i in range(4):
            store(padded + v + i * LANES, totals[i])
        v += 4 * LANES


cdef void spread_planes_back(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Depthwise* d = <Depthwise*> arguments
    cdef real* padded = d.scratch + thread * d.thread_room
    cdef real* row = padded + d.plane_room + MARGIN
    cdef Py_ssize_t plane, j
    for plane in range(index * d.planes_a_task, min((index + 1) * d.planes_a_task, d.images * d.channels)):
        memset(padded, 0, d.plane_room * sizeof(real))
        for j in range(d.multiplier):
            lay_out(d, plane * d.multiplier + j, row)
            add_row_back(d, row, d.weight + (plane % d.channels * d.multiplier + j) * d.cells, padded)
        cut_plane(&d.planes, padded, d.out + plane * d.planes.height * d.planes.width)


cdef void cut_plane(const Planes* planes, const real* padded, real* image) noexcept nogil:
    """Do the opposite of `fill_planes`, for one channel."""
    cdef const Geometry* g = &planes.window
    cdef Py_ssize_t h, first_h, first_w, columns
    cdef const real* source
    for first_h in range(min(g.stride_h, planes.height)):
        for first_w in range(min(g.stride_w, planes.width)):
            source = padded + cell_offset(planes, first_h + g.top, first_w + g.left)
            columns = count_steps(first_w, planes.width, g.stride_w)
            h = first_h
            while h < planes.height:
                scatter_row(image + h * planes.width + first_w, source, columns, g.stride_w)
                source += planes.pitch
                h += g.stride_h


cdef real sum_without_gaps(const Depthwise* d, const real* pixels, const real* row) noexcept nogil:
    cdef real total = 0
    cdef Py_ssize_t p, q
    for p in range(d.rows):
        for q in range(p * d.planes.pitch, p * d.planes.pitch + d.columns):
            total += row[q] * pixels[q]
    return total


cdef inline inlined_void sum_cells(
    const Depthwise* d, const real* padded, const real* row, Py_ssize_t first, double* totals, const Py_ssize_t COUNT
) noexcept nogil:
    """Add the gradients of cells first to first + COUNT - 1."""
    cdef vec[2 * CELLS] sums
    cdef Py_ssize_t[CELLS] offsets
    cdef vec one, other
    cdef real total
    cdef Py_ssize_t v = 0, i
    for i in range(COUNT):
        offsets[i] = d.offsets[first + i]
        sums[i], sums[CELLS + i] = broadcast(0), broadcast(0)
    while v < d.row_length:
        one, other = load(row + v), load(row + v + LANES)
        for i in range(COUNT):
            sums[i] += one * load(padded + offsets[i] + v)
            sums[CELLS + i] += other * load(padded + offsets[i] + v + LANES)
        v += 2 * LANES
    for i in range(COUNT):
        total = sum_lanes(sums[i] + sums[CELLS + i])
        if total - total != 0:
            # A pixel that is not finite may have met the zeros of a gap, with which it makes a NaN.
            total = sum_without_gaps(d, padded + offsets[i], row)
        totals[first + i] += total


cdef void sum_channel(void* arguments, Py_ssize_t c, Py_ssize_t thread) noexcept nogil:
    cdef Depthwise* d = <Depthwise*> arguments
    cdef real* padded = d.scratch + thread * d.thread_room
    cdef real* row = padded + d.plane_room
    cdef double* sums = <double*> (row + d.row_length)
    cdef double* totals
    cdef Py_ssize_t n, j, k, plane, filter
    memset(sums, 0, d.multiplier * (d.cells + 1) * sizeof(double))
    for n in range(d.images):
        plane = n * d.channels + c
        fill_planes(&d.planes, d.x + plane * d.planes.height * d.planes.width, padded)
        for j in range(d.multiplier):
            lay_out(d, plane * d.multiplier + j, row)
            totals = sums + j * (d.cells + 1)
            totals[d.cells] += sum_deviations(row, d.row_length, 0, False)
            k = 0
            while k + CELLS <= d.cells:
                sum_cells(d, padded, row, k, totals, CELLS)
                k += CELLS
            while k < d.cells:
                sum_cells(d, padded, row, k, totals, 1)
                k += 1
    for j in range(d.multiplier):
        filter, totals = c * d.multiplier + j, sums + j * (d.cells + 1)
        for k in range(d.cells):
            d.dweight[filter * d.cells + k] += <real> totals[k]
        if d.dbias != NULL:
            d.dbias[filter] += <real> totals[d.cells]


cdef object depthwise_forward(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] weight, const real[::1] bias, object window, real slope,
    real[:, :, :, ::1] y,
):
    cdef Geometry g
    cdef Depthwise d
    plan_depthwise(&d, x, weight, y, window, &g)
    d.x, d.out, d.slope = &x[0, 0, 0, 0], &y[0, 0, 0, 0], slope
    if bias is not None:
        d.bias = &bias[0]
    run_planes(&d, &g, depthwise_planes)


cdef object depthwise_backward_input(
    const real[:, :, :, ::1] dy, const real* y, real slope, const real[:, :, :, ::1] weight, object window,
    real[:, :, :, ::1] dx,
):
    """Write dx; ``y`` is the output of ReLU behind the convolution, or NULL."""
    cdef Geometry g
    cdef Depthwise d
    plan_depthwise(&d, dx, weight, dy, window, &g)
    d.dy, d.y, d.slope, d.out = &dy[0, 0, 0, 0], y, slope, &dx[0, 0, 0, 0]
    run_planes(&d, &g, spread_planes_back)


cdef object depthwise_backward_params(
    const real[:, :, :, ::1] x, const real[:, :, :, ::1] dy, const real* y, real slope, object window,
    real[:, :, :, ::1] dweight, real[::1] dbias,
):
    """Add to dweight and dbias; ``y`` is the output of ReLU behind the convolution, or NULL."""
    cdef Geometry g
    cdef Depthwise d
    plan_depthwise(&d, x, dweight, dy, window, &g)
    d.x, d.dy, d.y, d.slope, d.dweight = &x[0, 0, 0, 0], &dy[0, 0, 0, 0], y, slope, &dweight[0, 0, 0, 0]
    if dbias is not None:
        d.dbias = &dbias[0]
    run_depthwise(&d, &g, sum_channel, d.channels)
