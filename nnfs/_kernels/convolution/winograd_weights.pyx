# Needs: team, vector, transpose, winograd
"""The weights of Winograd's convolution: each kernel of 3 by 3 cells is converted to 36 points, once for all images.

Loop order: a vector of filters (a task), channel, point. The kernels of a vector of filters are transposed to
[channel][cell][filter], so that filters are the lanes of vectors. The kernels of a vector of filters and one channel
are converted in registers.
"""

cdef struct PointWeights:
    const Winograd* winograd
    const real* weight
    bint of_gradient
    const Py_ssize_t* places  # where each cell of a kernel is written when transposed
    real* transposed
    real* points


cdef void convert_weights(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Convert the weights of up to `LANES` filters of one group, those of task ``index``, to values at 36 points."""
    cdef const PointWeights* c = <const PointWeights*> arguments
    cdef const Winograd* w = c.winograd
    cdef Py_ssize_t vectors = w.lanes_filters // LANES, group = index // vectors, first = index % vectors * LANES
    cdef Py_ssize_t count = min(<Py_ssize_t> LANES, w.filters - first), i
    cdef const real* weight = c.weight + group * w.channels * w.filters * 9
    cdef real* transposed = c.transposed + group * w.channels * 9 * w.lanes_filters + first
    cdef real* points = c.points + group * POINTS * w.weight_slice + first
    if c.of_gradient:  # its filters are the channels of the forward pass, and its channels the filters
        for i in range(w.channels):
            transpose_to(
                weight + (i * w.filters + first) * 9, 9, count, 9, c.places, transposed + i * 9 * w.lanes_filters
            )
        convert_kernels(w, transposed, points)
    else:
        convert_vector(w, weight + first * w.channels * 9, count, c.places, transposed, points)


cdef void convert_filters(
    const Winograd* w, const real* weight, Py_ssize_t filters, const Py_ssize_t* places, real* transposed, real* points
) noexcept nogil:
    """Convert the weights of some filters to points[point][channel][filter]; ``transposed`` is scratch."""
    cdef Py_ssize_t first = 0
    while first < filters:
        convert_vector(
            w, weight + first * w.channels * 9, min(<Py_ssize_t> LANES, filters - first), places, transposed + first,
            points + first,
        )
        first += LANES


cdef void convert_vector(
    const Winograd* w, const real* weight, Py_ssize_t count, const Py_ssize_t* places, real* transposed, real* points
) noexcept nogil:
    """Convert the weights of ``count`` filters, at most `LANES`, to values at 36 points; ``transposed`` is scratch."""
    transpose_to(weight, w.channels * 9, count, w.channels * 9, places, transposed)
    convert_kernels(w, transposed, points)


cdef void convert_kernels(const Winograd* w, const real* transposed, real* points) noexcept nogil:
    """Convert the kernels of a vector of filters, transposed to [channel][cell][filter], to points."""
    cdef Py_ssize_t i
    for i in range(w.channels):
        convert_square(
            KERNEL, 3, 6, transposed + i * 9 * w.lanes_filters, 3 * w.lanes_filters, w.lanes_filters,
            points + i * w.lanes_filters, 6 * w.weight_slice, w.weight_slice,
        )


cdef void fill_weight_places(const Winograd* w, bint of_gradient, Py_ssize_t* places) noexcept nogil:
    """Write, for each cell of the kernels, its place in the transposed weights; for the gradient, flipped."""
    cdef Py_ssize_t k
    for k in range(9 if of_gradient else 9 * w.channels):
        places[k] = (8 - k if of_gradient else k) * w.lanes_filters


cdef void prepare_weights(
    const Winograd* w, const real* weight, Py_ssize_t groups, bint of_gradient, Py_ssize_t* places, real* transposed,
    real* points,
) noexcept nogil:
    """Convert all weights to points[group][point][channel][filter]; ``transposed`` is scratch for the weights.

    ``of_gradient`` is whether they are for the input gradient, which takes flipped kernels.
    """
    cdef PointWeights c
    cdef Py_ssize_t tasks = groups * (w.lanes_filters // LANES)
    c.winograd, c.weight, c.of_gradient = w, weight, of_gradient
    c.places, c.transposed, c.points = places, transposed, points
    fill_weight_places(w, of_gradient, places)
    run_whole(convert_weights, &c, tasks, thread_count(tasks, groups * w.channels * w.lanes_filters * POINTS))
