# Needs: team, vector, product, planes, forward
"""The direct convolution: each output is summed cell by cell of the kernel.

Loop order: image (a task), group, tile of output positions, filter, then cell of the kernel (channel, row, column). The
image's padded planes and its outputs stay in the second-level cache of one core, and the pixels of a tile in the first
while all filters pass over them. If there are fewer images than threads, a task is a part of an image's filters; each
task then copies the image, which takes little time. No im2col matrix is written, and the weights are read where they
lie. Outputs go to scratch, their rows as far apart as those of the planes; an ending (see `forward`) copies them to y.
If rows lie in y as they do there, as with 1 by 1 windows, outputs go to y at once, and the ending finds them there.
"""

cdef void convolve_image(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Convolve one image with all filters of each group, or with the part of them that task ``index`` has."""
    cdef Convolution* c = <Convolution*> arguments
    cdef Py_ssize_t image = index // c.parts, begin = index % c.parts * c.part
    cdef Py_ssize_t filters = min(c.part, c.group_filters - begin), g, first
    cdef real* planes = clear_planes(c.scratch + thread * c.thread_stride, c.planes_size)
    cdef real* out = planes + c.planes_size
    cdef const real* pixels = image_planes(&c.planes, c.x, image, c.images, planes)
    cdef const real* weight
    cdef const real* bias
    for g in range(c.groups):
        first = g * c.group_filters + begin
        weight, bias = c.weight + first * c.cells, c.bias + first if c.bias else NULL
        if c.in_place:
            out = c.y + (image * c.filters + first) * c.out_stride
        if c.by_panels:
            multiply_by_panels(&c.product, filters, c.out_stride // LANES, weight, pixels, out, bias)
        else:
            multiply(&c.product, filters, c.out_stride // LANES, weight, pixels, out, bias, False)
        pixels += c.group_channels * channel_size(&c.planes)
        c.ending(c, image, first, filters, out)


cdef int convolve_directly(Convolution* c, Py_ssize_t images) except -1 nogil:
    """Allocate the memory for a direct convolution of all images, fill its tables, and run its tasks."""
    cdef Py_ssize_t work = images * c.filters * c.cells * c.rows * c.columns, threads, k
    cdef Py_ssize_t* table
    c.images = images
    c.in_place = c.y != NULL and c.out_stride == c.rows * c.columns and c.pitch == c.columns
    plan_parts(c, images, PART_FILTERS, work)
    threads = thread_count(images * c.parts, work)
    c.thread_stride = LINE + c.planes_size + c.part * c.product.out_stride
    table = <Py_ssize_t*> new_scratch(
        (2 * c.cells + c.group_filters) * sizeof(Py_ssize_t) + 64 + threads * c.thread_stride * sizeof(real)
    )
    try:
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
    return 0
