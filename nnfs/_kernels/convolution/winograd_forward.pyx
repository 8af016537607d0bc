# Needs: team, vector, transpose, winograd, winograd_weights, forward
"""The forward pass of Winograd's convolution.

Loop order: as many images as fill a block of tiles (a task), group, then that of `winograd`. The weights are converted
once for all tasks. But if there are so few images that each task has a part of the filters only, it converts their
weights itself. Outputs go to scratch in the second-level cache, from where an ending (see `forward`) copies them to y.
"""

cdef void plan_convolution_by_winograd(Convolution* c) noexcept nogil:
    """Fill the sizes of c that Winograd's algorithm needs."""
    cdef Winograd* w = &c.winograd
    plan_winograd(w, c.group_channels, c.group_filters, c.rows, c.columns)
    plan_plane(w, &c.window, c.planes.height, c.planes.width)
    c.out_stride, c.pitch, c.in_place = w.out_stride, 4 * w.tile_columns, False


cdef int convolve_by_winograd(Convolution* c, Py_ssize_t images) except -1 nogil:
    """Convolve all images; a task has as many images as fill a block of tiles, or a part of their filters."""
    cdef Winograd* w = &c.winograd
    cdef Py_ssize_t tasks = (images + w.images - 1) // w.images, threads
    cdef Py_ssize_t work = images * c.filters * c.cells * c.rows * c.columns
    cdef Py_ssize_t places = c.planes.height * c.planes.width, entries = places + table_entries(w)
    cdef Py_ssize_t* table
    plan_parts(c, tasks, LANES, work)
    threads = thread_count(tasks * c.parts, work)
    plan_winograd(w, c.group_channels, min(c.part, c.group_filters), c.rows, c.columns)
    c.weights_size = POINTS * w.weight_slice + c.cells * w.lanes_filters
    c.thread_stride = LINE + (
        w.images * (w.plane + w.transposed_output) + POINTS * (w.channel_slice + w.filter_slice)
        + w.filters * w.out_stride
    )
    table = <Py_ssize_t*> new_scratch(
        entries * sizeof(Py_ssize_t) + 64
        + (threads * c.thread_stride + (threads if c.parts > 1 else c.groups) * c.weights_size) * sizeof(real)
    )
    c.images = images
    try:
        fill_pixels(
            table, (c.window.top * w.pitch + c.window.left) * w.lanes_channels, c.planes.height, c.planes.width,
            w.pitch, w.lanes_channels,
        )
        c.pixel_places = table
        c.weight_places = fill_winograd_tables(w, table + places)
        c.scratch = <real*> after_table(table, entries)
        raise_flags(c, threads)
        c.points = c.scratch + threads * c.thread_stride
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
    return 0


cdef void convolve_tiles(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Convolve the images of task ``index`` with all filters, or with a part of each group's filters.

    If it has a part, it converts the weights of this part first.
    """
    cdef const Convolution* c = <const Convolution*> arguments
    cdef const Winograd* w = &c.winograd
    cdef Py_ssize_t begin = index // c.parts * w.images, count = min(w.images, c.images - begin), g, i
    cdef Py_ssize_t part = index % c.parts * c.part, filters = min(c.part, c.group_filters - part), first
    cdef Py_ssize_t size = w.channels
    cdef real* planes = clear_planes(c.scratch + thread * c.thread_stride, w.images * w.plane)
    cdef real* pixels = planes + w.images * w.plane
    cdef real* sums = pixels + POINTS * w.channel_slice
    cdef real* transposed = sums + POINTS * w.filter_slice
    cdef real* out = transposed + w.images * w.transposed_output
    cdef real* points
    size *= c.planes.height * c.planes.width
    for g in range(c.groups):
        for i in range(count):
            transpose_to(
                c.x + ((begin + i) * c.groups + g) * size, c.planes.height * c.planes.width, w.channels,
                c.planes.height * c.planes.width, c.pixel_places, planes + i * w.plane,
            )
        first = g * c.group_filters + part
        if c.parts == 1:
            points = c.points + g * POINTS * w.weight_slice
        else:
            points = c.points + thread * c.weights_size
            convert_filters(
                w, c.weight + first * c.cells, filters, c.weight_places, points + POINTS * w.weight_slice, points
            )
        correlate(w, count, filters, planes, points, pixels, sums, transposed)
        for i in range(count):
            transpose_back(
                transposed + i * w.transposed_output, w.lanes_filters, filters, 16 * w.tiles,
                c.bias + first if c.bias else NULL, out, w.out_stride,
            )
            c.ending(c, begin + i, first, filters, out)
