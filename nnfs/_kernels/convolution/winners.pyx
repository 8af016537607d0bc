# Needs: vector, transpose, window, params_gradient
"""The gradients of a convolution's weights and bias behind a max pool, summed over the winners only.

A winner is an output that is the largest of its window of the pool, mostly one of four. The others have gradient 0, and
`params_gradient` and `few_weights` would multiply these zeros. Here the image is copied as [row][column][channel], so
that the pixels under a row of the kernel are one run of KW C numbers, wherever the winner is: dweight[f] is the sum,
over the winners of filter f, of their gradient times the KH runs under the kernel. Loop order: filter, block of vectors
of the runs, winner, vector. The sums of a block stay in registers, and the image in the first-level cache. They are in
the order of the runs; the order of dweight is restored when all chunks are added.

A pixel that lies under no winner of a filter is not read: if it is NaN, dweight does not become NaN.
"""

cdef enum:
    MOST_AT_ONCE = 10

cdef struct Winners:
    Py_ssize_t run_vectors, vectors, at_once  # vectors of a run, of all KH runs, and of a block
    Py_ssize_t pitch, size  # pixels in a row of the padded image; numbers in all of it
    const Py_ssize_t* offsets  # of each vector of the runs, from the first pixel under the kernel
    const Py_ssize_t* pixels  # where each pixel of the image is copied to
    const Py_ssize_t* windows  # where the pixels under the kernel begin, for each output


cdef void measure_winners(Winners* w, const ParamsGradient* c, const Geometry* g) noexcept nogil:
    """Fill the sizes of w, from which `suits_winners` decides whether this algorithm is used."""
    w.pitch = g.left + c.planes.width + g.right
    w.size = (g.top + c.planes.height + g.bottom) * w.pitch * c.planes.channels
    w.run_vectors = (g.size_w * c.planes.channels + LANES - 1) // LANES
    w.vectors = g.size_h * w.run_vectors
    w.at_once = MOST_AT_ONCE
    while w.vectors % w.at_once:
        w.at_once -= 1


cdef void plan_winners(const Winners* w, ParamsGradient* c) noexcept nogil:
    """Change the sizes and strides that `plan_params` has filled in c to those of this algorithm.

    The sums are [filter][vector of the runs], with a vector for the bias behind the last.
    """
    c.transposed_size, c.ones, c.planes.size = 0, 0, round_up(w.size + LANES)
    c.thread_stride = c.planes.size
    c.channel_step, c.row_step, c.column_step = 1, w.run_vectors * LANES, c.planes.channels
    c.bias_place = w.vectors * LANES
    c.filter_step = c.bias_place + LANES
    c.chunk_stride = c.filters * c.filter_step
    c.entries += w.vectors + c.planes.height * c.planes.width


cdef void fill_winner_tables(Winners* w, const ParamsGradient* c, const Geometry* g, Py_ssize_t* table) noexcept nogil:
    """Fill the tables of w, which begin the block of memory that `prepare_params` returned."""
    cdef Py_ssize_t channels = c.planes.channels, i, j, p, q
    cdef Py_ssize_t* windows = table
    cdef Py_ssize_t* pixels = windows + c.rows * c.columns
    cdef Py_ssize_t* offsets = pixels + c.planes.height * c.planes.width
    w.windows, w.pixels, w.offsets = windows, pixels, offsets
    for p in range(c.rows):
        for q in range(c.columns):
            windows[p * c.columns + q] = (p * g.stride_h * w.pitch + q * g.stride_w) * channels
    for p in range(c.planes.height):
        for q in range(c.planes.width):
            pixels[p * c.planes.width + q] = ((p + g.top) * w.pitch + q + g.left) * channels
    for i in range(g.size_h):
        for j in range(w.run_vectors):
            offsets[i * w.run_vectors + j] = i * g.dilation_h * w.pitch * channels + j * LANES


cdef inline inlined_void add_block(
    const Py_ssize_t VECTORS, const Winners* w, Py_ssize_t first, const real* image, const real* gradient,
    const index_t* argmax, Py_ssize_t winners, real* sums,
) noexcept nogil:
    """Add the products of all winners of a filter to ``VECTORS`` vectors of its sums, from ``first`` on."""
    cdef vec[MOST_AT_ONCE] total
    cdef Py_ssize_t[MOST_AT_ONCE] offsets
    cdef const real* window
    cdef Py_ssize_t k, m
    for m in range(VECTORS):
        offsets[m], total[m] = w.offsets[first + m], load(sums + (first + m) * LANES)
    for k in range(winners):
        if argmax[k] >= 0:  # -1 marks a window that contains padding only
            window = image + w.windows[argmax[k]]
            for m in range(VECTORS):
                total[m] += gradient[k] * load(window + offsets[m])
    for m in range(VECTORS):
        store(sums + (first + m) * LANES, total[m])


cdef void add_winners(
    const Winners* w, const ParamsGradient* c, Py_ssize_t image, const real* gradient, const index_t* argmax,
    Py_ssize_t winners, real* sums, Py_ssize_t thread,
) noexcept nogil:
    """Add the gradients of weights and bias that one image gives to the sums of its chunk.

    ``gradient`` and ``argmax`` have ``winners`` numbers for each filter: the winners' gradients and places.
    """
    cdef Py_ssize_t pixels = c.planes.height * c.planes.width, _
    cdef real* transposed = c.scratch + thread * c.thread_stride
    transpose_to(c.x + image * c.planes.channels * pixels, pixels, c.planes.channels, pixels, w.pixels, transposed)
    for _ in range(c.filters):
        add_winners_of_filter(w, transposed, gradient, argmax, winners, sums)
        gradient, argmax, sums = gradient + winners, argmax + winners, sums + c.filter_step


cdef void add_winners_of_filter(
    const Winners* w, const real* image, const real* gradient, const index_t* argmax, Py_ssize_t winners, real* sums
) noexcept nogil:
    """Add what one image gives to the sums of one filter; the lanes of its bias's sum are added up after the chunk."""
    cdef Py_ssize_t first = 0, k
    cdef real* bias = sums + w.vectors * LANES
    while first < w.vectors:
        if w.at_once == 10:
            add_block(10, w, first, image, gradient, argmax, winners, sums)
        elif w.at_once == 9:
            add_block(9, w, first, image, gradient, argmax, winners, sums)
        elif w.at_once == 8:
            add_block(8, w, first, image, gradient, argmax, winners, sums)
        elif w.at_once == 7:
            add_block(7, w, first, image, gradient, argmax, winners, sums)
        elif w.at_once == 6:
            add_block(6, w, first, image, gradient, argmax, winners, sums)
        elif w.at_once == 5:
            add_block(5, w, first, image, gradient, argmax, winners, sums)
        elif w.at_once == 4:
            add_block(4, w, first, image, gradient, argmax, winners, sums)
        else:
            add_block(3, w, first, image, gradient, argmax, winners, sums)
        first += w.at_once
    for k in range(winners):
        bias[k % LANES] += gradient[k] if argmax[k] >= 0 else 0
