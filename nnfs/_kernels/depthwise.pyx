"""Convolutions whose groups have one channel each, forward and input gradient: no matrices are multiplied there.

    y[n, f, p, q] = bias[f] + sum over i, j of weight[f, 0, i, j] * x[n, c, h, w],   c = f // (F / C)

Loop order: `LANES` planes (channels of images, as they lie in memory) and a strip of rows, which make a task, then row,
some columns, cell of the kernel. The planes are turned, so that each is a lane: a row of seven pixels fills its vectors
as well as one of a hundred, and no vector is split by the end of a cache line. A strip stays in the second-level cache,
the rows that a row of sums meets in the first-level cache, and seven vectors of sums in registers.

The input gradient is the same sum over another grid: pixels of x whose places leave one remainder when divided by the
stride (a phase) meet the same cells of the kernel, and neighbours among them meet neighbours in dy.
"""

cdef enum:
    STRIP = 2048  # turned pixels
    MOST_SUMS = 7

# How targets, which are sums, meet sources along one axis. A target belongs to a phase, (target + shift) % target_step,
# and meets the cells of the kernel that are of the same; they see the source first_source(target) + meeting(cell).
cdef struct Axis:
    Py_ssize_t sources, targets, shift, target_step, source_step, before
    Py_ssize_t span  # of the sources that a target meets
    bint reverse

cdef struct Depthwise:
    Axis row, column
    Py_ssize_t planes, channels, multiplier, cells
    Py_ssize_t strip, strips  # rows of targets
    Py_ssize_t strip_sources, pitch  # rows that a strip meets; columns, with the zeros around them and one more
    Py_ssize_t wide  # channels in a row of weights: they begin anew at its end, so that lanes may begin at any
    const real* source  # x, or dy
    const real* y  # of ReLU, which dy passes on its way back; NULL where there is none
    real slope  # of ReLU; 1 where there is none
    real* target  # y, or dx
    Py_ssize_t* places  # of a strip's sources when turned
    Py_ssize_t* offsets  # of the cells, phase by phase
    Py_ssize_t* order  # the same cells as numbered in the kernel
    Py_ssize_t* phases  # where each begins, and the end
    Py_ssize_t* turned_rows  # for each thread, which rows of its sources the last strip filled: the others are 0
    real* weights  # (multiplier, cells and the bias, wide)
    Py_ssize_t source_room, target_room, thread_room
    real* scratch

cdef struct Strip:
    Py_ssize_t plane, lanes  # the first of its planes, and how many they are
    Py_ssize_t first, rows  # of targets
    Py_ssize_t start, positions  # the first target in a plane, and how many they are


cdef inline bint is_depthwise(Py_ssize_t channels, Py_ssize_t group_channels) noexcept nogil:
    """Return whether each of several channels has filters of its own."""
    return group_channels == 1 and channels > 1


cdef Axis forward_axis(
    Py_ssize_t pixels, Py_ssize_t outputs, Py_ssize_t size, Py_ssize_t stride, Py_ssize_t before, Py_ssize_t dilation
) noexcept nogil:
    """Let outputs be sums of pixels."""
    cdef Axis a
    a.sources, a.targets, a.shift, a.target_step, a.source_step = pixels, outputs, 0, 1, stride
    a.before, a.span, a.reverse = before, (size - 1) * dilation + 1, False
    return a


cdef Axis backward_axis(
    Py_ssize_t pixels, Py_ssize_t outputs, Py_ssize_t size, Py_ssize_t stride, Py_ssize_t before, Py_ssize_t dilation
) noexcept nogil:
    """Let pixels be sums of outputs."""
    cdef Axis a
    a.sources, a.targets, a.shift, a.target_step, a.source_step = outputs, pixels, before, stride, 1
    a.before = (size - 1) * dilation // stride
    a.span, a.reverse = a.before + 1, True
    return a


cdef inline Py_ssize_t first_source(const Axis* a, Py_ssize_t target) noexcept nogil:
    target += a.shift
    if a.target_step != 1:  # a division takes longer than the sums of a short row
        target //= a.target_step
    return target * a.source_step - a.before


cdef inline Py_ssize_t phase_of(const Axis* a, Py_ssize_t target) noexcept nogil:
    return 0 if a.target_step == 1 else (target + a.shift) % a.target_step


cdef inline Py_ssize_t meeting(const Axis* a, Py_ssize_t distance) noexcept nogil:
    """Return which of the met sources a cell sees, so many pixels behind the kernel's first."""
    return a.before - distance // a.target_step if a.reverse else distance


cdef inline Py_ssize_t met_sources(const Axis* a, Py_ssize_t targets) noexcept nogil:
    """Return how many sources as many targets side by side meet at most."""
    return (targets + a.target_step - 2) // a.target_step * a.source_step + a.span


cdef object plan_depthwise(Depthwise* d, const Geometry* g, Py_ssize_t images, Py_ssize_t channels, Py_ssize_t filters):
    """Cut the targets into strips; both axes are known, and what to read and to write."""
    d.planes, d.channels, d.multiplier, d.cells = images * channels, channels, filters // channels, g.size_h * g.size_w
    d.wide = round_up(channels + LANES)
    d.pitch = met_sources(&d.column, d.column.targets) + 1
    d.strip = min(d.row.targets, max(<Py_ssize_t> 1, STRIP // d.column.targets))
    while d.strip > 1 and met_sources(&d.row, d.strip) * d.pitch > STRIP:
        d.strip -= 1
    d.strips = (d.row.targets + d.strip - 1) // d.strip
    d.strip_sources = met_sources(&d.row, d.strip)
    d.source_room = d.strip_sources * d.pitch * LANES
    d.target_room = d.strip * d.column.targets * LANES
    d.thread_room = d.source_room + d.target_room
    if d.y != NULL:
        d.thread_room += LANES * round_up(d.strip_sources * d.column.sources)


cdef Py_ssize_t* prepare_depthwise(
    Depthwise* d, const Geometry* g, Py_ssize_t entries, Py_ssize_t room, Py_ssize_t threads
) except NULL:
    """Return the block of tables and scratch, to be freed; it begins with ``entries`` and ends with ``room`` more."""
    cdef Py_ssize_t places = d.strip_sources * d.column.sources, t
    cdef Py_ssize_t weights = d.multiplier * (d.cells + 1) * d.wide
    cdef Py_ssize_t phases = d.row.target_step * d.column.target_step
    cdef Py_ssize_t tables = entries + places + 2 * d.cells + phases + 1 + 2 * threads
    cdef Py_ssize_t* table = <Py_ssize_t*> new_room(
        tables * sizeof(Py_ssize_t) + 64 + (weights + threads * d.thread_room + room) * sizeof(real)
    )
    d.places = table + entries
    d.offsets = d.places + places
    d.order = d.offsets + d.cells
    d.phases = d.order + d.cells
    d.turned_rows = d.phases + phases + 1
    d.weights = <real*> after_table(table, tables)
    d.scratch = d.weights + weights
    fill_places(d)
    fill_phases(d, g)
    memset(d.turned_rows, 0, 2 * threads * sizeof(Py_ssize_t))
    for t in range(threads):  # the zeros around the sources
        memset(d.scratch + t * d.thread_room, 0, d.source_room * sizeof(real))
    return table


cdef void fill_places(const Depthwise* d) noexcept nogil:
    """Find the turned places of a strip's sources. Columns that nothing meets share the last place of their row."""
    cdef Py_ssize_t row, column, met, first = first_source(&d.column, 0)
    cdef Py_ssize_t* place = d.places
    for row in range(d.strip_sources):
        for column in range(d.column.sources):
            met = column - first if column >= first else d.pitch
            place[0] = (row * d.pitch + min(met, d.pitch - 1)) * LANES
            place += 1


cdef void fill_phases(const Depthwise* d, const Geometry* g) noexcept nogil:
    cdef Py_ssize_t phase_h, phase_w, i, j, k = 0
    for phase_h in range(d.row.target_step):
        for phase_w in range(d.column.target_step):
            d.phases[phase_h * d.column.target_step + phase_w] = k
            for i in range(g.size_h):
                if i * g.dilation_h % d.row.target_step != phase_h:
                    continue
                for j in range(g.size_w):
                    if j * g.dilation_w % d.column.target_step != phase_w:
                        continue
                    d.offsets[k] = meeting(&d.row, i * g.dilation_h) * d.pitch + meeting(&d.column, j * g.dilation_w)
                    d.offsets[k] *= LANES
                    d.order[k] = i * g.size_w + j
                    k += 1
    d.phases[d.row.target_step * d.column.target_step] = k


cdef void fill_weights(const Depthwise* d, const real* weight, const real* bias) noexcept nogil:
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


cdef Strip strip_at(const Depthwise* d, Py_ssize_t index) noexcept nogil:
    """Return the strip of this index: those of the same planes follow each other."""
    cdef Strip s
    s.plane, s.first = index // d.strips * LANES, index % d.strips * d.strip
    s.lanes, s.rows = min(<Py_ssize_t> LANES, d.planes - s.plane), min(d.strip, d.row.targets - s.first)
    s.start, s.positions = s.first * d.column.targets, s.rows * d.column.targets
    return s


cdef void turn_lanes(
    const real* source, const real* y, real slope, Py_ssize_t stride, Py_ssize_t lanes, Py_ssize_t positions,
    const Py_ssize_t* places, real* room, real* turned,
) noexcept nogil:
    """Turn rows that are ``stride`` apart, what passes ReLU by way of ``room``."""
    cdef Py_ssize_t lane
    if y != NULL:
        for lane in range(lanes):
            leak(source + lane * stride, y + lane * stride, slope, positions, room + lane * positions)
        source, stride = room, positions
    turn(source, stride, lanes, positions, places, turned)


cdef void turn_strip(
    const Depthwise* d, const Strip* s, Py_ssize_t plane, Py_ssize_t step, Py_ssize_t thread, real* turned
) noexcept nogil:
    """Turn the sources that a strip meets in planes ``plane``, ``plane`` + ``step``, ... to a thread's scratch."""
    cdef Py_ssize_t first = first_source(&d.row, s.first), size = d.row.sources * d.column.sources
    # Of the strip's rows, those from begin to end are sources. Where the strip lies in the border, none is.
    cdef Py_ssize_t begin = min(max(-first, <Py_ssize_t> 0), d.strip_sources)
    cdef Py_ssize_t end = max(begin, min(d.row.sources - first, d.strip_sources))
    cdef Py_ssize_t start = plane * size + (first + begin) * d.column.sources, row = d.pitch * LANES
    cdef Py_ssize_t* filled = d.turned_rows + 2 * thread
    cdef const real* y = d.y
    # Only what the last strip filled: of a wide window most rows lie in the border.
    clear_rows(turned, row, filled[0], min(filled[1], begin))
    clear_rows(turned, row, max(filled[0], end), filled[1])
    filled[0], filled[1] = begin, end
    if begin < end:
        if y != NULL:
            y += start
        turn_lanes(
            d.source + start, y, d.slope, step * size, s.lanes,
            (end - begin) * d.column.sources, d.places, turned + d.source_room + d.target_room, turned + begin * row,
        )


cdef inline void clear_rows(real* turned, Py_ssize_t row, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
    if begin < end:
        memset(turned + begin * row, 0, (end - begin) * row * sizeof(real))


cdef inline inlined_void sum_few(
    const Depthwise* d, Py_ssize_t phase, const real* source, const real* weights, const real* start,
    Py_ssize_t start_step, real* target, const Py_ssize_t DIRECTION, const Py_ssize_t COUNT,
) noexcept nogil:
    """Write ``COUNT`` sums side by side.

    They see sources side by side if ``DIRECTION`` is 1, or -1, where the next cell sees the one before.
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
            # Three cells side by side see the same sources, but for two at the ends.
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
    """Write the sums of a row that are of one phase: added to the bias, or else to what stands there."""
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
    const Depthwise* d, const Strip* s, const real* turned, const real* weights, bint add, real* target
) noexcept nogil:
    cdef const Axis* row = &d.row
    cdef const Axis* column = &d.column
    cdef Py_ssize_t t, b, phase, count
    cdef const real* sources
    cdef const real* source
    cdef real* sums
    for t in range(s.first, s.first + s.rows):
        sources = turned + (first_source(row, t) - first_source(row, s.first)) * d.pitch * LANES
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
    """Write a strip of y."""
    cdef const Depthwise* d = <const Depthwise*> arguments
    cdef Strip s = strip_at(d, index)
    cdef Py_ssize_t size = d.row.targets * d.column.targets, j
    cdef real* turned = d.scratch + thread * d.thread_room
    cdef real* sums = turned + d.source_room
    cdef const real* weights = d.weights + s.plane % d.channels
    turn_strip(d, &s, s.plane, 1, thread, turned)
    for j in range(d.multiplier):
        sum_strip(d, &s, turned, weights, False, sums)
        if d.slope != 1:
            leak(sums, sums, d.slope, s.positions * LANES, sums)
        turn_back(
            sums, LANES, s.lanes, s.positions, NULL, d.target + (s.plane * d.multiplier + j) * size + s.start,
            d.multiplier * size,
        )
        weights += (d.cells + 1) * d.wide


cdef void write_gradient_strip(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write a strip of dx."""
    cdef const Depthwise* d = <const Depthwise*> arguments
    cdef Strip s = strip_at(d, index)
    cdef Py_ssize_t size = d.row.targets * d.column.targets, j
    cdef real* turned = d.scratch + thread * d.thread_room
    cdef real* sums = turned + d.source_room
    cdef const real* weights = d.weights + s.plane % d.channels
    for j in range(d.multiplier):
        turn_strip(d, &s, s.plane * d.multiplier + j, d.multiplier, thread, turned)
        sum_strip(d, &s, turned, weights, j > 0, sums)
        weights += (d.cells + 1) * d.wide
    turn_back(sums, LANES, s.lanes, s.positions, NULL, d.target + s.plane * size + s.start, size)


cdef object run_depthwise(Depthwise* d, const Geometry* g, const real* weight, const real* bias, Task task):
    cdef Py_ssize_t tasks = (d.planes + LANES - 1) // LANES * d.strips
    cdef Py_ssize_t outputs = min(d.row.sources * d.column.sources, d.row.targets * d.column.targets)
    cdef Py_ssize_t threads = share(tasks, d.planes * d.multiplier * d.cells * outputs)
    cdef Py_ssize_t* table = prepare_depthwise(d, g, 0, 0, threads)
    try:
        with nogil:
            fill_weights(d, weight, bias)
            run(task, d, tasks, threads)
    finally:
        free(table)


cdef object depthwise_forward(Array x, Array weight, Array bias, object window, real slope, Array y):
    """Write y; ``slope`` is that of the ReLU behind the convolution, or 1."""
    cdef Geometry g = read_window(window)
    cdef Depthwise d
    memset(&d, 0, sizeof(Depthwise))
    lay_forward(&d, &g, x, y)
    d.slope, d.target = slope, y.data
    run_depthwise(&d, &g, weight.data, bias.data, write_outputs_strip)


cdef object lay_forward(Depthwise* d, const Geometry* g, Array x, Array outputs):
    """Let the outputs be sums of pixels."""
    d.source = x.data
    d.row = forward_axis(x.shape[2], outputs.shape[2], g.size_h, g.stride_h, g.top, g.dilation_h)
    d.column = forward_axis(x.shape[3], outputs.shape[3], g.size_w, g.stride_w, g.left, g.dilation_w)
    plan_depthwise(d, g, x.shape[0], x.shape[1], outputs.shape[1])


cdef object depthwise_backward_input(Array dy, const real* y, real slope, Array weight, object window, Array dx):
    """Write dx; ``y`` is the output of ReLU behind the convolution, or NULL."""
    cdef Geometry g = read_window(window)
    cdef Depthwise d
    memset(&d, 0, sizeof(Depthwise))
    d.source, d.y, d.slope, d.target = dy.data, y, slope, dx.data
    d.row = backward_axis(dx.shape[2], dy.shape[2], g.size_h, g.stride_h, g.top, g.dilation_h)
    d.column = backward_axis(dx.shape[3], dy.shape[3], g.size_w, g.stride_w, g.left, g.dilation_w)
    plan_depthwise(&d, &g, dx.shape[0], dx.shape[1], dy.shape[1])
    run_depthwise(&d, &g, weight.data, NULL, write_gradient_strip)
