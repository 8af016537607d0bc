# Needs: replay, vector, arguments, window, maxpool, planes, forward, endings, direct, winograd_forward, depthwise,
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
    size of the image: 8, 32x32: 0.9; 16, 32x32: 1.0; 64, 32x32: 1.2 to 1.4; 64, 16x16: 1.1; 64, 14x14: 1.0; 64, 7x7:
    0.96. For 3x3 windows with stride 2 it is 1.0, with 3 channels 0.9; for the gradients of the parameters 1.0.
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


cdef struct Convolving:
    Array x, weight, bias, y
    Geometry window
    Ending ending  # copies the outputs to y, with or without ReLU and a max pool
    Pool pool
    Py_ssize_t rows, columns  # of the outputs, in front of the pool
    real slope  # of the ReLU; 1 for none

cdef struct ConvolutionGradient:
    Array dy, x, weight, y, dweight, dbias, dx  # y of the ReLU or pool; NULL for what there is not
    const index_t* argmax  # of the pool; NULL for none
    Geometry window
    Py_ssize_t rows, columns  # of the convolution's outputs
    real slope


cdef int convolve(void* arguments) except -1 nogil:
    """Convolve x by the algorithm that suits it, and write y."""
    cdef const Convolving* a = <const Convolving*> arguments
    cdef PooledConvolution pooled
    cdef Convolution* c = &pooled.convolution
    if a.x.shape[0] == 0:
        return 0
    if a.ending != pool_outputs and is_depthwise(a.x.shape[1], a.weight.shape[1]):
        return depthwise_forward(a.x, a.weight, a.bias, &a.window, a.slope, a.y)
    pooled.pool = a.pool
    c.y, c.ending, c.slope, c.rows, c.columns = a.y.data, a.ending, a.slope, a.rows, a.columns
    plan_convolution(c, a.x, a.weight, a.bias, &a.window)
    if suits_winograd(&a.window, c.group_channels, c.group_filters, c.rows, c.columns):
        plan_convolution_by_winograd(c)
        return convolve_by_winograd(c, a.x.shape[0])
    c.by_panels = suits_panels(&a.window, c.group_filters)
    return convolve_directly(c, a.x.shape[0])


cdef Convolving read_convolution(
    object x, object weight, object bias, object window, Ending ending, real slope, object y
) except *:
    """Return a struct with all that a convolution without a pool reads and writes."""
    cdef Convolving a
    memset(&a, 0, sizeof(a))
    a.x, a.weight, a.bias, a.y = input_of(x, 4), input_of(weight, 4), input_or_none(bias, 1), output_of(y, 4)
    a.window, a.ending, a.slope, a.rows, a.columns = read_window(window), ending, slope, a.y.shape[2], a.y.shape[3]
    return a


cdef int add_and_write_gradients(void* arguments) except -1 nogil:
    """Add to dweight and dbias, and write dx, for a convolution with ReLU and perhaps a max pool behind it."""
    cdef const ConvolutionGradient* a = <const ConvolutionGradient*> arguments
    cdef const Geometry* g = &a.window
    cdef BothGradients c
    cdef bint by_row
    if a.x.shape[0] == 0:
        return 0
    if a.argmax == NULL and is_depthwise(a.x.shape[1], a.weight.shape[1]):
        depthwise_backward_params(a.x, a.dy, a.y.data, a.slope, g, a.dweight, a.dbias)
        if a.dx.data != NULL:
            depthwise_backward_input(a.dy, a.y.data, a.slope, a.weight, g, a.dx)
        return 0
    c.params.rows, c.params.columns = a.rows, a.columns
    plan_both(&c, g, a.dy, a.x, a.y, a.argmax, a.slope, a.dweight, a.dx)
    if suits_winograd(g, c.params.group_channels, c.params.group_filters, c.params.rows, c.params.columns):
        return run_both_by_winograd(&c, g, a.x, a.weight, a.dweight, a.dbias, a.dx)
    c.by_winner = False
    if a.argmax != NULL:
        measure_winners(&c.winners, &c.params, g)
        c.by_winner = suits_winners(&c.winners, &c.params, g, c.outgoing.pooled_size)
    c.by_filter = not c.by_winner and suits_few_weights(&c.params)
    by_row = c.wants_input and suits_rows(
        g, a.x.shape[1], c.params.group_channels, c.params.group_filters, a.x.shape[2], c.params.rows
    )
    return run_both(&c, g, a.weight, by_row, suits_panels(g, c.params.group_channels), a.dweight, a.dbias, a.dx)


cdef int compute_input_gradient(void* arguments) except -1 nogil:
    """Write dx for a convolution without ReLU."""
    cdef const ConvolutionGradient* a = <const ConvolutionGradient*> arguments
    cdef const Geometry* g = &a.window
    cdef Py_ssize_t channels = a.dx.shape[1], group_channels = a.weight.shape[1]
    cdef Py_ssize_t group_filters = a.weight.shape[0] * group_channels // channels
    cdef bint by_row
    if a.dx.shape[0] == 0:
        return 0
    if is_depthwise(channels, group_channels):
        return depthwise_backward_input(a.dy, NULL, 1, a.weight, g, a.dx)
    if suits_winograd(g, group_channels, group_filters, a.rows, a.columns):
        return winograd_input_gradient(g, a.dy, a.weight, a.dx)
    by_row = suits_rows(g, channels, group_channels, group_filters, a.dx.shape[2], a.rows)
    return direct_input_gradient(g, a.dy, a.weight, by_row, suits_panels(g, group_channels), a.dx)


cdef int sum_params_gradient(void* arguments) except -1 nogil:
    """Add to dweight and dbias for a convolution without ReLU."""
    cdef ConvolutionGradient a = (<const ConvolutionGradient*> arguments)[0]
    cdef const Geometry* g = &a.window
    cdef Py_ssize_t channels = a.x.shape[1], group_channels = a.dweight.shape[1]
    cdef Py_ssize_t group_filters = a.dweight.shape[0] * group_channels // channels
    cdef ParamsGradient c
    if a.x.shape[0] == 0:
        return 0
    if is_depthwise(channels, group_channels):
        return depthwise_backward_params(a.x, a.dy, NULL, 1, g, a.dweight, a.dbias)
    if suits_winograd(g, group_channels, group_filters, a.rows, a.columns):
        return winograd_params_gradient(g, a.x, a.dy, a.dweight, a.dbias)
    c.rows, c.columns = a.rows, a.columns
    plan_params(&c, g, a.x, a.dweight)
    if suits_few_weights(&c) and are_finite(a.x):  # one that is not must reach no weights but those that meet it
        # A ReLU with slope 1, whatever its output is, leaves the gradient as it is.
        a.weight, a.y, a.slope = a.dweight, a.dy, 1
        return add_and_write_gradients(&a)
    return direct_params_gradient(g, a.x, a.dy, a.dweight, a.dbias)


cdef ConvolutionGradient read_gradient(object dy, object window) except *:
    """Return a struct with the gradient of a convolution's outputs; the caller fills what else is read or written."""
    cdef ConvolutionGradient a
    memset(&a, 0, sizeof(a))
    a.dy, a.window = input_of(dy, 4), read_window(window)
    a.rows, a.columns = a.dy.shape[2], a.dy.shape[3]
    return a


cdef ConvolutionGradient read_relu_gradient(
    object dy, object x, object weight, object y, object window, real slope, object dweight, object dbias, object dx
) except *:
    """Return a struct with all that the gradients of a convolution with ReLU read and write; there is no pool."""
    cdef ConvolutionGradient a = read_gradient(dy, window)
    a.x, a.weight, a.y, a.slope = input_of(x, 4), input_of(weight, 4), input_of(y, 4), slope
    a.dweight, a.dbias, a.dx = output_of(dweight, 4), output_or_none(dbias, 1), output_or_none(dx, 4)
    return a


def conv2d_forward(x, weight, bias, window, *, y):
    cdef Convolving a = read_convolution(x, weight, bias, window, copy_outputs, 1, y)
    perform(convolve, &a, sizeof(a))


def conv2d_relu_forward(x, weight, bias, window, double slope, *, y):
    cdef Convolving a = read_convolution(x, weight, bias, window, rectify_outputs, <real> slope, y)
    perform(convolve, &a, sizeof(a))


def conv2d_relu_maxpool2d_forward(x, weight, bias, window, size, pool, double slope, *, y, argmax):
    cdef Convolving a = read_convolution(x, weight, bias, window, pool_outputs, <real> slope, y)
    a.rows, a.columns = size
    a.y.data = NULL  # the pool writes y
    a.pool = read_pool(pool, a.rows, a.columns, y, argmax)
    perform(convolve, &a, sizeof(a))


def conv2d_backward_input(dy, weight, window, *, dx):
    cdef ConvolutionGradient a = read_gradient(dy, window)
    a.weight, a.dx = input_of(weight, 4), output_of(dx, 4)
    perform(compute_input_gradient, &a, sizeof(a))


def conv2d_backward_params(x, dy, window, *, dweight, dbias):
    cdef ConvolutionGradient a = read_gradient(dy, window)
    a.x, a.dweight, a.dbias = input_of(x, 4), output_of(dweight, 4), output_or_none(dbias, 1)
    perform(sum_params_gradient, &a, sizeof(a))


def conv2d_relu_backward(dy, x, weight, y, window, double slope, *, dweight, dbias, dx):
    cdef ConvolutionGradient a = read_relu_gradient(dy, x, weight, y, window, <real> slope, dweight, dbias, dx)
    perform(add_and_write_gradients, &a, sizeof(a))


def conv2d_relu_maxpool2d_backward(dy, x, weight, y, argmax, window, size, double slope, *, dweight, dbias, dx):
    cdef ConvolutionGradient a = read_relu_gradient(dy, x, weight, y, window, <real> slope, dweight, dbias, dx)
    a.rows, a.columns = size
    a.argmax = places_of(argmax, False)
    check_places(a.argmax, a.dy.shape[0] * a.dy.shape[1] * a.dy.shape[2] * a.dy.shape[3], a.rows * a.columns)
    perform(add_and_write_gradients, &a, sizeof(a))
