# Needs: team, vector, arguments, product, window, planes, winograd
"""What the direct convolution and Winograd's share: the images, the parts into which tasks are cut, and the ending.

There is no loop over pixels here. An ending is what becomes of the outputs of some filters: `endings` has those that
copy them to y, with ReLU or pooling on the way, while they are still in the cache of the core that computed them.
"""

cdef enum:
    LINE = 64 // sizeof(real)
    PART_FILTERS = 8  # what a part of an image is a multiple of, so that the product has rows enough

cdef struct Convolution

# What becomes of the outputs of some filters, from ``first`` on, of the image ``index``.
ctypedef void (*Ending)(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil

cdef struct Convolution:
    Geometry window
    Planes planes
    Product product
    Py_ssize_t groups, filters, group_channels, group_filters, rows, columns  # of the output
    Py_ssize_t part, parts  # filters of a group that one task convolves, and how many tasks that makes of an image
    Py_ssize_t cells  # of a filter, over all its channels
    Py_ssize_t out_stride, pitch  # of a filter's outputs in scratch, and of a row
    const real* x
    const real* weight
    const real* bias
    real* y
    real slope  # of the ReLU behind it, where an ending has one
    Ending ending
    Py_ssize_t planes_size, thread_stride
    real* scratch  # of each thread: its planes, behind a flag, and its outputs
    Winograd winograd
    Py_ssize_t images
    const Py_ssize_t* pixel_places
    Py_ssize_t* weight_places
    Py_ssize_t weights_size
    real* points  # converted weights: all of them or, of an image in parts, what each thread needs


cdef void raise_flags(const Convolution* c, Py_ssize_t threads) noexcept nogil:
    """Raise the flag in front of each thread's planes, at which the thread clears them.

    Zeros that another core had written would take longer to fetch than to write.
    """
    cdef Py_ssize_t t
    for t in range(threads):
        c.scratch[t * c.thread_stride] = 1


cdef real* clear_planes(real* scratch, Py_ssize_t size) noexcept nogil:
    """Return a thread's planes, zeroed if their flag is raised; what lies around an image then stays 0."""
    cdef real* planes = scratch + LINE
    if scratch[0] != 0:
        memset(planes, 0, size * sizeof(real))
        scratch[0] = 0
    return planes


cdef void plan_parts(Convolution* c, Py_ssize_t tasks, Py_ssize_t unit, Py_ssize_t work) noexcept nogil:
    """Cut each task into parts of whole units of filters where threads would be left without one.

    A filter's outputs have the same bits in every part.
    """
    cdef Py_ssize_t units = (c.group_filters + unit - 1) // unit, threads = thread_count(tasks * units, work)
    c.parts = min(units, (threads + tasks - 1) // tasks)
    c.part = (units + c.parts - 1) // c.parts * unit
    c.parts = (c.group_filters + c.part - 1) // c.part  # rounding may have left none for the last


cdef object plan_convolution(Convolution* c, Array x, Array weight, Array bias, object window):
    """Fill c, of which the caller has filled y, the ending, and the outputs' rows and columns."""
    cdef Geometry g = read_window(window)
    c.window = g
    c.planes = plan_planes(&g, x.shape[1], x.shape[2], x.shape[3])
    c.filters, c.group_channels = weight.shape[0], weight.shape[1]
    c.groups = x.shape[1] // c.group_channels
    c.group_filters = c.filters // c.groups
    c.cells = c.group_channels * g.size_h * g.size_w
    c.x, c.weight, c.bias = x.data, weight.data, bias.data
    c.product.terms = c.cells
    c.product.out_stride = round_up((c.rows - 1) * c.planes.pitch + c.columns)
    c.planes_size = c.planes.size
    c.out_stride, c.pitch = c.product.out_stride, c.planes.pitch
