"""Convolution, forward.

Loop order: image (a task), group, position, filter, then cell of the kernel (channel, row, column). The image's
padded planes and its outputs stay in the second-level cache of one core; the pixels of a tile stay in the first
while all filters pass over them. Nothing is unrolled in memory (no im2col) and the weights are read where
they are. Outputs go to scratch with the planes' pitch. What follows them is an `Ending`: here each row's valid part is
copied to y, and `fused` has others, which find the outputs of a group still in the cache.
"""

cdef struct Convolution

# What becomes of the outputs of a group, whose filters begin with ``first``, of the image ``index``.
ctypedef void (*Ending)(const Convolution* c, Py_ssize_t index, Py_ssize_t first, const real* out) noexcept nogil

cdef struct Convolution:
    Geometry window
    Planes planes
    Product product
    Py_ssize_t groups, filters, group_channels, group_filters, rows, columns  # of the output
    Py_ssize_t cells  # of a filter, over all its channels
    Py_ssize_t out_stride, pitch  # of a filter's outputs in scratch, and of a row
    const real* x
    const real* weight
    const real* bias
    real* y
    Ending ending
    Py_ssize_t plane_room, thread_room
    real* scratch
    bint by_winograd
    Winograd winograd
    Py_ssize_t images
    const Py_ssize_t* pixel_places
    const real* points


cdef void convolve_image(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Convolution* c = <Convolution*> arguments
    cdef Py_ssize_t image_size = c.planes.channels * c.planes.height * c.planes.width
    cdef Py_ssize_t g, first
    cdef real* planes = c.scratch + thread * c.thread_room
    cdef real* out = planes + c.plane_room
    fill_planes(&c.planes, c.x + index * image_size, planes)
    for g in range(c.groups):
        first = g * c.group_filters
        multiply(
            &c.product, c.group_filters, c.product.out_stride // LANES, c.weight + first * c.cells,
            planes + g * c.group_channels * channel_size(&c.planes), out, c.bias + first if c.bias else NULL, False,
        )
        c.ending(c, index, first, out)


cdef void copy_outputs(const Convolution* c, Py_ssize_t index, Py_ssize_t first, const real* out) noexcept nogil:
    cdef Py_ssize_t f, p
    cdef real* y = c.y + (index * c.filters + first) * c.rows * c.columns
    for f in range(c.group_filters):
        for p in range(c.rows):
            copy_row(
                y + (f * c.rows + p) * c.columns, out + f * c.out_stride + p * c.pitch, c.columns
            )


cdef void fill_cells(const Planes* planes, const Geometry* g, Py_ssize_t channels, Py_ssize_t* offsets) noexcept nogil:
    """Write the offset of each cell (channel, i, j) of a filter in the planes."""
    cdef Py_ssize_t c, i, j, cell = 0
    for c in range(channels):
        for i in range(g.size_h):
            for j in range(g.size_w):
                offsets[cell] = c * channel_size(planes) + cell_offset(planes, i * g.dilation_h, j * g.dilation_w)
                cell += 1


def conv2d_forward(
    const real[:, :, :, ::1] x not None, const real[:, :, :, ::1] weight not None, const real[::1] bias, window, *,
    real[:, :, :, ::1] y not None,
):
    cdef Convolution c
    if x.shape[0] == 0:
        return
    if is_depthwise(x.shape[1], weight.shape[1]):
        depthwise_forward(x, weight, bias, window, False, y)
        return
    c.y, c.ending, c.rows, c.columns = &y[0, 0, 0, 0], copy_outputs, y.shape[2], y.shape[3]
    plan_convolution(&c, x, weight, bias, window)
    convolve(&c, x.shape[0])


cdef object plan_convolution(
    Convolution* c, const real[:, :, :, ::1] x, const real[:, :, :, ::1] weight, const real[::1] bias, object window
):
    """Fill all but y, its rows and columns, which are known before, and the ending."""
    cdef Geometry g = read_window(window)
    c.window = g
    c.planes = plan_planes(&g, x.shape[1], x.shape[2], x.shape[3])
    c.filters, c.group_channels = weight.shape[0], weight.shape[1]
    c.groups = x.shape[1] // c.group_channels
    c.group_filters = c.filters // c.groups
    c.cells = c.group_channels * g.size_h * g.size_w
    c.x, c.weight = &x[0, 0, 0, 0], &weight[0, 0, 0, 0]
    c.bias = NULL
    if bias is not None:
        c.bias = &bias[0]
    c.product.terms = c.cells
    c.product.out_stride = round_up((c.rows - 1) * c.planes.pitch + c.columns)
    c.plane_room = c.planes.size
    c.thread_room = c.plane_room + c.group_filters * c.product.out_stride
    c.out_stride, c.pitch = c.product.out_stride, c.planes.pitch
    c.by_winograd = suits_winograd(&g, c.group_channels, c.group_filters, c.rows, c.columns)
    if c.by_winograd:
        plan_convolution_by_winograd(c)


cdef object convolve(Convolution* c, Py_ssize_t images):
    """Give each image to a thread."""
    if c.by_winograd:
        convolve_by_winograd(c, images)
    else:
        convolve_directly(c, images)


cdef object convolve_directly(Convolution* c, Py_ssize_t images):
    cdef Py_ssize_t threads = share(images, images * c.filters * c.cells * c.rows * c.columns), k
    cdef Py_ssize_t* table = <Py_ssize_t*> new_scratch(
        (2 * c.cells + c.group_filters) * sizeof(Py_ssize_t) + 64 + threads * c.thread_room * sizeof(real)
    )
    try:
        with nogil:
            fill_cells(&c.planes, &c.window, c.group_channels, table)
            for k in range(c.cells):
                table[c.cells + k] = k
            for k in range(c.group_filters):
                table[2 * c.cells + k] = k * c.cells
            c.product.b_term, c.product.w_term, c.product.row = table, table + c.cells, table + 2 * c.cells
            c.scratch = <real*> after_table(table, 2 * c.cells + c.group_filters)
            run(convolve_image, c, images, threads)
    finally:
        free(table)


cdef void plan_convolution_by_winograd(Convolution* c) noexcept nogil:
    cdef Winograd* w = &c.winograd
    plan_winograd(w, c.group_channels, c.group_filters, c.rows, c.columns)
    plan_plane(w, &c.window, c.planes.height, c.planes.width)
    c.out_stride, c.pitch = w.out_stride, 4 * w.tile_columns
    c.thread_room = (
        w.images * (w.plane + w.turned_output) + POINTS * (w.channel_slice + w.filter_slice) + w.filters * w.out_stride
    )


cdef object convolve_by_winograd(Convolution* c, Py_ssize_t images):
    """Give to a thread as many images as make a block of tiles."""
    cdef Winograd* w = &c.winograd
    cdef Py_ssize_t tasks = (images + w.images - 1) // w.images, t
    cdef Py_ssize_t threads = share(tasks, images * c.filters * c.cells * c.rows * c.columns)
    cdef Py_ssize_t places = c.planes.height * c.planes.width, entries = places + table_entries(w)
    cdef Py_ssize_t points_room = c.groups * POINTS * w.weight_slice
    cdef Py_ssize_t* table = <Py_ssize_t*> new_room(
        entries * sizeof(Py_ssize_t) + 64
        + (threads * c.thread_room + points_room + c.groups * c.cells * w.lanes_filters) * sizeof(real)
    )
    cdef real* points
    c.images = images
    try:
        with nogil:
            fill_pixels(
                table, (c.window.top * w.pitch + c.window.left) * w.lanes_channels, c.planes.height, c.planes.width,
                w.pitch, w.lanes_channels,
            )
            c.pixel_places = table
            c.scratch = <real*> after_table(table, entries)
            for t in range(threads):
                memset(c.scratch + t * c.thread_room, 0, w.images * w.plane * sizeof(real))
            points = c.scratch + threads * c.thread_room
            prepare_weights(
                w, c.weight, c.groups, False, fill_winograd_tables(w, table + places), points + points_room, points
            )
            c.points = points
            run(convolve_tiles, c, tasks, threads)
    finally:
        free(table)


cdef void convolve_tiles(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef const Convolution* c = <const Convolution*> arguments
    cdef const Winograd* w = &c.winograd
    cdef Py_ssize_t begin = index * w.images, count = min(w.images, c.images - begin), size = w.channels, g, i
    cdef real* planes = c.scratch + thread * c.thread_room
    cdef real* pixels = planes + w.images * w.plane
    cdef real* sums = pixels + POINTS * w.channel_slice
    cdef real* turned = sums + POINTS * w.filter_slice
    cdef real* out = turned + w.images * w.turned_output
    size *= c.planes.height * c.planes.width
    for g in range(c.groups):
        for i in range(count):
            turn(
                c.x + ((begin + i) * c.groups + g) * size, w.channels, c.planes.height * c.planes.width, c.pixel_places,
                planes + i * w.plane,
            )
        correlate(w, count, planes, c.points + g * POINTS * w.weight_slice, pixels, sums, turned)
        for i in range(count):
            turn_back(
                turned + i * w.turned_output, w.lanes_filters, w.filters, 16 * w.tiles,
                c.bias + g * w.filters if c.bias else NULL, out, w.out_stride,
            )
            c.ending(c, begin + i, g * w.filters, out)
