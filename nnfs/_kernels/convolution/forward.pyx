# Needs: team, vector, arguments, product, window, planes, winograd
"""What the direct convolution and Winograd's share: sizes, the cutting of an image into tasks, and the ending.

An ending is a function that a convolution calls with the outputs of some filters of an image, while they are still in
the cache of the core that computed them. It copies them to y, perhaps through ReLU or a max pool; `endings` has all of
them. There is no loop over pixels here.
"""

cdef enum:
    LINE = 64 // sizeof(real)
    PART_FILTERS = 8  # a part of an image's filters is a multiple of this, so that each product has enough rows

cdef struct Convolution

# An ending: it copies the outputs of ``filters`` filters, from ``first`` on, of the image ``index`` from ``out`` to y.
ctypedef void (*Ending)(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil

cdef struct Convolution:
    Geometry window
    Planes planes
    Product product
    Py_ssize_t groups, filters, group_channels, group_filters, rows, columns  # of the output
    Py_ssize_t part, parts  # filters of a group that one task computes, and how many tasks an image makes
    Py_ssize_t cells  # of a filter, over all its channels
    Py_ssize_t out_stride, pitch  # from one filter's outputs in scratch to the next, and from one row to the next
    const real* x
    const real* weight
    const real* bias
    real* y
    real slope  # of the ReLU that the ending applies, if any
    Ending ending
    bint by_panels  # whether the direct algorithm copies the pixels of each tile
    bint in_place  # whether it writes the outputs to y, where they lie as they would in scratch
    Py_ssize_t planes_size, thread_stride
    real* scratch  # for each thread: a flag, the planes of its image, and its outputs
    Winograd winograd
    Py_ssize_t images
    const Py_ssize_t* pixel_places
    Py_ssize_t* weight_places
    Py_ssize_t weights_size
    real* points  # converted weights: all of them, or, if images are cut into parts, room for a part's for each thread


cdef void raise_flags(const Convolution* c, Py_ssize_t threads) noexcept nogil:
    """Set the flag in front of each thread's planes, which tells the thread to fill them with zeros.

    The thread does this itself, since its core would take longer to fetch zeros that another core has written.
    """
    cdef Py_ssize_t t
    for t in range(threads):
        c.scratch[t * c.thread_stride] = 1


cdef real* clear_planes(real* scratch, Py_ssize_t size) noexcept nogil:
    """Return a thread's planes; on first use, which the flag in front of them tells, fill them with zeros.

    The images copied there later never cover the border, which stays 0.
    """
    cdef real* planes = scratch + LINE
    if scratch[0] != 0:
        memset(planes, 0, size * sizeof(real))
        scratch[0] = 0
    return planes


cdef void plan_parts(Convolution* c, Py_ssize_t tasks, Py_ssize_t unit, Py_ssize_t work) noexcept nogil:
    """Cut each of ``tasks`` tasks into parts, each a multiple of ``unit`` filters, if threads are more than tasks.

    The bits of a filter's outputs do not depend on the part that computes them.
    """
    cdef Py_ssize_t units = (c.group_filters + unit - 1) // unit, threads = thread_count(tasks * units, work)
    c.parts = min(units, (threads + tasks - 1) // tasks)
    c.part = (units + c.parts - 1) // c.parts * unit
    c.parts = (c.group_filters + c.part - 1) // c.part  # rounding up may have left no filter for the last part


cdef void plan_convolution(
    Convolution* c, Array x, Array weight, Array bias, const Geometry* g
) noexcept nogil:
    """Fill the sizes and pointers of c; the caller has filled y, the ending, and the outputs' rows and columns."""
    c.window = g[0]
    c.planes = plan_planes(g, x.shape[1], x.shape[2], x.shape[3])
    c.filters, c.group_channels = weight.shape[0], weight.shape[1]
    c.groups = x.shape[1] // c.group_channels
    c.group_filters = c.filters // c.groups
    c.cells = c.group_channels * g.size_h * g.size_w
    c.x, c.weight, c.bias = x.data, weight.data, bias.data
    c.product.terms = c.cells
    c.product.out_stride = round_up((c.rows - 1) * c.planes.pitch + c.columns)
    c.planes_size = c.planes.size
    c.out_stride, c.pitch = c.product.out_stride, c.planes.pitch
