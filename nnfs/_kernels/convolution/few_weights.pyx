# Needs: vector, arguments, elementwise, params_gradient
"""The gradients of a convolution's weights and bias where weights are few, as in a first layer: outputs are the lanes.

`params_gradient` puts a filter in each lane of a vector. Few filters leave lanes empty, and with few channels it takes
longer to transpose the gradient than to multiply it. Here the gradient of a filter's outputs is written with rows as
far apart as those of the padded image, and zeros between them. The sum of a weight then is the scalar product of two
long rows: this gradient, and the image shifted by the cell's offset. Loop order: group, block of filters, block of
cells of the kernel, vector of outputs. A block's sums, up to twenty vectors, stay in registers. A vector of pixels,
which mostly lies across two cache lines, is loaded once for all filters of a block. Lanes are added up once for a chunk
of images. An image and the gradients of a block of filters fit the first-level cache.

The zeros are multiplied by pixels too: where a pixel is NaN or infinite, gradients of weights that do not depend on it
may become NaN.
"""

cdef enum:
    # As many sums as registers hold beside the gradients and a vector of pixels: of 32 registers 20, of 16 twelve.
    CELLS_AT_ONCE = 7 - TILE_VECTORS // 2
    FILTERS_AT_ONCE = TILE_VECTORS


cdef bint are_finite(Array x) except -1 nogil:
    """Return whether no pixel of x (N, C, H, W) is NaN or infinite."""
    cdef Finite f
    f.x, f.count = x.data, x.shape[0] * x.shape[1] * x.shape[2] * x.shape[3]
    look_for_infinity(&f)
    return f.is_finite != 0


cdef inline Py_ssize_t wide_size(const ParamsGradient* c) noexcept nogil:
    """Return how many numbers one filter's gradient takes when its rows are as far apart as the padded image's."""
    return round_up(c.ones)


cdef inline inlined_void add_lane_products(
    const Py_ssize_t CELLS, const Py_ssize_t FILTERS, const Py_ssize_t* offset, const real* planes, const real* wide,
    Py_ssize_t size, Py_ssize_t filter_step, real* lane_sums,
) noexcept nogil:
    """Add the products of gradients and pixels for ``CELLS`` cells of the kernel and ``FILTERS`` filters."""
    cdef vec[6][4] total
    cdef vec[4] gradient
    cdef Py_ssize_t[6] offsets
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
            pixels = in_register(load(planes + offsets[m] + v))
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
    """Add the products of gradients and pixels for all cells of the kernel, and the bias, and ``FILTERS`` filters.

    The cells are cut into blocks of nearly equal size, since a small block leaves the multipliers waiting.
    """
    cdef Py_ssize_t size = wide_size(c), step = (c.cells + 1) * LANES, left = c.cells + 1, cells
    cdef Py_ssize_t blocks = (left + CELLS_AT_ONCE - 1) // CELLS_AT_ONCE
    while left > 0:
        cells = (left + blocks - 1) // blocks
        if cells == 6:
            add_lane_products(6, FILTERS, offset, planes, wide, size, step, lane_sums)
        elif cells == 5:
            add_lane_products(5, FILTERS, offset, planes, wide, size, step, lane_sums)
        elif cells == 4:
            add_lane_products(4, FILTERS, offset, planes, wide, size, step, lane_sums)
        elif cells == 3:
            add_lane_products(3, FILTERS, offset, planes, wide, size, step, lane_sums)
        else:
            cells = 2
            add_lane_products(2, FILTERS, offset, planes, wide, size, step, lane_sums)
        left, blocks, offset, lane_sums = left - cells, blocks - 1, offset + cells, lane_sums + cells * LANES


cdef void add_few_weights(
    const ParamsGradient* c, const real* planes, const real* wide, real* lane_sums
) noexcept nogil:
    """Add the products of one image to lane_sums[filter, cell of the kernel or bias, lane].

    ``planes`` is the padded image, and ``wide`` (filters, wide_size) the gradient of its outputs.
    """
    cdef Py_ssize_t g, f, at_once, size = wide_size(c), step = (c.cells + 1) * LANES
    cdef const Py_ssize_t* offset
    for g in range(c.groups):
        offset = c.product.row + g * (c.cells + 1)
        f = 0
        while f < c.group_filters:
            at_once = min(<Py_ssize_t> FILTERS_AT_ONCE, c.group_filters - f)
            if at_once == 4:
                add_lane_cells(4, c, offset, planes, wide, lane_sums)
            elif at_once >= 2:
                at_once = 2
                add_lane_cells(2, c, offset, planes, wide, lane_sums)
            else:
                add_lane_cells(1, c, offset, planes, wide, lane_sums)
            f, wide, lane_sums = f + at_once, wide + at_once * size, lane_sums + at_once * step


cdef void add_up_lanes(const ParamsGradient* c, const real* lane_sums, real* sums) noexcept nogil:
    """Write the sum of each vector's lanes to sums[group][cell of the kernel, then bias][filter]."""
    cdef Py_ssize_t _, f, m
    for _ in range(c.groups):
        for f in range(c.group_filters):
            for m in range(c.cells + 1):
                sums[m * c.lanes_filters + f] = sum_lanes(load(lane_sums))
                lane_sums += LANES
        sums += (c.cells + 1) * c.lanes_filters
