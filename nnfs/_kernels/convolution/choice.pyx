# Needs: vector, arguments, window, maxpool, planes, forward, endings, direct, winograd_forward, depthwise,
# depthwise_params_gradient, params_gradient, winograd_gradients, input_gradient, few_weights, winners, fused
"""Which algorithm a convolution uses: all rules that choose one, with their thresholds and what was measured.

    forward                    depthwise, Winograd's, direct
    input gradient             depthwise, Winograd's, direct (all rows of the kernel at once, or one after the other)
    both, with 1 by 1 windows  direct, with copies of what each tile reads
    gradients of parameters    depthwise, Winograd's, `few_weights`, direct
    all gradients behind ReLU  depthwise, Winograd's, or the direct input gradient; then `winners`, `few_weights` or
                               `params_gradient` computes those of the parameters

The algorithms give equal results but for rounding. There is no loop over pixels here: each algorithm is a file of this
folder, which states its own loop order.
"""

cdef enum:
    # A vector of sums for each of so many weights fits the second-level cache.
    MOST_WEIGHTS = 4096
    PANEL_ROWS = 32

cdef bint winograd_wanted = True


def set_winograd(bint is_wanted):
    """Let convolutions in float32 use Winograd's algorithm where `suits_winograd` returns True, or never."""
    global winograd_wanted
    winograd_wanted = is_wanted


cdef inline bint is_depthwise(Py_ssize_t channels, Py_ssize_t group_channels) noexcept nogil:
    """Return whether the input has several channels and each filter reads only one of them."""
    return group_channels == 1 and channels > 1


cdef bint suits_winograd(
    const Geometry* g, Py_ssize_t channels, Py_ssize_t filters, Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    """Return whether Winograd's algorithm is to compute a group with outputs of so many rows and columns.

    Its speed was measured in multiples of the direct algorithm's, on one core with AVX-512, with 64 images, for the
    forward pass, the input gradient and the gradients of the parameters, by channels, filters and size of the image:

        64 to 64, 16x16: 2.6, 2.8, 2.0    32 to 64, 14x14: 2.0, 2.3, 1.6    32 to 32, 32x32: 1.8, 1.9, 2.0
        16 to 16, 28x28: 1.4, 1.4, 1.4    12 to 16, 16x16: 1.4, 1.7, 1.8    12 to 12, 14x14: 0.9, 0.9, 1.1
         8 to 16, 28x28: 1.1, 0.9, 1.2     16 to 8, 14x14: 0.7, 1.0, 1.3

    Vectors that are half empty make it slower: 17 to 17, 14x14: 0.8, 0.8, 1.3; 22 to 22: 1.0, 1.0, 1.3; 17 to 32: 1.2,
    1.1, 1.3; 33 to 33: 1.3, 1.3, 1.7. So do few outputs: 32 to 32, 2x2: 2.2, 2.0, 0.6; a single image, 16 to 16, 6x6:
    0.9, 0.9, 0.8. With AVX2 and SSE it is faster by more.
    """
    return (
        winograd_wanted and sizeof(real) == 4
        and g.size_h == 3 and g.size_w == 3 and g.stride_h == 1 and g.stride_w == 1
        and g.dilation_h == 1 and g.dilation_w == 1
        and channels >= 12 and filters >= 12 and rows * columns >= 48
        and 192 <= channels * filters <= 1 << 18  # above, weights of 36 points would be 40 MB and more: not measured
        and 9 * channels * filters >= 4 * round_up(channels) * round_up(filters)
    )


cdef bint suits_panels(const Geometry* g, Py_ssize_t rows) noexcept nogil:
    """Return whether a product with so many rows copies what each of its tiles reads, see `multiply_by_panels`.

    Planes of 1 by 1 windows have no border, so that those of usual images lie a power of two apart. The time without
    copies was measured in multiples of that with them, for 64 channels on one core with AVX2, by rows (filters) and
    size of the image:

        8, 32x32: 0.9    16, 32x32: 1.0    64, 32x32: 1.2 to 1.4    64, 16x16: 1.1    64, 14x14: 1.0    64, 7x7: 0.96

    Larger windows read a tile's pixels several times, from lines side by side: 3x3 with stride 2 1.0; 3x3 with 3
    channels 0.9. The gradients of the parameters were as fast without copies, too.
    """
    return is_pointwise(g) and rows >= PANEL_ROWS


cdef bint suits_rows(
    const Geometry* g, Py_ssize_t channels, Py_ssize_t group_channels, Py_ssize_t group_filters, Py_ssize_t height,
    Py_ssize_t rows,
) noexcept nogil:
    """Return whether the direct input gradient multiplies the rows of the kernel one after the other.

    A row of the kernel then skips the rows of pixels that it never lies on. A large kernel with few outputs has many.
    """
    cdef Py_ssize_t row_terms = group_filters * g.size_w, met = 0, first, i
    for i in range(g.size_h):
        met += meeting_rows(i * g.dilation_h - g.top, height, rows, &first)
    return (
        g.stride_h == 1 and g.stride_w == 1 and not is_depthwise(channels, group_channels)
        and met * (row_terms + 3) < height * g.size_h * row_terms  # loading and storing a sum takes as long as 3 terms
    )


cdef bint suits_few_weights(const ParamsGradient* c) noexcept nogil:
    """Return whether `few_weights`, whose lanes are outputs, is to sum the gradient rather than `params_gradient`.

    Both need a multiply-add for a vector of each filter's outputs, and of each output's filters. The first multiplies
    gaps between rows too, and takes as long as 8 vectors to load and store a sum; the second transposes the gradient,
    and waits for its broadcasts. Its time was measured in multiples of the first's, on one core with AVX2, by channels,
    filters, size of the kernel and of the outputs:

        1 to 8, 3x3, 28x28: 1.5    1 to 6, 5x5, 28x28: 2.0      1 to 12, 3x3, 29x31: 1.7    1 to 32, 3x3, 28x28: 1.2
        3 to 16, 3x3, 32x32: 1.0   3 to 24, 5x5, 32x32: 1.1     6 to 12, 3x3, 28x28: 1.3    10 to 10, 5x5, 28x28: 1.3
        24 to 6, 3x3, 15x15: 1.7   3 to 24, 5x5, 16x16: 0.97    6 to 16, 5x5, 10x10: 0.55
    """
    cdef Py_ssize_t by_output = c.group_filters * (wide_size(c) // LANES + 8)
    cdef Py_ssize_t by_filter = c.lanes_filters // LANES * c.product.terms
    return 4 * by_output <= 5 * by_filter and c.filters * (c.cells + 1) <= MOST_WEIGHTS


cdef bint suits_winners(
    const Winners* w, const ParamsGradient* c, const Geometry* g, Py_ssize_t winners
) noexcept nogil:
    """Return whether `winners`, which reads only the outputs that a max pool passed on, is faster than reading all.

    ``winners`` is the number of outputs of the pool for one filter and one image.
    """
    cdef Py_ssize_t all_outputs = c.product.terms * c.lanes_filters
    if suits_few_weights(c):
        all_outputs = c.filters * wide_size(c)
    return (
        c.groups == 1 and g.dilation_w == 1 and w.at_once > 2
        # `transpose_to` writes whole vectors. What it writes beyond a pixel's channels is overwritten by the next pixel
        # only if all channels fit one vector.
        and (c.planes.channels <= LANES or c.planes.channels % LANES == 0)
        # It must save half of the multiplications, as measured with 20 geometries: each of its vectors of pixels is
        # loaded for one multiplication and mostly lies across two cache lines, and each block reads three tables for
        # each winner.
        and 2 * c.filters * winners * (w.vectors + 3 * (w.vectors // w.at_once)) * LANES < (c.cells + 1) * all_outputs
    )


cdef object convolve(Convolution* c, Array x, Array weight, Array bias, object window):
    """Convolve by the direct or Winograd's algorithm; c has y, the ending, and the outputs' rows and columns."""
    plan_convolution(c, x, weight, bias, window)
    if suits_winograd(&c.window, c.group_channels, c.group_filters, c.rows, c.columns):
        plan_convolution_by_winograd(c)
        convolve_by_winograd(c, x.shape[0])
    else:
        c.by_panels = suits_panels(&c.window, c.group_filters)
        convolve_directly(c, x.shape[0])


cdef object convolve_into(Array x, Array weight, Array bias, object window, real slope, Ending ending, Array y):
    """Convolve x by the algorithm that suits it, apply ReLU with ``slope`` (1 for none), and write y.

    ``ending`` is the function that copies the outputs to y, with or without ReLU.
    """
    cdef Convolution c
    if x.shape[0] == 0:
        return
    if is_depthwise(x.shape[1], weight.shape[1]):
        depthwise_forward(x, weight, bias, window, slope, y)
        return
    c.y, c.ending, c.slope, c.rows, c.columns = y.data, ending, slope, y.shape[2], y.shape[3]
    convolve(&c, x, weight, bias, window)


cdef object add_and_write_gradients(
    Array dy, Array x, Array weight, Array y, const index_t* argmax, object window, object size, real slope,
    Array dweight, Array dbias, Array dx,
):
    """Add to dweight and dbias, and write dx, for a convolution with ReLU and perhaps a max pool behind it.

    ``y`` is the output of ReLU or of the pool, dy its gradient; ``argmax`` is NULL where there is no pool.
    """
    cdef Geometry g = read_window(window)
    cdef BothGradients c
    cdef bint by_row
    if x.shape[0] == 0:
        return
    if argmax == NULL and is_depthwise(x.shape[1], weight.shape[1]):
        depthwise_backward_params(x, dy, y.data, slope, window, dweight, dbias)
        if dx.data != NULL:
            depthwise_backward_input(dy, y.data, slope, weight, window, dx)
        return
    plan_both(&c, &g, dy, x, y, argmax, size, slope, dweight, dx)
    if suits_winograd(&g, c.params.group_channels, c.params.group_filters, c.params.rows, c.params.columns):
        run_both_by_winograd(&c, &g, x, weight, dweight, dbias, dx)
        return
    c.by_winner = False
    if argmax != NULL:
        measure_winners(&c.winners, &c.params, &g)
        c.by_winner = suits_winners(&c.winners, &c.params, &g, c.outgoing.pooled_size)
    c.by_filter = not c.by_winner and suits_few_weights(&c.params)
    by_row = c.wants_input and suits_rows(
        &g, x.shape[1], c.params.group_channels, c.params.group_filters, x.shape[2], c.params.rows
    )
    run_both(&c, &g, weight, by_row, suits_panels(&g, c.params.group_channels), dweight, dbias, dx)


def conv2d_forward(x, weight, bias, window, *, y):
    convolve_into(
        input_of(x, 4), input_of(weight, 4), input_or_none(bias, 1), window, 1, copy_outputs, output_of(y, 4)
    )


def conv2d_relu_forward(x, weight, bias, window, double slope, *, y):
    convolve_into(
        input_of(x, 4), input_of(weight, 4), input_or_none(bias, 1), window, <real> slope, rectify_outputs,
        output_of(y, 4),
    )


def conv2d_relu_maxpool2d_forward(x, weight, bias, window, size, pool, double slope, *, y, argmax):
    cdef Array images = input_of(x, 4), filters = input_of(weight, 4), biases = input_or_none(bias, 1)
    cdef PooledConvolution c
    c.convolution.rows, c.convolution.columns = size
    c.pool = read_pool(pool, c.convolution.rows, c.convolution.columns, y, argmax)
    if images.shape[0] == 0:
        return
    c.convolution.y, c.convolution.ending, c.convolution.slope = NULL, pool_outputs, <real> slope
    convolve(&c.convolution, images, filters, biases, window)


def conv2d_backward_input(dy, weight, window, *, dx):
    cdef Array gradient = input_of(dy, 4), filters = input_of(weight, 4), images = output_of(dx, 4)
    cdef Geometry g = read_window(window)
    cdef Py_ssize_t channels = images.shape[1], group_channels = filters.shape[1], group_filters, rows, columns
    cdef bint by_row
    if images.shape[0] == 0:
        return
    group_filters = filters.shape[0] * group_channels // channels
    rows, columns = gradient.shape[2], gradient.shape[3]
    if is_depthwise(channels, group_channels):
        depthwise_backward_input(gradient, NULL, 1, filters, window, images)
    elif suits_winograd(&g, group_channels, group_filters, rows, columns):
        winograd_input_gradient(&g, gradient, filters, images)
    else:
        by_row = suits_rows(&g, channels, group_channels, group_filters, images.shape[2], rows)
        direct_input_gradient(&g, gradient, filters, by_row, suits_panels(&g, group_channels), images)


def conv2d_backward_params(x, dy, window, *, dweight, dbias):
    cdef Array images = input_of(x, 4), gradient = input_of(dy, 4)
    cdef Array filters = output_of(dweight, 4), biases = output_or_none(dbias, 1)
    cdef Geometry g = read_window(window)
    cdef Py_ssize_t channels = images.shape[1], group_channels = filters.shape[1], group_filters
    cdef ParamsGradient c
    if images.shape[0] == 0:
        return
    group_filters = filters.shape[0] * group_channels // channels
    c.rows, c.columns = gradient.shape[2], gradient.shape[3]
    plan_params(&c, &g, images, filters)
    if is_depthwise(channels, group_channels):
        depthwise_backward_params(images, gradient, NULL, 1, window, filters, biases)
    elif suits_winograd(&g, group_channels, group_filters, c.rows, c.columns):
        winograd_params_gradient(&g, images, gradient, filters, biases)
    elif suits_few_weights(&c) and are_finite(images):  # one that is not must reach no weights but those that meet it
        # A ReLU with slope 1, whatever its output is, leaves the gradient as it is.
        add_and_write_gradients(
            gradient, images, filters, gradient, NULL, window, (c.rows, c.columns), 1, filters, biases, no_array()
        )
    else:
        direct_params_gradient(&g, images, gradient, filters, biases)


def conv2d_relu_backward(dy, x, weight, y, window, double slope, *, dweight, dbias, dx):
    cdef Array outputs = input_of(y, 4)
    add_and_write_gradients(
        input_of(dy, 4), input_of(x, 4), input_of(weight, 4), outputs, NULL, window,
        (outputs.shape[2], outputs.shape[3]), <real> slope, output_of(dweight, 4), output_or_none(dbias, 1),
        output_or_none(dx, 4),
    )


def conv2d_relu_maxpool2d_backward(dy, x, weight, y, argmax, window, size, double slope, *, dweight, dbias, dx):
    cdef Array pooled = input_of(dy, 4)
    cdef const index_t* places = places_of(argmax, False)
    check_places(places, pooled.shape[0] * pooled.shape[1] * pooled.shape[2] * pooled.shape[3], size[0] * size[1])
    add_and_write_gradients(
        pooled, input_of(x, 4), input_of(weight, 4), input_of(y, 4), places, window, size, <real> slope,
        output_of(dweight, 4), output_or_none(dbias, 1), output_or_none(dx, 4),
    )
