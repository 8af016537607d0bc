"""The gradients of a convolution's weights and bias.

Loop order: chunk of images (a task), image, group, filter, block of positions, cell, then position. The gradient is
turned to [position][filter], so that filters are the lanes and no sum across lanes is needed; a block of it stays in
the first-level cache for all cells. dbias is the gradient of one more cell whose pixel is always 1. A chunk is always
`CHUNK` images, and chunks are added in their order, so that the number of threads does not change a bit.
"""

cdef enum:
    CHUNK = 4
    # Sums of so many chunks are kept at once, which bounds the memory of a large batch.
    ROUND = 32

# Write the gradient of some filters' outputs of an image to its places in a turned plane.
ctypedef void (*TurnGradient)(
    const void* owner, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places, real* room,
    real* turned,
) noexcept nogil

cdef struct GivenGradient:
    Py_ssize_t filters, size
    const real* dy


cdef void turn_given_gradient(
    const void* owner, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places, real* room,
    real* turned,
) noexcept nogil:
    """Do so from an array (N, filters, size)."""
    cdef const GivenGradient* c = <const GivenGradient*> owner
    turn(c.dy + (image * c.filters + first) * c.size, c.size, filters, c.size, places, turned)


cdef struct ParamsGradient:
    Planes planes
    Product product
    Py_ssize_t images, groups, filters, group_channels, group_filters, lanes_filters, rows, columns, cells
    Py_ssize_t first_image, chunk_room  # of this round; of a chunk's sums
    # In a group's sums, from one to the next, and from a filter's begin to its bias.
    Py_ssize_t channel_step, row_step, column_step, filter_step, bias_place
    Py_ssize_t chunks, entries, work  # of the batch; of the tables; multiply-adds for an image
    const real* x
    GivenGradient given
    real* sums
    Py_ssize_t turned_room, ones, thread_room
    real* scratch


cdef void sum_chunk(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Sum the gradients of `CHUNK` images: for each group [cell, and one for the bias][filter]."""
    cdef ParamsGradient* c = <ParamsGradient*> arguments
    cdef Py_ssize_t begin = c.first_image + index * CHUNK, image
    cdef real* sums = c.sums + index * c.chunk_room
    memset(sums, 0, c.chunk_room * sizeof(real))
    for image in range(begin, min(begin + CHUNK, c.images)):
        add_image(c, image, turn_given_gradient, &c.given, NULL, sums, thread)


cdef void add_image(
    const ParamsGradient* c, Py_ssize_t image, TurnGradient turn_gradient, const void* owner, real* room, real* sums,
    Py_ssize_t thread,
) noexcept nogil:
    """Add the gradient of one image to the sums of its chunk."""
    cdef Product product = c.product
    cdef Py_ssize_t image_size = c.planes.channels * c.planes.height * c.planes.width
    cdef Py_ssize_t lanes = c.lanes_filters, g, cells_and_bias = c.cells + 1
    cdef real* turned = c.scratch + thread * c.thread_room
    cdef real* planes = turned + c.turned_room
    fill_planes(&c.planes, c.x + image * image_size, planes)
    for g in range(c.groups):
        turn_gradient(owner, image, g * c.group_filters, c.group_filters, product.b_term, room, turned)
        product.row = c.product.row + g * cells_and_bias
        multiply(
            &product, cells_and_bias, lanes // LANES, planes, turned, sums + g * cells_and_bias * lanes, NULL, True
        )


cdef void add_chunks(ParamsGradient* c, Py_ssize_t chunks, real* dweight, real* dbias) noexcept nogil:
    """Add the chunks' sums, in their order, to the gradients."""
    cdef Py_ssize_t chunk, i, j, g, f, channel
    cdef const real* sums
    cdef const real* more
    for chunk in range(1, chunks):
        more = c.sums + chunk * c.chunk_room
        for i in range(c.chunk_room // LANES):
            store(c.sums + i * LANES, load(c.sums + i * LANES) + load(more + i * LANES))
    for g in range(c.groups):
        sums = c.sums + g * (c.cells + 1) * c.lanes_filters
        for f in range(c.group_filters):
            for channel in range(c.group_channels):
                for i in range(c.planes.window.size_h):
                    for j in range(c.planes.window.size_w):
                        dweight[0] += sums[channel * c.channel_step + i * c.row_step + j * c.column_step]
                        dweight += 1
            if dbias != NULL:
                dbias[g * c.group_filters + f] += sums[c.bias_place]
            sums += c.filter_step


cdef void fill_params_tables(
    ParamsGradient* c, const Geometry* g, Py_ssize_t* row, Py_ssize_t* w_term, Py_ssize_t* b_term
) noexcept nogil:
    """Let rows be the cells of each group and its bias, and terms be positions."""
    cdef Py_ssize_t group, cell, p, q, size = channel_size(&c.planes)
    for group in range(c.groups):
        fill_cells(&c.planes, g, c.group_channels, row)
        for cell in range(c.cells):
            row[cell] += group * c.group_channels * size
        row[c.cells] = c.planes.size  # the plane of ones stands behind the image's
        row += c.cells + 1
    for p in range(c.rows):
        for q in range(c.columns):
            w_term[p * c.columns + q] = p * c.planes.pitch + q
            b_term[p * c.columns + q] = (p * c.columns + q) * c.lanes_filters


cdef object direct_params_gradient(const Geometry* g, Array x, Array dy, Array dweight, Array dbias):
    cdef ParamsGradient c
    cdef Py_ssize_t threads
    cdef Py_ssize_t* table
    c.given.filters, c.given.size, c.given.dy = dy.shape[1], dy.shape[2] * dy.shape[3], dy.data
    c.rows, c.columns = dy.shape[2], dy.shape[3]
    plan_params(&c, g, x, dweight)
    threads = share(min(c.chunks, <Py_ssize_t> ROUND), c.images * c.work)
    table = prepare_params(&c, g, threads)
    try:
        with nogil:
            sum_rounds(sum_chunk, &c, &c, threads, dweight.data, dbias.data)
    finally:
        free(table)


cdef int sum_rounds(
    Task task, void* arguments, ParamsGradient* c, Py_ssize_t threads, real* dweight, real* dbias
) except -1 nogil:
    """Let ``task`` sum each chunk, a round at a time, and add all to the gradients."""
    cdef Py_ssize_t first = 0
    while first < c.chunks:
        c.first_image = first * CHUNK
        run(task, arguments, min(<Py_ssize_t> ROUND, c.chunks - first), threads)
        add_chunks(c, min(<Py_ssize_t> ROUND, c.chunks - first), dweight, dbias)
        first += ROUND
    return 0


cdef object plan_params(ParamsGradient* c, const Geometry* g, Array x, Array dweight):
    """Fill all but the gradient, its rows and columns, which are known before, the tables and the scratch."""
    c.images, c.x = x.shape[0], x.data
    c.planes = plan_planes(g, x.shape[1], x.shape[2], x.shape[3])
    c.filters, c.group_channels = dweight.shape[0], dweight.shape[1]
    c.groups = x.shape[1] // c.group_channels
    c.group_filters = c.filters // c.groups
    c.lanes_filters = round_up(c.group_filters)
    c.cells = c.group_channels * g.size_h * g.size_w
    c.product.out_stride, c.product.terms = c.lanes_filters, c.rows * c.columns
    c.ones = (c.rows - 1) * c.planes.pitch + c.columns
    c.filter_step, c.column_step, c.row_step = 1, c.lanes_filters, g.size_w * c.lanes_filters
    c.channel_step, c.bias_place = g.size_h * c.row_step, c.cells * c.lanes_filters
    c.chunk_room = c.groups * (c.cells + 1) * c.lanes_filters
    c.turned_room = c.rows * c.columns * c.lanes_filters
    c.thread_room = c.turned_room + round_up(c.planes.size + c.ones)
    c.chunks = (c.images + CHUNK - 1) // CHUNK
    c.work = c.filters * c.cells * c.rows * c.columns
    c.entries = c.groups * (c.cells + 1) + 2 * c.rows * c.columns


cdef Py_ssize_t* prepare_params(ParamsGradient* c, const Geometry* g, Py_ssize_t threads) except NULL:
    """Return the block of the tables, of the threads' scratch and of the sums, to be freed by the caller."""
    cdef Py_ssize_t i, t
    cdef Py_ssize_t* table = <Py_ssize_t*> new_scratch(
        c.entries * sizeof(Py_ssize_t) + 64
        + (threads * c.thread_room + min(c.chunks, <Py_ssize_t> ROUND) * c.chunk_room) * sizeof(real)
    )
    cdef Py_ssize_t* w_term = table + c.groups * (c.cells + 1)
    c.product.row, c.product.w_term, c.product.b_term = table, w_term, w_term + c.rows * c.columns
    fill_params_tables(c, g, table, w_term, w_term + c.rows * c.columns)
    c.scratch = <real*> after_table(table, c.entries)
    c.sums = c.scratch + threads * c.thread_room
    for t in range(threads):
        for i in range(c.ones):
            c.scratch[t * c.thread_room + c.turned_room + c.planes.size + i] = 1
    return table
