"""Zero-padded copies of one image, laid out so that a window cell meets its pixels at one offset.

Loop order: channel, row, pixel, as the image lies in memory. With stride 1 a channel is one padded plane. With
stride s it is split into s * s planes, one for each remainder of row and column, so that neighbouring
windows read neighbouring pixels. Seen as one long row, a plane shifted by a constant is what a cell
of the window sees: output (p, q) stands at p * pitch + q. The few places between the rows' ends hold numbers
that are computed and never copied out. A thread owns its copy, which stays in its cache for all filters.
"""

cdef struct Geometry:
    Py_ssize_t size_h, size_w, stride_h, stride_w, top, bottom, left, right, dilation_h, dilation_w


cdef struct Planes:
    Geometry window
    Py_ssize_t channels, height, width  # of the image
    Py_ssize_t rows, pitch  # of a plane
    Py_ssize_t size  # of all planes, and room for a vector that begins at the last pixel


cdef Geometry read_window(object window):
    cdef Geometry g
    size, stride, padding, dilation = window
    (g.size_h, g.size_w), (g.stride_h, g.stride_w), (g.dilation_h, g.dilation_w) = size, stride, dilation
    g.top, g.bottom, g.left, g.right = padding
    return g


cdef Planes plan_planes(const Geometry* g, Py_ssize_t channels, Py_ssize_t height, Py_ssize_t width) noexcept nogil:
    """Lay out the planes that the windows of ``g`` slide over."""
    cdef Planes planes
    planes.window, planes.channels, planes.height, planes.width = g[0], channels, height, width
    planes.rows = (g.top + height + g.bottom + g.stride_h - 1) // g.stride_h
    planes.pitch = (g.left + width + g.right + g.stride_w - 1) // g.stride_w
    planes.size = round_up(channels * g.stride_h * g.stride_w * planes.rows * planes.pitch + LANES)
    return planes


cdef inline Py_ssize_t channel_size(const Planes* planes) noexcept nogil:
    return planes.window.stride_h * planes.window.stride_w * planes.rows * planes.pitch


cdef inline Py_ssize_t cell_offset(const Planes* planes, Py_ssize_t row, Py_ssize_t column) noexcept nogil:
    """Return where, within a channel, the padded pixel (row, column) stands."""
    cdef const Geometry* g = &planes.window
    cdef Py_ssize_t phase = row % g.stride_h * g.stride_w + column % g.stride_w
    return (phase * planes.rows + row // g.stride_h) * planes.pitch + column // g.stride_w


cdef bint is_met(Py_ssize_t phase, Py_ssize_t size, Py_ssize_t stride, Py_ssize_t dilation) noexcept nogil:
    """Return whether any cell of the window stands in this phase of the rows, or of the columns."""
    cdef Py_ssize_t i
    for i in range(min(size, stride)):  # then they come again
        if i * dilation % stride == phase:
            return True
    return False


cdef inline Py_ssize_t first_of_phase(Py_ssize_t phase, Py_ssize_t before, Py_ssize_t stride) noexcept nogil:
    """Return the first row, or column, of the image that is in this phase with so many of padding before it."""
    return ((phase - before) % stride + stride) % stride


cdef struct Phase:
    Py_ssize_t first_h, first_w  # of its pixels in the image
    Py_ssize_t columns  # how many of its pixels stand in a row
    Py_ssize_t start  # where, within a channel, the first of them stands


cdef Phase find_phase(const Planes* planes, Py_ssize_t row, Py_ssize_t column) noexcept nogil:
    """Describe the pixels that stand in the planes of this remainder of rows and columns; the divisions are here."""
    cdef const Geometry* g = &planes.window
    cdef Phase phase
    phase.first_h = first_of_phase(row, g.top, g.stride_h)
    phase.first_w = first_of_phase(column, g.left, g.stride_w)
    phase.columns = max(0, (planes.width - phase.first_w + g.stride_w - 1) // g.stride_w)
    phase.start = cell_offset(planes, phase.first_h + g.top, phase.first_w + g.left)
    return phase


cdef void fill_planes(const Planes* planes, const real* image, real* out) noexcept nogil:
    """Copy the image into its planes; what lies around it was zeroed once and stays so, and what no window meets."""
    cdef const Geometry* g = &planes.window
    cdef Py_ssize_t c, h, row, column
    cdef Phase phase
    cdef const real* source
    cdef real* target
    for row in range(g.stride_h):
        for column in range(g.stride_w):
            if not (
                is_met(row, g.size_h, g.stride_h, g.dilation_h) and is_met(column, g.size_w, g.stride_w, g.dilation_w)
            ):
                continue
            phase = find_phase(planes, row, column)
            for c in range(planes.channels):
                source = image + (c * planes.height + phase.first_h) * planes.width + phase.first_w
                target = out + c * channel_size(planes) + phase.start
                h = phase.first_h
                while h < planes.height:
                    gather_row(target, source, phase.columns, g.stride_w)
                    source += g.stride_h * planes.width
                    target += planes.pitch
                    h += g.stride_h


cdef void turn(
    const real* source, Py_ssize_t rows, Py_ssize_t positions, const Py_ssize_t* places, real* turned
) noexcept nogil:
    """Copy column p of (rows, positions) to places[p]. Lanes beyond the rows are left alone, or become 0."""
    cdef vec[LANES] square, turned_square
    cdef Py_ssize_t first = 0, p, i, f, count
    while first < rows:
        count = min(LANES, rows - first)
        p = 0
        # A square of mostly empty rows, or one larger than the output, costs more than single steps.
        while 4 * count > LANES and positions >= LANES and p < positions:
            p = min(p, positions - LANES)
            for i in range(count):
                square[i] = load(source + (first + i) * positions + p)
            for i in range(count, LANES):
                square[i] = broadcast(0)
            transpose(square, turned_square)
            for i in range(LANES):
                store(turned + places[p + i] + first, turned_square[i])
            p += LANES
        while p < positions:
            for f in range(first, first + count):
                turned[places[p] + f] = source[f * positions + p]
            p += 1
        first += LANES


cdef void turn_back(
    const real* turned, Py_ssize_t lanes, Py_ssize_t rows, Py_ssize_t positions, const real* start, real* out,
    Py_ssize_t stride,
) noexcept nogil:
    """Copy (positions, lanes) to rows, ``start`` added to each; NULL means 0. ``positions`` is whole vectors."""
    cdef vec[LANES] square, turned_square
    cdef Py_ssize_t first = 0, p, i
    while first < rows:
        p = 0
        while p < positions:
            for i in range(LANES):
                square[i] = load(turned + (p + i) * lanes + first)
            transpose(square, turned_square)
            for i in range(min(<Py_ssize_t> LANES, rows - first)):
                store(
                    out + (first + i) * stride + p,
                    turned_square[i] + broadcast(start[first + i]) if start else turned_square[i],
                )
            p += LANES
        first += LANES
