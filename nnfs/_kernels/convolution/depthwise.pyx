# Needs: team, vector, transpose, arguments, window, elementwise, planes, depthwise_strips
"""Depthwise convolutions, in which each filter reads a single channel: the forward pass and the input gradient.

    y[n, f, p, q] = bias[f] + sum over i, j of weight[f, 0, i, j] * x[n, c, h, w],   c = f // (F / C)

Loop order: a task is `LANES` planes (channels of images) and a strip of rows; in it row, up to seven columns, cell of
the kernel. The rows of x that a row of sums needs stay in the first-level cache; seven vectors of sums, in registers.

The input gradient is a sum of this form too, with pixels of x as targets (what is written) and outputs as sources (what
is read). Pixels whose row and column leave equal remainders when divided by the stride belong to one phase: they meet
the same cells of the kernel, and neighbours within a phase meet neighbouring outputs.
"""

cdef enum:
    MOST_SUMS = 7


cdef void fill_weights(const Depthwise* d, const real* weight, const real* bias) noexcept nogil:
    """Copy weights and bias to d.weights[multiplier][cell, then bias][channel], with cells sorted by phase."""
    cdef Py_ssize_t j, k, c
    cdef real* row = d.weights
    for j in range(d.multiplier):
        for k in range(d.cells + 1):
            for c in range(d.channels):
                if k < d.cells:
                    row[c] = weight[(c * d.multiplier + j) * d.cells + d.order[k]]
                else:
                    row[c] = bias[c * d.multiplier + j] if bias != NULL else 0
            for c in range(d.channels, d.wide):
                row[c] = row[c - d.channels]
            row += d.wide


cdef inline inlined_void sum_few(
    const Depthwise* d, Py_ssize_t phase, const real* source, const real* weights, const real* start,
    Py_ssize_t start_step, real* target, const Py_ssize_t DIRECTION, const Py_ssize_t COUNT,
) noexcept nogil:
    """Compute the sums of ``COUNT`` neighbouring targets of one phase.

    ``DIRECTION`` is 0 unless neighbouring targets read neighbouring sources. Then it is 1 if a cell of the kernel reads
    the source behind that of the cell before, or -1 if it reads the source in front of it.
    """
    cdef vec[MOST_SUMS] totals
    cdef vec[MOST_SUMS + 2] shared
    cdef vec weight
    cdef const real* seen
    cdef Py_ssize_t step = LANES if DIRECTION else d.column.source_step * LANES, wide = d.wide, i, j
    cdef Py_ssize_t k = d.phases[phase], end = d.phases[phase + 1], target_step = d.column.target_step * LANES
    weights += k * wide
    for i in range(COUNT):
        totals[i] = load(start + i * start_step)
    while k < end:
        seen = source + d.offsets[k]
        if DIRECTION and k + 3 <= end and d.offsets[k + 2] - d.offsets[k] == 2 * LANES * DIRECTION:
            # Three neighbouring cells read the same sources, but for two at the ends: load them once.
            for i in range(COUNT + 2):
                shared[i] = load(seen + (i if DIRECTION > 0 else i - 2) * LANES)
            for j in range(3):
                weight = load(weights + j * wide)
                for i in range(COUNT):
                    totals[i] += weight * shared[i + j if DIRECTION > 0 else i + 2 - j]
            k, weights = k + 3, weights + 3 * wide
            continue
        weight = load(weights)
        for i in range(COUNT):
            totals[i] += weight * load(seen + i * step)
        k, weights = k + 1, weights + wide
    for i in range(COUNT):
        store(target + i * target_step, totals[i])


cdef inline inlined_void sum_row(
    const Depthwise* d, Py_ssize_t phase, const real* source, const real* weights, bint add, real* target,
    Py_ssize_t count, const Py_ssize_t DIRECTION,
) noexcept nogil:
    """Compute the sums of ``count`` targets of one row and phase.

    The sums begin at the bias or, with ``add``, at what the targets hold. `sum_few` explains ``DIRECTION``.
    """
    cdef const real* start = weights + d.cells * d.wide
    cdef Py_ssize_t start_step = 0, step = d.column.source_step * LANES, target_step = d.column.target_step * LANES
    if add:
        start, start_step = target, target_step
    while count >= MOST_SUMS:
        sum_few(d, phase, source, weights, start, start_step, target, DIRECTION, MOST_SUMS)
        count, source, target = count - MOST_SUMS, source + MOST_SUMS * step, target + MOST_SUMS * target_step
        start += MOST_SUMS * start_step
    if count >= 4:
        sum_few(d, phase, source, weights, start, start_step, target, DIRECTION, 4)
        count, source, target, start = count - 4, source + 4 * step, target + 4 * target_step, start + 4 * start_step
    while count > 0:
        sum_few(d, phase, source, weights, start, start_step, target, DIRECTION, 1)
        count, source, target, start = count - 1, source + step, target + target_step, start + start_step


cdef void sum_strip(
    const Depthwise* d, const Strip* s, const real* transposed, const real* weights, bint add, real* target
) noexcept nogil:
    """Sum weights times sources to the targets (outputs, or backward pixels) of a strip of rows, channel by channel."""
    cdef const Axis* row = &d.row
    cdef const Axis* column = &d.column
    cdef Py_ssize_t t, b, phase, count
    cdef const real* sources
    cdef const real* source
    cdef real* sums
    for t in range(s.first, s.first + s.rows):
        sources = transposed + (first_source(row, t) - first_source(row, s.first)) * d.pitch * LANES
        for b in range(min(column.target_step, column.targets)):
            phase = phase_of(row, t) * column.target_step + phase_of(column, b)
            source = sources + (first_source(column, b) - first_source(column, 0)) * LANES
            sums = target + ((t - s.first) * column.targets + b) * LANES
            count = count_steps(b, column.targets, column.target_step)
            if column.reverse:
                sum_row(d, phase, source, weights, add, sums, count, -1)
            elif column.source_step == 1:
                sum_row(d, phase, source, weights, add, sums, count, 1)
            else:
                sum_row(d, phase, source, weights, add, sums, count, 0)


cdef void write_outputs_strip(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute a strip of rows of y for `LANES` channels, and for all filters that read them."""
    cdef const Depthwise* d = <const Depthwise*> arguments
    cdef Strip s = strip_at(d, index)
    cdef Py_ssize_t size = d.row.targets * d.column.targets, j
    cdef real* transposed = d.scratch + thread * d.thread_stride
    cdef real* sums = transposed + d.source_size
    cdef const real* weights = d.weights + s.plane % d.channels
    transpose_strip(d, &s, s.plane, 1, thread, transposed)
    for j in range(d.multiplier):
        sum_strip(d, &s, transposed, weights, False, sums)
        if d.slope != 1:
            leaky_relu(sums, sums, d.slope, s.positions * LANES, sums)
        transpose_back(
            sums, LANES, s.lanes, s.positions, NULL, d.target + (s.plane * d.multiplier + j) * size + s.start,
            d.multiplier * size,
        )
        weights += (d.cells + 1) * d.wide


cdef void write_gradient_strip(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute a strip of rows of dx for `LANES` channels, summed over all filters that read them."""
    cdef const Depthwise* d = <const Depthwise*> arguments
    cdef Strip s = strip_at(d, index)
    cdef Py_ssize_t size = d.row.targets * d.column.targets, j
    cdef real* transposed = d.scratch + thread * d.thread_stride
    cdef real* sums = transposed + d.source_size
    cdef const real* weights = d.weights + s.plane % d.channels
    for j in range(d.multiplier):
        transpose_strip(d, &s, s.plane * d.multiplier + j, d.multiplier, thread, transposed)
        sum_strip(d, &s, transposed, weights, j > 0, sums)
        weights += (d.cells + 1) * d.wide
    transpose_back(sums, LANES, s.lanes, s.positions, NULL, d.target + s.plane * size + s.start, size)


cdef int run_depthwise(
    Depthwise* d, const Geometry* g, const real* weight, const real* bias, Task task
) except -1 nogil:
    """Allocate the memory for a depthwise convolution, copy its weights, and run ``task`` for all strips."""
    cdef Py_ssize_t tasks = (d.planes + LANES - 1) // LANES * d.strips
    cdef Py_ssize_t outputs = min(d.row.sources * d.column.sources, d.row.targets * d.column.targets)
    cdef Py_ssize_t threads = thread_count(tasks, d.planes * d.multiplier * d.cells * outputs)
    cdef Py_ssize_t* table = prepare_depthwise(d, g, 0, 0, threads)
    try:
        fill_weights(d, weight, bias)
        run(task, d, tasks, threads)
    finally:
        free(table)
    return 0


cdef int depthwise_forward(
    Array x, Array weight, Array bias, const Geometry* g, real slope, Array y
) except -1 nogil:
    """Write the output of a depthwise convolution to y; ``slope`` is that of a ReLU behind it, or 1 for none."""
    cdef Depthwise d
    memset(&d, 0, sizeof(Depthwise))
    lay_forward(&d, g, x, y)
    d.slope, d.target = slope, y.data
    return run_depthwise(&d, g, weight.data, bias.data, write_outputs_strip)


cdef int depthwise_backward_input(
    Array dy, const real* y, real slope, Array weight, const Geometry* g, Array dx
) except -1 nogil:
    """Write the input gradient of a depthwise convolution to dx.

    If a ReLU is behind the convolution, dy is the gradient of its output ``y``; else ``y`` is NULL.
    """
    cdef Depthwise d
    memset(&d, 0, sizeof(Depthwise))
    d.source, d.y, d.slope, d.target = dy.data, y, slope, dx.data
    d.row = backward_axis(dx.shape[2], dy.shape[2], g.size_h, g.stride_h, g.top, g.dilation_h)
    d.column = backward_axis(dx.shape[3], dy.shape[3], g.size_w, g.stride_w, g.left, g.dilation_w)
    plan_depthwise(&d, g, dx.shape[0], dx.shape[1], dy.shape[1])
    return run_depthwise(&d, g, weight.data, NULL, write_gradient_strip)
