"""Convolution, forward.

Loop order: image (a task), group, position, filter, then cell of the kernel (channel, row, column). The image's
padded planes and its outputs stay in the second-level cache of one core; the pixels of a tile stay in the first
while all filters pass over them. Where images are fewer than threads, a task is a part of an image's filters: it
copies the image too, but that costs little, and no ending need know where another part begins. Nothing is unrolled in
memory (no im2col) and the weights are read where they are. Outputs go to scratch with the planes' pitch. What follows
them is an `Ending`: here each row's valid part is copied to y, and `fused` has others, which find the outputs of a part
still in the cache.
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
    Py_ssize_t plane_room, thread_room
    real* scratch  # of each thread: its planes, behind a flag, and room for outputs
    bint by_winograd
    Winograd winograd
    Py_ssize_t images
    const Py_ssize_t* pixel_places
    Py_ssize_t* weight_places
    Py_ssize_t weights_room
    real* points  # converted weights: all of them or, of an image in parts, what each thread needs


cdef void convolve_image(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Convolve one image with a part of each group's filters."""
    cdef Convolution* c = <Convolution*> arguments
    cdef Py_ssize_t image = index // c.parts, begin = index % c.parts * c.part
    cdef Py_ssize_t filters = min(c.part, c.group_filters - begin), g, first
    cdef real* planes = clear_planes(c.scratch + thread * c.thread_room, c.plane_room)
    cdef real* out = planes + c.plane_room
    fill_planes(&c.planes, c.x + image * c.planes.channels * c.planes.height * c.planes.width, planes)
    for g in range(c.groups):
        first = g * c.group_filters + begin
        multiply(
            &c.product, filters, c.product.out_stride // LANES, c.weight + first * c.cells,
            planes + g * c.group_channels * channel_size(&c.planes), out, c.bias + first if c.bias else NULL, False,
        )
        c.ending(c, image, first, filters, out)


cdef void raise_flags(const Convolution* c, Py_ssize_t threads) noexcept nogil:
    """Have each thread clear its own planes: written by one core, they would cost another more than their zeros."""
    cdef Py_ssize_t t
    for t in range(threads):
        c.scratch[t * c.thread_room] = 1


cdef real* clear_planes(real* scratch, Py_ssize_t room) noexcept nogil:
    """Return a thread's planes. What lies around an image is zeroed before the first, and stays so."""
    cdef real* planes = scratch + LINE
    if scratch[0] != 0:
        memset(planes, 0, room * sizeof(real))
        scratch[0] = 0
    return planes


cdef void copy_outputs(
    const Convolution* c, Py_ssize_t index, Py_ssize_t first, Py_ssize_t filters, const real* out
) noexcept nogil:
    cdef Py_ssize_t f, p
    cdef real* y = c.y + (index * c.filters + first) * c.rows * c.columns
    for f in range(filters):
        for p in range(c.rows):
            copy_row(
                y + (f * c.rows + p) * c.columns, out + f * c.out_stride + p * c.pitch, c.columns
            )


cdef void plan_parts(Convolution* c, Py_ssize_t tasks, Py_ssize_t unit, Py_ssize_t work) noexcept nogil:
    """Cut each task into parts of whole units of filters where threads would be left without one.

    A filter's outputs have the same bits in every part.
    """
    cdef Py_ssize_t units = (c.group_filters + unit - 1) // unit, threads = share(tasks * units, work)
    c.parts = min(units, (threads + tasks - 1) // tasks)
    c.part = (units + c.parts - 1) // c.parts * unit
    c.parts = (c.group_filters + c.part - 1) // c.part  # rounding may have left none for the last


cdef void fill_cells(const Planes* planes, const Geometry* g, Py_ssize_t channels, Py_ssize_t* offsets) noexcept nogil:
    """Write the offset of each cell (channel, i, j) of a filter in the planes."""
    cdef Py_ssize_t c, i, j, cell = 0
    for c in range(channels):
        for i in range(g.size_h):
            for j in range(g.size_w):
                offsets[cell] = c * channel_size(planes) + cell_offset(planes, i * g.dilation_h, j * g.dilation_w)
                cell += 1


def conv2d_forward(x, weight, bias, window, *, y):
    convolve_and_end(
        input_of(x, 4), input_of(weight, 4), input_or_none(bias, 1), window, 1, copy_outputs, output_of(y, 4)
    )


cdef object convolve_and_end(Array x, Array weight, Array bias, object window, real slope, Ending ending, Array y):
    """Convolve, and let ``ending`` write to y."""
    cdef Convolution c
    if x.shape[0] == 0:
        return
    if is_depthwise(x.shape[1], weight.shape[1]):
        depthwise_forward(x, weight, bias, window, slope, y)
        return
    c.y, c.ending, c.slope, c.rows, c.columns = y.data, ending, slope, y.shape[2], y.shape[3]
    plan_convolution(&c, x, weight, bias, window)
    convolve(&c, x.shape[0])


cdef object plan_convolution(Convolution* c, Array x, Array weight, Array bias, object window):
    """Fill all but y, its rows and columns, which are known before, and the ending."""
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
    c.plane_room = c.planes.size
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
    cdef Py_ssize_t work = images * c.filters * c.cells * c.rows * c.columns, threads, k
    cdef Py_ssize_t* table
    plan_parts(c, images, PART_FILTERS, work)
    threads = share(images * c.parts, work)
    c.thread_room = LINE + c.plane_room + c.part * c.product.out_stride
    table = <Py_ssize_t*> new_room(
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
            raise_flags(c, threads)
            run(convolve_image, c, images * c.parts, threads)
    finally:
        free(table)


cdef void plan_convolution_by_winograd(Convolution* c) noexcept nogil:
    cdef Winograd* w = &c.winograd
    plan_winograd(w, c.group_channels, c.group_filters, c.rows, c.columns)
    plan_plane(w, &c.window, c.planes.height, c.planes.width)
    c.out_stride, c.pitch = w.out_stride, 4 * w.tile_columns


cdef object convolve_by_winograd(Convolution* c, Py_ssize_t images):
    """Give to a thread as many images as make a block of tiles, or a part of their filters."""
    cdef Winograd* w = &c.winograd
    cdef Py_ssize_t tasks = (images + w.images - 1) // w.images, threads
    cdef Py_ssize_t work = images * c.filters * c.cells * c.rows * c.columns
    cdef Py_ssize_t places = c.planes.height * c.planes.width, entries = places + table_entries(w)
    cdef Py_ssize_t* table
    plan_parts(c, tasks, LANES, work)
    threads = share(tasks * c.parts, work)
    plan_winograd(w, c.group_channels, min(c.part, c.group_filters), c.rows, c.columns)
    c.weights_room = POINTS * w.weight_slice + c.cells * w.lanes_filters
    c.thread_room = LINE + (
        w.images * (w.plane + w.turned_output) + POINTS * (w.channel_slice + w.filter_slice) + w.filters * w.out_stride
    )
    table = <Py_ssize_t*> new_room(
        entries * sizeof(Py_ssize_t) + 64
        + (threads * c.thread_room + (threads if c.parts > 1 else c.groups) * c.weights_room) * sizeof(real)
    )
    c.images = images
    try:
        with nogil:
            fill_pixels(
                table, (c.window.top * w.pitch + c.window.left) * w.lanes_channels, c.planes.height, c.planes.width,
                w.pitch, w.lanes_channels,
            )
            c.pixel_places = table
            c.weight_places = fill_winograd_tables(w, table + places)
            c.scratch = <real*> after_table(table, entries)
            raise_flags(c, threads)
            c.points = c.scratch + threads * c.thread_room
            if c.parts == 1:
                prepare_weights(
                    w, c.weight, c.groups, False, c.weight_places, c.points + c.groups * POINTS * w.weight_slice,
                    c.points,
                )
            else:
                fill_weight_places(w, False, c.weight_places)
            run(convolve_tiles, c, tasks * c.parts, threads)
    finally:
        free(table)


cdef void convolve_tiles(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Convolve the images of a block with all filters, or with a part of each group's, whose weights it converts."""
    cdef const Convolution* c = <const Convolution*> arguments
    cdef const Winograd* w = &c.winograd
    cdef Py_ssize_t begin = index // c.parts * w.images, count = min(w.images, c.images - begin), g, i
    cdef Py_ssize_t part = index % c.parts * c.part, filters = min(c.part, c.group_filters - part), first
    cdef Py_ssize_t size = w.channels
    cdef real* planes = clear_planes(c.scratch + thread * c.thread_room, w.images * w.plane)
    cdef real* pixels = planes + w.images * w.plane
    cdef real* sums = pixels + POINTS * w.channel_slice
    cdef real* turned = sums + POINTS * w.filter_slice
    cdef real* out = turned + w.images * w.turned_output
    cdef real* points
    size *= c.planes.height * c.planes.width
    for g in range(c.groups):
        for i in range(count):
            turn(
                c.x + ((begin + i) * c.groups + g) * size, c.planes.height * c.planes.width, w.channels,
                c.planes.height * c.planes.width, c.pixel_places, planes + i * w.plane,
            )
        first = g * c.group_filters + part
        if c.parts == 1:
            points = c.points + g * POINTS * w.weight_slice
        else:
            points = c.points + thread * c.weights_room
            convert_filters(
                w, c.weight + first * c.cells, filters, c.weight_places, points + POINTS * w.weight_slice, points
            )
        correlate(w, count, filters, planes, points, pixels, sums, turned)
        for i in range(count):
            turn_back(
                turned + i * w.turned_output, w.lanes_filters, filters, 16 * w.tiles,
                c.bias + first if c.bias else NULL, out, w.out_stride,
            )
            c.ending(c, begin + i, first, filters, out)
