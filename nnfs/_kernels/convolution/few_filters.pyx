# Needs: vector, params_gradient
"""The gradients of a convolution's weights and bias where a group has few filters: neighbouring outputs are the lanes.

`params_gradient` puts a filter in each lane of a vector, and few filters would leave most lanes empty. Here the
gradient of a filter's outputs is written with rows as far apart as those of the padded image, and zeros between them.
The sum of a weight then is the scalar product of two long rows: this gradient, and the image shifted by the cell's
offset. Loop order: group, block of four filters, block of five cells of the kernel, vector of outputs. Twenty vectors
of sums stay in registers. A vector of pixels, which mostly lies across two cache lines, is loaded once for four
filters. Lanes are added up once for a chunk of images. An image and the gradients of four filters fit the first-level
cache.

The zeros are multiplied by pixels too: where a pixel is NaN or infinite, gradients of weights that do not depend on it
may become NaN.
"""

cdef enum:
    CELLS_AT_ONCE = 5
    FILTERS_AT_ONCE = 4


cdef inline Py_ssize_t wide_size(const ParamsGradient* c) noexcept nogil:
    """Return how many numbers one filter's gradient takes when its rows are as far apart as the padded image's."""
    return round_up(c.ones)


cdef inline inlined_void add_lane_products(
    const Py_ssize_t CELLS, const Py_ssize_t FILTERS, const Py_ssize_t* offset, const real* planes, const real* wide,
    Py_ssize_t size, Py_ssize_t filter_step, real* lane_sums,
) noexcept nogil:
    """Add the products of gradients and pixels for ``CELLS`` cells of the kernel and ``FILTERS`` filters."""
    cdef vec[CELLS_AT_ONCE][FILTERS_AT_ONCE] total
    cdef vec[FILTERS_AT_ONCE] gradient
    cdef Py_ssize_t[CELLS_AT_ONCE] offsets
    cdef vec pixels
    cdef Py_ssize_t m, f, v = 0
    for m in range(CELLS):
        offsets[m] = offset[m]
        for f in range(FILTERS):
            total[m][f] = load(lane_sums + f * filter_step + m * LANES)
    while v < size:
        for f in range(FILTERS):
            gradient[f] = load(wide + f * size + v)
        for m in range(CELLS):
            pixels = load(planes + offsets[m] + v)
            for f in range(FILTERS):
                total[m][f] += pixels * gradient[f]
        v += LANES
    for m in range(CELLS):
        for f in range(FILTERS):
            store(lane_sums + f * filter_step + m * LANES, total[m][f])


cdef inline inlined_void add_lane_cells(
    const Py_ssize_t FILTERS, const ParamsGradient* c, const Py_ssize_t* offset, const real* planes, const real* wide,
    real* lane_sums,
) noexcept nogil:
    """Add the products of gradients and pixels for all cells of the kernel, and the bias, and ``FILTERS`` filters."""
    cdef Py_ssize_t m = 0, size = wide_size(c), step = (c.cells + 1) * LANES
    while m + CELLS_AT_ONCE <= c.cells + 1:
        add_lane_products(CELLS_AT_ONCE, FILTERS, offset + m, planes, wide, size, step, lane_sums + m * LANES)
        m += CELLS_AT_ONCE
    while m <= c.cells:
        add_lane_products(1, FILTERS, offset + m, planes, wide, size, step, lane_sums + m * LANES)
        m += 1


cdef void add_few_filters(
    const ParamsGradient* c, const real* planes, const real* wide, real* lane_sums
) noexcept nogil:
    """Add the products of one image to lane_sums[filter, cell of the kernel or bias, lane].

    ``planes`` is the padded image, and ``wide`` (filters, wide_size) the gradient of its outputs.
    """
    cdef Py_ssize_t g, f, size = wide_size(c), step = (c.cells + 1) * LANES
    cdef const Py_ssize_t* offset
    for g in range(c.groups):
        offset = c.product.row + g * (c.cells + 1)
        f = 0
        while f + FILTERS_AT_ONCE <= c.group_filters:
            add_lane_cells(FILTERS_AT_ONCE, c, offset, planes, wide, lane_sums)
            f += FILTERS_AT_ONCE
            wide, lane_sums = wide + FILTERS_AT_ONCE * size, lane_sums + FILTERS_AT_ONCE * step
        while f < c.group_filters:
            add_lane_cells(1, c, offset, planes, wide, lane_sums)
            f += 1
            wide, lane_sums = wide + size, lane_sums + step


cdef void add_up_lanes(const ParamsGradient* c, const real* lane_sums, real* sums) noexcept nogil:
    """Write the sum of each vector's lanes to sums[group][cell of the kernel, then bias][filter]."""
    cdef Py_ssize_t _, f, m
    for _ in range(c.groups):
        for f in range(c.group_filters):
            for m in range(c.cells + 1):
                sums[m * c.lanes_filters + f] = sum_lanes(load(lane_sums))
                lane_sums += LANES
        sums += (c.cells + 1) * c.lanes_filters
