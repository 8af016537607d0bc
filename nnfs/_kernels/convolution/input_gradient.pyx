# Needs: team, vector, strides, arguments, product, window, planes, unpooling
"""The gradient of a convolution's input, by the direct algorithm.

Loop order: image (a task), group, phase of the stride, position, channel, then cell (filter, row, column). The
gradient of the outputs is padded with zeros, so that the outputs to which a pixel contributed lie at fixed offsets from
it: the product is that of the forward pass with the kernel flipped. With stride s the pixels fall into s * s phases, by
the remainders of their row and column; each phase meets its own cells of the kernel only. An image's gradient, and the
results on their way to dx, stay in the second-level cache.

A large kernel with few outputs would mostly read zeros of the border. Then the rows of the kernel are multiplied one
after the other, each with those rows of pixels only that it connects to outputs.
"""

cdef struct InputGradient:
    Py_ssize_t groups, channels, filters, group_channels, group_filters
    Py_ssize_t height, width, rows, columns  # of the input and of the output
    Py_ssize_t stride_h, stride_w, top, left
    Py_ssize_t first_row, first_column, border_h, border_w, pitch, plane  # of the padded gradient of the outputs
    Py_ssize_t filter_size
    Product product
    Py_ssize_t* phase_terms  # where the terms of each phase begin, and the end
    const Py_ssize_t* w_terms
    const Py_ssize_t* b_terms
    const real* dy
    const real* weight
    real* dx
    Py_ssize_t phases, terms, entries, work  # phases; terms of all; table entries; multiply-adds for an image
    bint by_row  # whether rows of the kernel are multiplied singly
    bint by_panels  # whether the outputs' gradients are copied for each tile
    Py_ssize_t size_h, dilation_h
    Py_ssize_t planes_size, phase_size, thread_stride  # phase_size: numbers in the gradients of a phase of a group
    real* scratch


cdef inline real* padded_gradient(const InputGradient* c, Py_ssize_t thread) noexcept nogil:
    """Return where in a thread's scratch the outputs' gradient of its image begins, inside the border of zeros."""
    return c.scratch + thread * c.thread_stride + c.border_h * c.pitch + c.border_w


cdef void write_image(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Copy the outputs' gradient of the image ``index`` into its borders of zeros, and compute its dx."""
    cdef InputGradient* c = <InputGradient*> arguments
    cdef const real* dy = c.dy + index * c.filters * c.rows * c.columns
    cdef real* gradient = padded_gradient(c, thread)
    cdef Py_ssize_t f, p, rows = c.rows, columns = c.columns
    if c.pitch == columns:  # rows follow without a gap: copy them as one
        rows, columns = 1, rows * columns
    for f in range(c.filters):
        for p in range(rows):
            copy_row(gradient + f * c.plane + p * c.pitch, dy, columns)
            dy += columns
    write_dx(c, index, thread)


cdef void write_dx(const InputGradient* c, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Compute dx of the image ``index`` from its outputs' gradient, which is in the thread's scratch already."""
    cdef Py_ssize_t _, row, column
    cdef const real* weight = c.weight
    cdef real* planes = c.scratch + thread * c.thread_stride
    cdef real* out = planes + c.planes_size
    cdef real* dx = c.dx + index * c.channels * c.height * c.width
    for _ in range(c.groups):
        for row in range(c.stride_h):
            for column in range(c.stride_w):
                multiply_phase(c, row * c.stride_w + column, weight, planes, out + column * c.phase_size)
            place_phases(c, row, out, dx)
        weight += c.group_filters * c.group_channels * c.filter_size
        planes += c.group_filters * c.plane
        dx += c.group_channels * c.height * c.width


cdef void multiply_phase(
    const InputGradient* c, Py_ssize_t phase, const real* weight, const real* planes, real* out
) noexcept nogil:
    """Compute the gradients of the pixels of one phase, of all channels of a group, into ``out``."""
    cdef Product product = c.product
    product.terms = c.phase_terms[phase + 1] - c.phase_terms[phase]
    product.w_term, product.b_term = c.w_terms + c.phase_terms[phase], c.b_terms + c.phase_terms[phase]
    if product.terms == 0:  # no output reads these pixels
        memset(out, 0, c.phase_size * sizeof(real))
    elif c.by_row:
        multiply_rows(c, &product, weight, planes, out)
    elif c.by_panels:
        multiply_by_panels(&product, c.group_channels, product.out_stride // LANES, weight, planes, out, NULL)
    else:
        multiply(&product, c.group_channels, product.out_stride // LANES, weight, planes, out, NULL, False)


cdef inline Py_ssize_t meeting_rows(
    Py_ssize_t offset, Py_ssize_t height, Py_ssize_t rows, Py_ssize_t* first
) noexcept nogil:
    """Return how many rows of pixels a row of the kernel connects to outputs with stride 1; ``first`` is the first.

    ``offset`` is the row of the image under this row of the kernel at the first output; above the image it is negative.
    """
    first[0] = max(<Py_ssize_t> 0, offset)
    return max(<Py_ssize_t> 0, min(height, offset + rows) - first[0])


cdef void multiply_rows(
    const InputGradient* c, Product* product, const real* weight, const real* planes, real* out
) noexcept nogil:
    """Compute the gradients of a group's pixels into ``out``, one row of the kernel after the other."""
    cdef Py_ssize_t i, rows, first
    memset(out, 0, c.group_channels * product.out_stride * sizeof(real))
    product.terms //= c.size_h
    for i in range(c.size_h):
        rows = meeting_rows(i * c.dilation_h - c.top, c.height, c.rows, &first)
        multiply(
            product, c.group_channels, round_up((rows - 1) * c.pitch + c.width) // LANES if rows else 0, weight,
            planes + first * c.pitch, out + first * c.pitch, NULL, True,
        )
        product.w_term += product.terms
        product.b_term += product.terms


cdef inline Py_ssize_t first_of_phase(Py_ssize_t phase, Py_ssize_t before, Py_ssize_t stride) noexcept nogil:
    """Return the first row (or column) of the image that is in this phase; ``before`` is the padding in front of it."""
    return ((phase - before) % stride + stride) % stride


cdef inline const real* first_in_phase(const InputGradient* c, const real* out, Py_ssize_t column) noexcept nogil:
    """Return where in a row of scratch the gradient of the pixel in this column of the image is, one of the first."""
    return out + (column + c.left) % c.stride_w * c.phase_size + (column + c.left) // c.stride_w - c.first_column


cdef void place_phases(const InputGradient* c, Py_ssize_t phase, const real* out, real* dx) noexcept nogil:
    """Copy the gradients of the pixels in each stride-th row from scratch to dx; ``phase`` is that of the rows."""
    cdef Py_ssize_t first_h = first_of_phase(phase, c.top, c.stride_h), m, h, w
    cdef const real* even = first_in_phase(c, out, 0)
    cdef const real* odd = first_in_phase(c, out, 1)
    cdef real* target
    cdef Py_ssize_t row
    for m in range(c.group_channels):
        row = m * c.product.out_stride + ((first_h + c.top) // c.stride_h - c.first_row) * c.pitch
        h = first_h
        if c.phases == 1 and c.pitch == c.width:  # rows follow without a gap: copy them as one
            copy_row(dx + m * c.height * c.width, even + row, c.height * c.width)
            continue
        while h < c.height:
            target = dx + (m * c.height + h) * c.width
            if c.stride_w == 1:
                copy_row(target, even + row, c.width)
            elif c.stride_w == 2:
                interleave_row(target, even + row, odd + row, c.width)
            else:
                for w in range(min(c.stride_w, c.width)):
                    scatter_row(
                        target + w, first_in_phase(c, out, w) + row, count_steps(w, c.width, c.stride_w), c.stride_w
                    )
            row += c.pitch
            h += c.stride_h


cdef inline Py_ssize_t phase_of_cell(const InputGradient* c, Py_ssize_t row, Py_ssize_t column) noexcept nogil:
    """Return the phase of the pixels that meet the cell of the kernel in this row and column."""
    return row % c.stride_h * c.stride_w + column % c.stride_w


cdef void fill_flipped_cells(
    InputGradient* c, const Geometry* g, Py_ssize_t* w_terms, Py_ssize_t* b_terms
) noexcept nogil:
    """Fill the tables: for each phase the offsets of its weights, and of the outputs that they are multiplied by."""
    cdef Py_ssize_t f, i, j, phase, term, row, column
    cdef Py_ssize_t* next = c.phase_terms + 1  # each phase's next term and, when filled, its end
    for i in range(g.size_h):
        for j in range(g.size_w):
            phase = phase_of_cell(c, i * g.dilation_h, j * g.dilation_w)
            if phase + 1 < c.phases:
                next[phase + 1] += c.group_filters
    for phase in range(1, c.phases):
        next[phase] += next[phase - 1]
    for f in range(c.group_filters):
        for i in range(g.size_h):
            for j in range(g.size_w):
                row, column = i * g.dilation_h, j * g.dilation_w
                phase = phase_of_cell(c, row, column)
                term = next[phase]
                next[phase] += 1
                if c.by_row:
                    term = (i * c.group_filters + f) * g.size_w + j
                w_terms[term] = f * c.group_channels * c.filter_size + i * g.size_w + j
                row = c.first_row + c.border_h - row // c.stride_h
                column = c.first_column + c.border_w - column // c.stride_w
                b_terms[term] = f * c.plane + row * c.pitch + column


cdef int direct_input_gradient(
    const Geometry* g, Array dy, Array weight, bint by_row, bint by_panels, Array dx
) except -1 nogil:
    """Write the input gradient dx of a convolution by the direct algorithm; a task is an image."""
    cdef InputGradient c
    cdef Py_ssize_t images = dx.shape[0], threads
    cdef Py_ssize_t* table
    c.dy, c.rows, c.columns = dy.data, dy.shape[2], dy.shape[3]
    plan_input(&c, g, weight, by_row, by_panels, dx)
    threads = thread_count(images, images * c.work)
    table = prepare_input(&c, g, threads)
    try:
        run(write_image, &c, images, threads)
    finally:
        free(table)
    return 0


cdef void plan_input(
    InputGradient* c, const Geometry* g, Array weight, bint by_row, bint by_panels, Array dx
) noexcept nogil:
    """Fill the sizes and pointers of c, of which the caller has filled the rows and columns of dy."""
    cdef Py_ssize_t last_row, last_column
    c.filters, c.group_channels, c.channels = weight.shape[0], weight.shape[1], dx.shape[1]
    c.groups = c.channels // c.group_channels
    c.group_filters = c.filters // c.groups
    c.height, c.width = dx.shape[2], dx.shape[3]
    c.stride_h, c.stride_w, c.top, c.left = g.stride_h, g.stride_w, g.top, g.left
    c.filter_size = g.size_h * g.size_w
    # In units of strides, pixels lie in rows first_row to last_row, and the kernel reaches border_h rows back. Zeros
    # lie only in front of each row and plane: what is read behind a row are the zeros in front of the next.
    c.first_row, last_row = g.top // g.stride_h, (g.top + c.height - 1) // g.stride_h
    c.first_column, last_column = g.left // g.stride_w, (g.left + c.width - 1) // g.stride_w
    c.border_h, c.border_w = (g.size_h - 1) * g.dilation_h // g.stride_h, (g.size_w - 1) * g.dilation_w // g.stride_w
    c.pitch = max(c.border_w + c.columns, last_column + 1)
    c.plane = max(c.border_h + c.rows, last_row + 1) * c.pitch
    c.weight, c.dx = weight.data, dx.data
    c.product.out_stride = round_up((last_row - c.first_row) * c.pitch + last_column - c.first_column + 1)
    c.work = c.filters * c.group_channels * c.filter_size * c.rows * c.columns
    c.size_h, c.dilation_h, c.by_row, c.by_panels = g.size_h, g.dilation_h, by_row, by_panels
    c.product.out_stride += LANES if c.by_row else 0  # the last vector of some rows may end behind the last row
    c.planes_size = round_up(c.filters * c.plane + (c.border_h + 1) * c.pitch + c.border_w + spill(c.pitch))
    c.phase_size = c.group_channels * c.product.out_stride
    c.thread_stride = c.planes_size + c.stride_w * c.phase_size
    c.phases, c.terms = g.stride_h * g.stride_w, c.group_filters * c.filter_size
    c.entries = 2 * c.terms + c.phases + 1 + c.group_channels


cdef Py_ssize_t* prepare_input(InputGradient* c, const Geometry* g, Py_ssize_t threads) except NULL nogil:
    """Return one new block with the tables, filled, and each thread's scratch; the caller frees it."""
    cdef Py_ssize_t k
    cdef Py_ssize_t* table = <Py_ssize_t*> zeroed_scratch(
        c.entries * sizeof(Py_ssize_t) + 64 + threads * c.thread_stride * sizeof(real)
    )
    cdef Py_ssize_t* row = table + 2 * c.terms + c.phases + 1
    c.w_terms, c.b_terms, c.phase_terms = table, table + c.terms, table + 2 * c.terms
    fill_flipped_cells(c, g, table, table + c.terms)
    for k in range(c.group_channels):
        row[k] = k * c.filter_size
    c.product.row = row
    c.scratch = <real*> after_table(table, c.entries)
    return table
