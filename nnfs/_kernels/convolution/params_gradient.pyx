# Needs: team, vector, transpose, arguments, product, window, planes
"""The gradients of a convolution's weights and bias.

Loop order: chunk of images (a task), image, group, vector of filters, block of positions, cell of the kernel, then
position. The gradient of the outputs is transposed to [position][filter], so that filters are the lanes of vectors and
no sum across lanes is needed; a block of it stays in the first-level cache for all cells. dbias is computed as the
gradient of one more cell, whose pixels are all 1. A chunk is always `CHUNK` images, and chunks are added in their
order, so that the result has the same bits for any number of threads.
"""

cdef enum:
    CHUNK = 4
    # At most so many chunks are summed before they are added up, which bounds the memory for a large batch.
    ROUND = 32

# Write the gradient of the outputs of ``filters`` filters, from ``first`` on, of an image: that at position p to
# transposed[places[p]] and behind. ``owner`` is the struct that has the gradient, ``scratch`` memory for the function.
ctypedef void (*TransposeGradient)(
    const void* owner, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places, real* scratch,
    real* transposed,
) noexcept nogil

cdef struct GivenGradient:
    Py_ssize_t filters, size
    const real* dy


cdef void transpose_given(
    const void* owner, Py_ssize_t image, Py_ssize_t first, Py_ssize_t filters, const Py_ssize_t* places, real* scratch,
    real* transposed,
) noexcept nogil:
    """Transpose the gradient dy (N, filters, size) of one image and some filters, as a `TransposeGradient`."""
    cdef const GivenGradient* c = <const GivenGradient*> owner
    transpose_to(c.dy + (image * c.filters + first) * c.size, c.size, filters, c.size, places, transposed)


cdef struct ParamsGradient:
    Planes planes
    Product product
    Py_ssize_t images, groups, filters, group_channels, group_filters, lanes_filters, rows, columns, cells
    Py_ssize_t first_image, chunk_stride  # first image of this round; numbers in a chunk's sums
    # Distances in a chunk's sums: between channels, rows, columns, filters, and from a filter's begin to its bias.
    Py_ssize_t channel_step, row_step, column_step, filter_step, bias_place
    Py_ssize_t chunks, entries, work  # chunks of the batch; entries of the tables; multiply-adds for an image
    const real* x
    GivenGradient given
    real* sums
    Py_ssize_t transposed_size, ones, thread_stride
    real* scratch


cdef void sum_chunk(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Sum the gradients over the `CHUNK` images of task ``index`` into sums[group][cell, then bias][filter]."""
    cdef ParamsGradient* c = <ParamsGradient*> arguments
    cdef Py_ssize_t begin = c.first_image + index * CHUNK, image
    cdef real* sums = c.sums + index * c.chunk_stride
    memset(sums, 0, c.chunk_stride * sizeof(real))
    for image in range(begin, min(begin + CHUNK, c.images)):
        add_image(c, image, transpose_given, &c.given, NULL, sums, thread)


cdef void add_image(
    const ParamsGradient* c, Py_ssize_t image, TransposeGradient transpose_gradient, const void* owner, real* scratch,
    real* sums, Py_ssize_t thread,
) noexcept nogil:
    """Add the gradients of weights and bias that one image gives to the sums of its chunk.

    ``transpose_gradient`` writes the gradient of the outputs, which ``owner`` has; ``scratch`` is memory for it.
    """
    cdef Product product = c.product
    cdef Py_ssize_t image_size = c.planes.channels * c.planes.height * c.planes.width
    cdef Py_ssize_t lanes = c.lanes_filters, g, cells_and_bias = c.cells + 1
    cdef real* transposed = c.scratch + thread * c.thread_stride
    cdef real* planes = transposed + c.transposed_size
    fill_planes(&c.planes, c.x + image * image_size, planes)
    for g in range(c.groups):
        transpose_gradient(owner, image, g * c.group_filters, c.group_filters, product.b_term, scratch, transposed)
        product.row = c.product.row + g * cells_and_bias
        multiply(
            &product, cells_and_bias, lanes // LANES, planes, transposed, sums + g * cells_and_bias * lanes, NULL, True
        )


cdef void add_chunks(ParamsGradient* c, Py_ssize_t chunks, real* dweight, real* dbias) noexcept nogil:
    """Add the sums of a round's chunks, in their order, to the gradients of weight and bias."""
    cdef Py_ssize_t chunk, i, j, g, f, channel
    cdef const real* sums
    cdef const real* more
    for chunk in range(1, chunks):
        more = c.sums + chunk * c.chunk_stride
        for i in range(c.chunk_stride // LANES):
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
    """Fill the tables of offsets for the product: a row for each cell of the kernel and the bias, a term an output."""
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


cdef int direct_params_gradient(
    const Geometry* g, Array x, Array dy, Array dweight, Array dbias
) except -1 nogil:
    """Add the gradients of weights and bias to dweight and dbias, by the direct algorithm."""
    cdef ParamsGradient c
    cdef Py_ssize_t threads
    cdef Py_ssize_t* table
    c.given.filters, c.given.size, c.given.dy = dy.shape[1], dy.shape[2] * dy.shape[3], dy.data
    c.rows, c.columns = dy.shape[2], dy.shape[3]
    plan_params(&c, g, x, dweight)
    threads = thread_count(min(c.chunks, <Py_ssize_t> ROUND), c.images * c.work)
    table = prepare_params(&c, g, threads)
    try:
        sum_rounds(sum_chunk, &c, &c, threads, dweight.data, dbias.data)
    finally:
        free(table)
    return 0


cdef int sum_rounds(
    Task task, void* arguments, ParamsGradient* c, Py_ssize_t threads, real* dweight, real* dbias
) except -1 nogil:
    """Let ``task`` sum all chunks of images, `ROUND` of them at a time, and add their sums to dweight and dbias."""
    cdef Py_ssize_t first = 0
    while first < c.chunks:
        c.first_image = first * CHUNK
        run(task, arguments, min(<Py_ssize_t> ROUND, c.chunks - first), threads)
        add_chunks(c, min(<Py_ssize_t> ROUND, c.chunks - first), dweight, dbias)
        first += ROUND
    return 0


cdef void plan_params(ParamsGradient* c, const Geometry* g, Array x, Array dweight) noexcept nogil:
    """Fill the sizes and pointers of c; the caller has filled the rows and columns of the outputs."""
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
    c.chunk_stride = c.groups * (c.cells + 1) * c.lanes_filters
    c.transposed_size = c.rows * c.columns * c.lanes_filters
    c.thread_stride = c.transposed_size + round_up(c.planes.size + c.ones)
    c.chunks = (c.images + CHUNK - 1) // CHUNK
    c.work = c.filters * c.cells * c.rows * c.columns
    c.entries = c.groups * (c.cells + 1) + 2 * c.rows * c.columns


cdef Py_ssize_t* prepare_params(ParamsGradient* c, const Geometry* g, Py_ssize_t threads) except NULL nogil:
    """Return one new block with the tables, filled, each thread's scratch, and the sums; the caller frees it."""
    cdef Py_ssize_t i, t
    cdef Py_ssize_t* table = <Py_ssize_t*> zeroed_scratch(
        c.entries * sizeof(Py_ssize_t) + 64
        + (threads * c.thread_stride + min(c.chunks, <Py_ssize_t> ROUND) * c.chunk_stride) * sizeof(real)
    )
    cdef Py_ssize_t* w_term = table + c.groups * (c.cells + 1)
    c.product.row, c.product.w_term, c.product.b_term = table, w_term, w_term + c.rows * c.columns
    fill_params_tables(c, g, table, w_term, w_term + c.rows * c.columns)
    c.scratch = <real*> after_table(table, c.entries)
    c.sums = c.scratch + threads * c.thread_stride
    for t in range(threads):
        for i in range(c.ones):
            c.scratch[t * c.thread_stride + c.transposed_size + c.planes.size + i] = 1
    return table
