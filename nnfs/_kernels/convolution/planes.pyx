# Needs: vector, strides, window
"""Zero-padded copies of one image, laid out so that the pixels under a cell of the window lie at a fixed offset.

Loop order: channel, row, pixel, as the image lies in memory. With stride 1 a channel is one padded plane. With stride s
it is split into s * s planes, one for each pair of remainders of row and column, so that neighbouring windows read
neighbouring pixels. A plane is used as one long row: output (p, q) has the index p * pitch + q, and the pixel under a
cell of the window has this index plus the cell's offset. Outputs at the few indices between the rows' ends are computed
too, but not used. Each thread has a copy of its own, which stays in its cache for all filters.
"""

cdef struct Planes:
    Geometry window
    Py_ssize_t channels, height, width  # of the image
    Py_ssize_t rows, pitch  # of a plane
    Py_ssize_t size  # numbers in all planes, and room for a vector that begins at the last pixel


cdef Planes plan_planes(const Geometry* g, Py_ssize_t channels, Py_ssize_t height, Py_ssize_t width) noexcept nogil:
    """Return the sizes of the padded planes for images (channels, height, width) and the window ``g``."""
    cdef Planes planes
    planes.window, planes.channels, planes.height, planes.width = g[0], channels, height, width
    planes.rows = (g.top + height + g.bottom + g.stride_h - 1) // g.stride_h
    planes.pitch = (g.left + width + g.right + g.stride_w - 1) // g.stride_w
    planes.size = round_up(channels * g.stride_h * g.stride_w * planes.rows * planes.pitch + LANES)
    return planes


cdef inline Py_ssize_t channel_size(const Planes* planes) noexcept nogil:
    """Return how many numbers the padded copy of one channel of an image takes: stride_h * stride_w planes."""
    return planes.window.stride_h * planes.window.stride_w * planes.rows * planes.pitch


cdef inline Py_ssize_t cell_offset(const Planes* planes, Py_ssize_t row, Py_ssize_t column) noexcept nogil:
    """Return the offset of pixel (row, column) of the padded image from the begin of its channel's planes."""
    cdef const Geometry* g = &planes.window
    cdef Py_ssize_t phase
    if g.stride_h == 1 and g.stride_w == 1:  # divisions would take longer than copying a small image
        return row * planes.pitch + column
    phase = row % g.stride_h * g.stride_w + column % g.stride_w
    return (phase * planes.rows + row // g.stride_h) * planes.pitch + column // g.stride_w


cdef bint is_met(Py_ssize_t place, Py_ssize_t size, Py_ssize_t stride, Py_ssize_t dilation) noexcept nogil:
    """Return whether any window reads row (or column) ``place`` of the padded image; with gaps, some are never read."""
    cdef Py_ssize_t i
    if stride == 1:
        return True
    for i in range(min(size, stride)):  # further cells have the same remainders
        if i * dilation % stride == place % stride:
            return True
    return False


cdef inline Py_ssize_t count_steps(Py_ssize_t first, Py_ssize_t size, Py_ssize_t stride) noexcept nogil:
    """Return how many of the numbers first, first + stride, first + 2 stride, ... are below ``size``."""
    return max(0, size - first if stride == 1 else (size - first + stride - 1) // stride)


cdef inline bint is_pointwise(const Geometry* g) noexcept nogil:
    """Return whether each output reads one pixel of each channel, those of which the first belongs to the first."""
    return g.size_h == 1 and g.size_w == 1 and g.stride_h == 1 and g.stride_w == 1


cdef inline const real* image_planes(
    const Planes* planes, const real* x, Py_ssize_t index, Py_ssize_t images, real* scratch
) noexcept nogil:
    """Return the planes of the image ``index`` of x: the image itself if it needs none, else ``scratch``, now filled.

    It needs none without a border and a stride. Vectors may end behind an image; if they do behind the last one, where
    the memory of x ends, it is copied nevertheless.
    """
    cdef const Geometry* g = &planes.window
    cdef Py_ssize_t size = planes.channels * planes.height * planes.width
    if (
        g.stride_h == 1 and g.stride_w == 1 and channel_size(planes) == planes.height * planes.width
        and ((images - index) * size >= planes.size or is_pointwise(g) and planes.height * planes.width % LANES == 0)
    ):
        return x + index * size
    fill_planes(planes, x + index * size, scratch)
    return scratch


cdef void fill_planes(const Planes* planes, const real* image, real* out) noexcept nogil:
    """Copy an image into its planes, but for rows and columns that no window reads.

    The border is not written: it has been filled with zeros before.
    """
    cdef const Geometry* g = &planes.window
    cdef Py_ssize_t c, h, first_h, first_w, start, columns, size = planes.height * planes.width
    cdef const real* source
    cdef real* target
    if g.stride_h == 1 and g.stride_w == 1 and planes.pitch == planes.width:  # rows follow without a gap: they are one
        for c in range(planes.channels):
            copy_row(out + c * channel_size(planes) + g.top * planes.pitch, image + c * size, size)
        return
    for first_h in range(min(g.stride_h, planes.height)):
        if not is_met(first_h + g.top, g.size_h, g.stride_h, g.dilation_h):
            continue
        for first_w in range(min(g.stride_w, planes.width)):
            if not is_met(first_w + g.left, g.size_w, g.stride_w, g.dilation_w):
                continue
            # The divisions are done here and not for each row, which they would take longer than to copy.
            start = cell_offset(planes, first_h + g.top, first_w + g.left)
            columns = count_steps(first_w, planes.width, g.stride_w)
            for c in range(planes.channels):
                source = image + (c * planes.height + first_h) * planes.width + first_w
                target = out + c * channel_size(planes) + start
                h = first_h
                while h < planes.height:
                    gather_row(target, source, columns, g.stride_w)
                    source += g.stride_h * planes.width
                    target += planes.pitch
                    h += g.stride_h


cdef void fill_cells(const Planes* planes, const Geometry* g, Py_ssize_t channels, Py_ssize_t* offsets) noexcept nogil:
    """Write, for each cell (channel, i, j) of a filter, the offset of its pixels in the planes."""
    cdef Py_ssize_t c, i, j, cell = 0
    for c in range(channels):
        for i in range(g.size_h):
            for j in range(g.size_w):
                offsets[cell] = c * channel_size(planes) + cell_offset(planes, i * g.dilation_h, j * g.dilation_w)
                cell += 1
