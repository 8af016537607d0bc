# Needs: vector, elementwise, maxpool, forward
"""The endings of a convolution, which copy its outputs from scratch to y: as they are, with ReLU, or pooled and ReLU.

Loop order: filter, row, pixel. The outputs of some filters of one image still lie in the second-level cache of the core
that has just computed them. With a 2 by 2 pool only a quarter of them, and their places, are written to memory. ReLU is
applied after the pool, to fewer numbers, since relu(max(a, b)) = max(relu(a), relu(b)).
"""

cdef struct PooledConvolution:
    Convolution convolution  # first, so that a pointer to it is one to the whole struct
    Pool pool


cdef void copy_outputs(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil:
    """Copy the outputs of some filters of an image to y, unless they are there."""
    cdef Py_ssize_t f, p, rows = c.rows, columns = c.columns
    cdef real* y = c.y + (index * c.filters + first) * c.rows * c.columns
    if c.in_place:
        return
    if c.pitch == columns:  # rows follow without a gap: copy them as one
        rows, columns = 1, rows * columns
    for f in range(filters):
        for p in range(rows):
            copy_row(y, out + f * c.out_stride + p * c.pitch, columns)
            y += columns


cdef void rectify_outputs(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil:
    """Write ReLU of the outputs of some filters of an image to y."""
    cdef Py_ssize_t f, p, rows = c.rows, columns = c.columns
    cdef const real* row
    cdef real* y = c.y + (index * c.filters + first) * c.rows * c.columns
    if c.pitch == columns:
        rows, columns = 1, rows * columns
    for f in range(filters):
        for p in range(rows):
            row = out + f * c.out_stride + p * c.pitch
            leaky_relu(row, row, c.slope, columns, y)
            y += columns


cdef void pool_outputs(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil:
    """Write ReLU of the max-pooled outputs of some filters of an image to y, and their places to argmax."""
    cdef Pool pool = (<const PooledConvolution*> c).pool
    cdef Py_ssize_t begin = index * c.filters + first, size = pool.rows * pool.columns
    cdef real* y = pool.y + begin * size
    pool.pitch = c.pitch
    pool_each(&pool, out, c.out_stride, begin, filters)
    leaky_relu(y, y, c.slope, filters * size, y)
