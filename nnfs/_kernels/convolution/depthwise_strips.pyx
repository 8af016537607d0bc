# Needs: vector, transpose, arguments, window, elementwise
"""Strips of rows, transposed so that planes are the lanes of vectors: what depthwise convolutions compute with.

A plane is a channel of an image. A kernel writes targets, which are sums, and reads sources: forward the targets are
outputs and the sources pixels, backward the targets are pixels and the sources outputs.

Loop order: position, by squares of `LANES` planes and `LANES` positions, which are transposed. Since planes become the
lanes, short rows fill vectors as well as long ones, and no vector lies across two cache lines. A strip of `LANES`
planes' rows stays in the second-level cache.
"""

cdef enum:
    STRIP = 2048  # positions of a strip, each of which holds a vector of planes

# Which sources a target reads along one axis. A target belongs to the phase (target + shift) % target_step; the cells
# of the kernel of that phase contribute to it. Such a cell reads the source first_source(target) + meeting(cell).
cdef struct Axis:
    Py_ssize_t sources, targets, shift, target_step, source_step, before
    Py_ssize_t span  # from the first to the last source that a target reads
    bint reverse  # whether later cells read earlier sources

cdef struct Depthwise:
    Axis row, column
    Py_ssize_t planes, channels, multiplier, cells
    Py_ssize_t strip, strips  # rows of targets in a strip; strips in a plane
    Py_ssize_t strip_sources, pitch  # rows of sources that a strip reads; their columns, with zeros around and one more
    Py_ssize_t wide  # length of a row of weights: all channels, and the first ones again, so that lanes begin anywhere
    const real* source  # x, or dy
    const real* y  # backward, the output of a ReLU behind the convolution; NULL for none
    real slope  # of that ReLU; 1 for none
    real* target  # y, or dx
    Py_ssize_t* places  # where each of a strip's sources is written when transposed
    Py_ssize_t* offsets  # of the source that each cell reads; cells are sorted by phase
    Py_ssize_t* order  # the number of each sorted cell in the kernel
    Py_ssize_t* phases  # where the cells of each phase begin, and the end
    Py_ssize_t* filled_rows  # for each thread, which rows of its scratch the last strip filled: the others are 0
    real* weights  # (multiplier, cells and the bias, wide)
    Py_ssize_t source_size, target_size, thread_stride
    real* scratch

cdef struct Strip:
    Py_ssize_t plane, lanes  # the first of its planes, and how many they are
    Py_ssize_t first, rows  # the first row of targets, and how many rows
    Py_ssize_t start, positions  # index of the first target in its plane, and how many targets


cdef Axis forward_axis(
    Py_ssize_t pixels, Py_ssize_t outputs, Py_ssize_t size, Py_ssize_t stride, Py_ssize_t before, Py_ssize_t dilation
) noexcept nogil:
    """Return which pixels each output reads along one axis, for the forward pass."""
    cdef Axis a
    a.sources, a.targets, a.shift, a.target_step, a.source_step = pixels, outputs, 0, 1, stride
    a.before, a.span, a.reverse = before, (size - 1) * dilation + 1, False
    return a


cdef Axis backward_axis(
    Py_ssize_t pixels, Py_ssize_t outputs, Py_ssize_t size, Py_ssize_t stride, Py_ssize_t before, Py_ssize_t dilation
) noexcept nogil:
    """Return which outputs' gradients each pixel's gradient reads along one axis, for the input gradient."""
    cdef Axis a
    a.sources, a.targets, a.shift, a.target_step, a.source_step = outputs, pixels, before, stride, 1
    a.before = (size - 1) * dilation // stride
    a.span, a.reverse = a.before + 1, True
    return a


cdef inline Py_ssize_t first_source(const Axis* a, Py_ssize_t target) noexcept nogil:
    """Return the first source, along one axis, that a target reads; in the border it is negative."""
    target += a.shift
    if a.target_step != 1:  # a division takes longer than the sums of a short row
        target //= a.target_step
    return target * a.source_step - a.before


cdef inline Py_ssize_t phase_of(const Axis* a, Py_ssize_t target) noexcept nogil:
    """Return the phase of a target along one axis: which cells of the kernel contribute to it."""
    return 0 if a.target_step == 1 else (target + a.shift) % a.target_step


cdef inline Py_ssize_t meeting(const Axis* a, Py_ssize_t distance) noexcept nogil:
    """Return which of a target's sources, from 0, a cell reads that is ``distance`` pixels behind the first cell."""
    return a.before - distance // a.target_step if a.reverse else distance


cdef inline Py_ssize_t met_sources(const Axis* a, Py_ssize_t targets) noexcept nogil:
    """Return how many sources, along one axis, ``targets`` neighbouring targets read at most."""
    return (targets + a.target_step - 2) // a.target_step * a.source_step + a.span


cdef void plan_depthwise(
    Depthwise* d, const Geometry* g, Py_ssize_t images, Py_ssize_t channels, Py_ssize_t filters
) noexcept nogil:
    """Fill the sizes of d, and cut the targets into strips; the caller has filled ``row``, ``column`` and ``y``."""
    d.planes, d.channels, d.multiplier, d.cells = images * channels, channels, filters // channels, g.size_h * g.size_w
    d.wide = round_up(channels + LANES)
    d.pitch = met_sources(&d.column, d.column.targets) + 1
    d.strip = min(d.row.targets, max(<Py_ssize_t> 1, STRIP // d.column.targets))
    while d.strip > 1 and met_sources(&d.row, d.strip) * d.pitch > STRIP:
        d.strip -= 1
    d.strips = (d.row.targets + d.strip - 1) // d.strip
    d.strip_sources = met_sources(&d.row, d.strip)
    d.source_size = d.strip_sources * d.pitch * LANES
    d.target_size = d.strip * d.column.targets * LANES
    d.thread_stride = d.source_size + d.target_size
    if d.y != NULL:
        d.thread_stride += LANES * round_up(d.strip_sources * d.column.sources)


cdef Py_ssize_t* prepare_depthwise(
    Depthwise* d, const Geometry* g, Py_ssize_t entries, Py_ssize_t more, Py_ssize_t threads
) except NULL nogil:
    """Allocate and fill the tables, the weights' memory and each thread's scratch; return the block, to be freed.

    The block begins with ``entries`` integers, and ends with ``more`` numbers, that are for the caller's own use.
    """
    cdef Py_ssize_t places = d.strip_sources * d.column.sources, t
    cdef Py_ssize_t weights = d.multiplier * (d.cells + 1) * d.wide
    cdef Py_ssize_t phases = d.row.target_step * d.column.target_step
    cdef Py_ssize_t tables = entries + places + 2 * d.cells + phases + 1 + 2 * threads
    cdef Py_ssize_t* table = <Py_ssize_t*> new_scratch(
        tables * sizeof(Py_ssize_t) + 64 + (weights + threads * d.thread_stride + more) * sizeof(real)
    )
    d.places = table + entries
    d.offsets = d.places + places
    d.order = d.offsets + d.cells
    d.phases = d.order + d.cells
    d.filled_rows = d.phases + phases + 1
    d.weights = <real*> after_table(table, tables)
    d.scratch = d.weights + weights
    fill_places(d)
    fill_phases(d, g)
    memset(d.filled_rows, 0, 2 * threads * sizeof(Py_ssize_t))
    for t in range(threads):  # the zeros around the sources
        memset(d.scratch + t * d.thread_stride, 0, d.source_size * sizeof(real))
    return table


cdef void fill_places(const Depthwise* d) noexcept nogil:
    """Fill the table of places: where in the transposed strip each source of the strip is written.

    A column that no target reads is written to the last place of its row, which is not read.
    """
    cdef Py_ssize_t row, column, met, first = first_source(&d.column, 0)
    cdef Py_ssize_t* place = d.places
    for row in range(d.strip_sources):
        for column in range(d.column.sources):
            met = column - first if column >= first else d.pitch
            place[0] = (row * d.pitch + min(met, d.pitch - 1)) * LANES
            place += 1


cdef void fill_phases(const Depthwise* d, const Geometry* g) noexcept nogil:
    """Sort the cells of the kernel by phase, and fill the tables of their offsets and of their original numbers."""
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


cdef Strip strip_at(const Depthwise* d, Py_ssize_t index) noexcept nogil:
    """Return the strip with the number ``index``; all strips of one group of `LANES` planes have successive numbers."""
    cdef Strip s
    s.plane, s.first = index // d.strips * LANES, index % d.strips * d.strip
    s.lanes, s.rows = min(<Py_ssize_t> LANES, d.planes - s.plane), min(d.strip, d.row.targets - s.first)
    s.start, s.positions = s.first * d.column.targets, s.rows * d.column.targets
    return s


cdef void transpose_planes(
    const real* source, const real* y, real slope, Py_ssize_t stride, Py_ssize_t lanes, Py_ssize_t positions,
    const Py_ssize_t* places, real* scratch, real* transposed,
) noexcept nogil:
    """Transpose ``lanes`` rows of ``positions`` numbers, ``stride`` apart, to the places given for each position.

    If ``y`` is not NULL, the rows are the gradient of ReLU's output y; the gradient of its input is transposed instead.
    """
    cdef Py_ssize_t lane
    if y != NULL:
        for lane in range(lanes):
            leaky_relu(source + lane * stride, y + lane * stride, slope, positions, scratch + lane * positions)
        source, stride = scratch, positions
    transpose_to(source, stride, lanes, positions, places, transposed)


cdef void transpose_strip(
    const Depthwise* d, const Strip* s, Py_ssize_t plane, Py_ssize_t step, Py_ssize_t thread, real* transposed
) noexcept nogil:
    """Transpose the sources that a strip reads, of the planes plane, plane + step, ..., into ``transposed``."""
    cdef Py_ssize_t first = first_source(&d.row, s.first), size = d.row.sources * d.column.sources
    # The rows from begin to end lie in the plane, the others in its border of zeros.
    cdef Py_ssize_t begin = min(max(-first, <Py_ssize_t> 0), d.strip_sources)
    cdef Py_ssize_t end = max(begin, min(d.row.sources - first, d.strip_sources))
    cdef Py_ssize_t start = plane * size + (first + begin) * d.column.sources, row = d.pitch * LANES
    cdef Py_ssize_t* filled = d.filled_rows + 2 * thread
    cdef const real* y = d.y
    # Only rows that the last strip filled are cleared: of a large kernel most rows lie in the border and are 0 already.
    clear_rows(transposed, row, filled[0], min(filled[1], begin))
    clear_rows(transposed, row, max(filled[0], end), filled[1])
    filled[0], filled[1] = begin, end
    if begin < end:
        if y != NULL:
            y += start
        transpose_planes(
            d.source + start, y, d.slope, step * size, s.lanes, (end - begin) * d.column.sources, d.places,
            transposed + d.source_size + d.target_size, transposed + begin * row,
        )


cdef inline void clear_rows(real* transposed, Py_ssize_t row, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
    """Fill the rows from ``begin`` to ``end`` - 1 of a transposed strip with zeros."""
    if begin < end:
        memset(transposed + begin * row, 0, (end - begin) * row * sizeof(real))


cdef void lay_forward(Depthwise* d, const Geometry* g, Array x, Array outputs) noexcept nogil:
    """Fill d for the forward pass, whose targets are outputs and whose sources are the pixels of x."""
    d.source = x.data
    d.row = forward_axis(x.shape[2], outputs.shape[2], g.size_h, g.stride_h, g.top, g.dilation_h)
    d.column = forward_axis(x.shape[3], outputs.shape[3], g.size_w, g.stride_w, g.left, g.dilation_w)
    plan_depthwise(d, g, x.shape[0], x.shape[1], outputs.shape[1])
