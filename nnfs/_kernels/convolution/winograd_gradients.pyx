# Needs: team, vector, transpose, arguments, product, window, winograd, winograd_weights, params_gradient
"""The gradients of a convolution's input and parameters by Winograd's algorithm, which `winograd` explains.

Loop order: chunk of images (a task), group, as many images as fill a block of tiles. The gradient of each image's
outputs is transposed to [pixel][filter] once, for both results. For the parameters a block of tiles of x and one of the
gradient are converted to points; for each point the product [channel][tile] times [tile][filter] is added to sums,
which stay in the second-level cache over a chunk. After the chunk they are converted to 3 by 3 cells. The sums of the
chunks are added in their order, so that the result has the same bits for any number of threads. For the input the
transposed gradient is convolved with the flipped kernels.
"""

cdef struct WinogradGradients:
    ParamsGradient params  # the chunks and their sums
    bint wants_params, wants_input
    TransposeGradient transpose_gradient
    const void* owner
    GivenGradient given
    const real* x
    real* dx
    const real* weights
    Py_ssize_t images, chunk, groups, channels, filters, height, width, rows, columns
    Winograd pixels  # sizes and tables for x, and for the tiles of the outputs
    Winograd backward  # sizes and tables for the convolution that makes dx of the gradient
    Py_ssize_t first_gradient
    Product product
    const Py_ssize_t* pixel_places
    const Py_ssize_t* gradient_places
    const Py_ssize_t* gradient_tiles
    Py_ssize_t gradient_scratch, thread_stride
    real* scratch


cdef void give_gradient(WinogradGradients* c, Array dy) noexcept nogil:
    """Set the gradient of the outputs in c to the array ``dy``, as it is, without a ReLU or a pool behind it."""
    c.given.filters, c.given.size, c.given.dy = dy.shape[1], dy.shape[2] * dy.shape[3], dy.data
    c.transpose_gradient, c.owner, c.gradient_scratch = transpose_given, &c.given, 0
    c.rows, c.columns = dy.shape[2], dy.shape[3]


cdef void winograd_chunk(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Sum the gradients of the parameters over the images of task ``index``, and write dx of these images."""
    cdef const WinogradGradients* c = <const WinogradGradients*> arguments
    cdef const Winograd* pixels = &c.pixels
    cdef const Winograd* backward = &c.backward
    cdef Py_ssize_t begin = c.params.first_image + index * c.chunk, end = min(begin + c.chunk, c.images)
    cdef Py_ssize_t g, i, count, image, cells = c.params.cells + 1, lanes = pixels.lanes_filters
    cdef real* x_planes = c.scratch + thread * c.thread_stride
    cdef real* gradient_planes = x_planes + pixels.images * pixels.plane
    cdef real* x_points = gradient_planes + backward.images * backward.plane
    cdef real* gradient_points = x_points + POINTS * pixels.channel_slice
    cdef real* sums = gradient_points + POINTS * backward.channel_slice
    cdef real* transposed = sums + POINTS * pixels.weight_slice
    cdef real* out = transposed + backward.images * backward.transposed_output
    cdef real* scratch = out + backward.filters * backward.out_stride
    cdef real* chunk_sums = NULL
    for g in range(c.groups):
        if c.wants_params:
            memset(sums, 0, POINTS * pixels.weight_slice * sizeof(real))
            chunk_sums = c.params.sums + index * c.params.chunk_stride + g * cells * lanes
            memset(chunk_sums + (cells - 1) * lanes, 0, lanes * sizeof(real))
        image = begin
        while image < end:
            count = min(pixels.images, end - image)
            for i in range(count):
                c.transpose_gradient(
                    c.owner, image + i, g * pixels.filters, pixels.filters, c.gradient_places, scratch,
                    gradient_planes + i * backward.plane,
                )
            if c.wants_params:
                for i in range(count):
                    transpose_to(
                        c.x + ((image + i) * c.channels + g * pixels.channels) * c.height * c.width,
                        c.height * c.width, pixels.channels, c.height * c.width, c.pixel_places,
                        x_planes + i * pixels.plane,
                    )
                    add_bias(c, gradient_planes + i * backward.plane, chunk_sums + (cells - 1) * lanes)
                add_products(c, count * pixels.tiles, x_planes, gradient_planes, x_points, gradient_points, sums)
            if c.wants_input:
                correlate(
                    backward, count, backward.filters, gradient_planes,
                    c.weights + g * POINTS * backward.weight_slice, gradient_points, x_points, transposed,
                )
                for i in range(count):
                    transpose_back(
                        transposed + i * backward.transposed_output, backward.lanes_filters, backward.filters,
                        16 * backward.tiles, NULL, out, backward.out_stride,
                    )
                    copy_input_gradient(c, image + i, g * backward.filters, out)
            image += count
        if c.wants_params:
            convert_sums(c, sums, chunk_sums)


cdef void add_bias(const WinogradGradients* c, const real* plane, real* sums) noexcept nogil:
    """Add, for each filter, the sum of its outputs' gradients over one transposed image to sums[filter]."""
    cdef Py_ssize_t lane = 0, p
    cdef vec total
    while lane < c.pixels.lanes_filters:
        total = load(sums + lane)
        for p in range(c.rows * c.columns):
            total += load(plane + c.gradient_places[p] + lane)
        store(sums + lane, total)
        lane += LANES


cdef void add_products(
    const WinogradGradients* c, Py_ssize_t tiles, const real* x_planes, const real* gradient_planes, real* x_points,
    real* gradient_points, real* sums,
) noexcept nogil:
    """Convert tiles of images and of their gradients to values at 36 points; add the products to each point's sums."""
    cdef const Winograd* w = &c.pixels
    cdef Product product = c.product
    cdef Py_ssize_t first = 0, count, point
    while first < tiles:
        count = min(<Py_ssize_t> TILES, tiles - first)
        convert_tiles(
            PIXELS, 6, count, w.tile_places + first, x_planes, w.pitch, w.lanes_channels, x_points, w.channel_slice
        )
        convert_tiles(
            GRADIENT, 4, count, c.gradient_tiles + first, gradient_planes, c.backward.pitch, w.lanes_filters,
            gradient_points, c.backward.channel_slice,
        )
        product.terms = count
        for point in range(POINTS):
            multiply(
                &product, w.channels, w.lanes_filters // LANES, x_points + point * w.channel_slice,
                gradient_points + point * c.backward.channel_slice, sums + point * w.weight_slice, NULL, True,
            )
        first += count


cdef void convert_sums(const WinogradGradients* c, const real* sums, real* chunk_sums) noexcept nogil:
    """Convert the sums of the 36 points to gradients of the 3 by 3 cells: chunk_sums[channel][cell][filter]."""
    cdef const Winograd* w = &c.pixels
    cdef Py_ssize_t channel, lane
    for channel in range(w.channels):
        lane = 0
        while lane < w.lanes_filters:
            convert_square(
                KERNEL_GRADIENT, 6, 3, sums + channel * w.lanes_filters + lane, 6 * w.weight_slice, w.weight_slice,
                chunk_sums + channel * 9 * w.lanes_filters + lane, 3 * w.lanes_filters, w.lanes_filters,
            )
            lane += LANES


cdef void copy_input_gradient(
    const WinogradGradients* c, Py_ssize_t image, Py_ssize_t first, const real* out
) noexcept nogil:
    """Copy the input gradient of an image and one group, from channel ``first`` on, from ``out`` to dx."""
    cdef real* dx = c.dx + (image * c.channels + first) * c.height * c.width
    cdef Py_ssize_t m, h, pitch = 4 * c.backward.tile_columns
    for m in range(c.backward.filters):
        for h in range(c.height):
            copy_row(dx + (m * c.height + h) * c.width, out + m * c.backward.out_stride + h * pitch, c.width)


cdef int winograd_input_gradient(const Geometry* g, Array dy, Array weight, Array dx) except -1 nogil:
    """Write the input gradient dx of a convolution by Winograd's algorithm."""
    cdef Array none = no_array()
    cdef WinogradGradients c
    give_gradient(&c, dy)
    return run_winograd_gradients(&c, g, none, weight, none, none, dx)


cdef int winograd_params_gradient(
    const Geometry* g, Array x, Array dy, Array dweight, Array dbias
) except -1 nogil:
    """Add the gradients of weights and bias to dweight and dbias by Winograd's algorithm."""
    cdef Array none = no_array()
    cdef WinogradGradients c
    give_gradient(&c, dy)
    return run_winograd_gradients(&c, g, x, none, dweight, dbias, none)


cdef int run_winograd_gradients(
    WinogradGradients* c, const Geometry* g, Array x, Array weight, Array dweight, Array dbias, Array dx
) except -1 nogil:
    """Add to dweight and dbias, and write dx; arrays whose data is NULL are not computed.

    The caller has filled in c how to get the outputs' gradient: the function and its owner, rows, columns and scratch.
    """
    cdef Py_ssize_t threads, t, tasks, entries, weights_size = 0, sums_size = 0, work
    cdef Py_ssize_t* table
    cdef Py_ssize_t* next
    cdef real* points
    c.wants_params, c.wants_input = dweight.data != NULL, dx.data != NULL
    c.params.first_image = c.params.cells = 0
    if c.wants_params:
        c.params.rows, c.params.columns = c.rows, c.columns
        plan_params(&c.params, g, x, dweight)
        c.x = x.data
        plan_winograd_gradients(
            c, g, dweight.shape[1], dweight.shape[0], x.shape[0], x.shape[1], x.shape[2], x.shape[3]
        )
    else:
        plan_winograd_gradients(
            c, g, weight.shape[1], weight.shape[0], dx.shape[0], dx.shape[1], dx.shape[2], dx.shape[3]
        )
    if c.wants_input:
        c.dx = dx.data
        weights_size = c.groups * (
            POINTS * c.backward.weight_slice + 9 * c.backward.channels * c.backward.lanes_filters
        )
    tasks = (c.images + c.chunk - 1) // c.chunk
    if c.wants_params:
        tasks = min(tasks, <Py_ssize_t> ROUND)
        sums_size = tasks * c.params.chunk_stride
    work = c.images * c.filters * c.pixels.channels * 9 * c.rows * c.columns
    threads = thread_count(tasks, work * (c.wants_params + c.wants_input))
    entries = (
        table_entries(&c.pixels) + table_entries(&c.backward) + c.height * c.width + c.rows * c.columns
        + c.pixels.images * c.pixels.tiles + c.pixels.channels + 2 * TILES
    )
    table = <Py_ssize_t*> new_scratch(
        entries * sizeof(Py_ssize_t) + 64
        + (threads * c.thread_stride + weights_size + sums_size) * sizeof(real)
    )
    try:
        c.scratch = <real*> after_table(table, entries)
        for t in range(threads):
            memset(
                c.scratch + t * c.thread_stride, 0,
                (c.pixels.images * c.pixels.plane + c.backward.images * c.backward.plane) * sizeof(real),
            )
        points = c.scratch + threads * c.thread_stride
        next = fill_gradient_tables(c, g, table)
        if c.wants_input:
            c.weights = points
            prepare_weights(
                &c.backward, weight.data, c.groups, True, next,
                points + c.groups * POINTS * c.backward.weight_slice, points,
            )
        if c.wants_params:
            c.params.sums = points + weights_size
            sum_rounds(winograd_chunk, c, &c.params, threads, dweight.data, dbias.data)
        else:
            run(winograd_chunk, c, tasks, threads)
    finally:
        free(table)
    return 0


cdef void plan_winograd_gradients(
    WinogradGradients* c, const Geometry* g, Py_ssize_t group_channels, Py_ssize_t filters, Py_ssize_t images,
    Py_ssize_t channels, Py_ssize_t height, Py_ssize_t width,
) noexcept nogil:
    """Fill the sizes of the transposed images and gradients, and of the scratch of a thread."""
    cdef Py_ssize_t top = max(<Py_ssize_t> 0, 2 - g.top), left = max(<Py_ssize_t> 0, 2 - g.left), rows
    cdef Winograd* pixels = &c.pixels
    cdef Winograd* backward = &c.backward
    c.images, c.channels, c.height, c.width, c.filters = images, channels, height, width, filters
    c.groups = channels // group_channels
    plan_winograd(pixels, group_channels, filters // c.groups, c.rows, c.columns)
    plan_winograd(backward, filters // c.groups, group_channels, height, width)
    pixels.images = backward.images = min(<Py_ssize_t> CHUNK, pixels.images)
    c.chunk = CHUNK if c.wants_params else pixels.images
    plan_plane(pixels, g, height, width)
    # In front of the first gradient are as many zeros as the flipped kernel reaches back. Both results read this plane.
    rows = max(top + 4 * pixels.tile_rows, top + g.top + 4 * backward.tile_rows)
    backward.pitch = max(left + 4 * pixels.tile_columns, left + g.left + 4 * backward.tile_columns)
    backward.plane = rows * backward.pitch * backward.lanes_channels
    backward.first_pixel = ((top + g.top - 2) * backward.pitch + left + g.left - 2) * backward.lanes_channels
    c.first_gradient = (top * backward.pitch + left) * backward.lanes_channels
    c.product.out_stride = pixels.lanes_filters
    c.thread_stride = (
        pixels.images * pixels.plane + backward.images * backward.plane
        + POINTS * (pixels.channel_slice + backward.channel_slice + pixels.weight_slice)
        + backward.images * backward.transposed_output + backward.filters * backward.out_stride
        + round_up(c.gradient_scratch) + GAP
    ) // GAP * GAP


cdef Py_ssize_t* fill_gradient_tables(WinogradGradients* c, const Geometry* g, Py_ssize_t* table) noexcept nogil:
    """Fill all tables from ``table`` on; return where they end: there the places of the weights follow."""
    cdef const Winograd* w = &c.pixels
    cdef Py_ssize_t k
    cdef Py_ssize_t* next
    fill_winograd_tables(&c.pixels, table)
    table += table_entries(&c.pixels)
    c.pixel_places, c.gradient_places = table, table + c.height * c.width
    next = table + c.height * c.width + c.rows * c.columns
    fill_pixels(
        table, (g.top * w.pitch + g.left) * w.lanes_channels, c.height, c.width, w.pitch, w.lanes_channels
    )
    fill_pixels(table + c.height * c.width, c.first_gradient, c.rows, c.columns, c.backward.pitch, w.lanes_filters)
    c.gradient_tiles = next
    fill_tiles(w, next, c.first_gradient, c.backward.pitch, w.lanes_filters, c.backward.plane)
    next += w.images * w.tiles
    c.product.row, c.product.w_term, c.product.b_term = next, next + w.channels, next + w.channels + TILES
    for k in range(w.channels):
        next[k] = k
    next += w.channels
    for k in range(TILES):
        next[k], next[TILES + k] = k * w.lanes_channels, k * w.lanes_filters
    return fill_winograd_tables(&c.backward, next + 2 * TILES)
