# Needs: vector, product, window
"""Winograd's convolution: 3 by 3 windows with stride 1 at a quarter of the multiplications, in float32.

A tile of 4 by 4 outputs depends on 6 by 6 pixels. Along one axis, outputs are coefficients of a product of polynomials.
The values of this product at 6 points take 6 multiplications, in place of 12; along both axes 36 in place of 144. The
constant matrices B, G and A convert pixels and kernel to values at the points, and the products back to outputs:

    output = A' [(G kernel G') * (B' pixels B)] A

The points are 0, +-sqrt(1/2), +-sqrt(2) and infinity: their squares are exact, and rounding errors are half to a fifth
of those with 0, +-1, +-2. The gradient of the kernel has this formula too, with 4 by 4 gradients of outputs in place of
the kernel, and 3 by 3 results. The gradient of the input is a convolution of the outputs' gradient with the kernel
flipped.
A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks, 2015.

Loop order: block of tiles, tile, vector of channels; then point, vector of filters, tile, channel (as `product`); then
tile, vector of filters. Images are transposed to [pixel][channel], so that channels are the lanes of vectors, and a
small image fills them too. A block of `TILES` tiles is converted to [point][tile][channel], multiplied by the weights
[point][channel][filter], and converted to outputs. All this stays in the second-level cache of one core, and the
numbers of one point in the first-level cache. Several small images share a block.
"""

cdef enum Conversion:
    PIXELS  # 6 pixels to 6 points, by B'
    KERNEL  # 3 weights to 6 points, by G
    GRADIENT  # 4 gradients of outputs to 6 points
    OUTPUT  # 6 points to 4 outputs, by A'
    KERNEL_GRADIENT  # 6 points to 3 gradients of weights

cdef enum:
    POINTS = 36
    TILES = 32
    # Unused numbers between the slices of two points: slices a power of two apart would fall on few lines of a cache.
    GAP = 16

cdef struct Winograd:
    Py_ssize_t channels, filters, lanes_channels, lanes_filters  # of a group, and rounded up to whole vectors
    Py_ssize_t tile_rows, tile_columns, tiles  # of an image
    Py_ssize_t images  # computed together, so that a block has tiles enough
    Py_ssize_t pitch, plane  # pixels in a row of a transposed plane; numbers in all of it, over all channels
    Py_ssize_t first_pixel  # where in the plane the first tile begins
    Py_ssize_t channel_slice, filter_slice, weight_slice  # numbers of a point: a block's channels; filters; weights
    Py_ssize_t transposed_output, out_stride  # numbers of an image's transposed outputs; of a filter's outputs
    Product product
    const Py_ssize_t* tile_places  # where each tile begins in the transposed images
    const Py_ssize_t* output_places  # where each tile begins in the transposed outputs


cdef inline inlined_void convert(const Conversion kind, const vec* a, vec* out) noexcept nogil:
    """Multiply a row or column of a tile, whose elements are vectors, by the matrix of the conversion ``kind``.

    Two points r and -r share their work: a polynomial is even + odd at r, and even - odd at -r.
    """
    cdef real half = <real> 0.5, two = <real> 2, sum_of_squares = <real> 2.5
    cdef real near = <real> 0.70710678118654752, far = <real> 1.4142135623730950
    cdef real near_weight = <real> (-2 / 3.0), far_weight = <real> (1 / 6.0)
    cdef vec even, odd, far_even, far_odd
    if kind == PIXELS:
        out[0] = a[0] - sum_of_squares * a[2] + a[4]
        out[5] = a[1] - sum_of_squares * a[3] + a[5]
        even, odd = a[4] - two * a[2], a[3] - two * a[1]
        far_even, far_odd = a[4] - half * a[2], a[3] - half * a[1]
        out[1], out[2] = even + near * odd, even - near * odd
        out[3], out[4] = far_even + far * far_odd, far_even - far * far_odd
    elif kind == KERNEL or kind == GRADIENT:
        even, far_even = near_weight * (a[0] + half * a[2]), far_weight * (a[0] + two * a[2])
        if kind == KERNEL:
            odd, far_odd = near_weight * near * a[1], far_weight * far * a[1]
            out[5] = a[2]
        else:
            odd, far_odd = near_weight * near * (a[1] + half * a[3]), far_weight * far * (a[1] + two * a[3])
            out[5] = a[3]
        out[0] = a[0]
        out[1], out[2], out[3], out[4] = even + odd, even - odd, far_even + far_odd, far_even - far_odd
    else:
        even, odd, far_even, far_odd = a[1] + a[2], a[1] - a[2], a[3] + a[4], a[3] - a[4]
        out[0] = a[0] + even + far_even
        out[1] = near * odd + far * far_odd
        out[2] = half * even + two * far_even
        if kind == OUTPUT:
            out[3] = half * near * odd + two * far * far_odd + a[5]
        else:
            out[2] = out[2] + a[5]


cdef inline inlined_void convert_square(
    const Conversion kind, const Py_ssize_t SIDE, const Py_ssize_t OUT, const real* source, Py_ssize_t row,
    Py_ssize_t column, real* target, Py_ssize_t target_row, Py_ssize_t target_column,
) noexcept nogil:
    """Convert a square of ``SIDE`` by ``SIDE`` vectors to ``OUT`` by ``OUT``: first all rows, then all columns."""
    cdef vec[6] line, converted
    cdef vec[6][6] half
    cdef Py_ssize_t i, j
    for i in range(SIDE):
        for j in range(SIDE):
            line[j] = load(source + i * row + j * column)
        convert(kind, line, converted)
        for j in range(OUT):
            half[j][i] = converted[j]
    for j in range(OUT):
        convert(kind, half[j], converted)
        for i in range(OUT):
            store(target + i * target_row + j * target_column, converted[i])


cdef inline inlined_void convert_tiles(
    const Conversion kind, const Py_ssize_t SIDE, Py_ssize_t count, const Py_ssize_t* places, const real* planes,
    Py_ssize_t pitch, Py_ssize_t lanes, real* points, Py_ssize_t slice,
) noexcept nogil:
    """Convert ``count`` tiles of ``SIDE`` by ``SIDE`` pixels of transposed images to points[point][tile][lane]."""
    cdef Py_ssize_t t, lane
    for t in range(count):
        lane = 0
        while lane < lanes:
            convert_square(
                kind, SIDE, 6, planes + places[t] + lane, pitch * lanes, lanes, points + t * lanes + lane, 6 * slice,
                slice,
            )
            lane += LANES


cdef void correlate(
    const Winograd* w, Py_ssize_t images, Py_ssize_t filters, const real* planes, const real* weights, real* pixels,
    real* sums, real* out,
) noexcept nogil:
    """Convolve some transposed images with the converted weights of some filters, into the transposed outputs ``out``.

    ``pixels`` and ``sums`` are scratch for the points of a block of tiles.
    """
    cdef Py_ssize_t lanes = round_up(filters), first = 0, count, t, lane, point
    while first < images * w.tiles:
        count = min(<Py_ssize_t> TILES, images * w.tiles - first)
        convert_tiles(
            PIXELS, 6, count, w.tile_places + first, planes, w.pitch, w.lanes_channels, pixels, w.channel_slice
        )
        for point in range(POINTS):
            multiply(
                &w.product, count, lanes // LANES, pixels + point * w.channel_slice,
                weights + point * w.weight_slice, sums + point * w.filter_slice, NULL, False,
            )
        for t in range(count):
            lane = 0
            while lane < lanes:
                convert_square(
                    OUTPUT, 6, 4, sums + t * w.lanes_filters + lane, 6 * w.filter_slice, w.filter_slice,
                    out + w.output_places[first + t] + lane, 4 * w.tile_columns * w.lanes_filters, w.lanes_filters,
                )
                lane += LANES
        first += count


cdef void plan_winograd(
    Winograd* w, Py_ssize_t channels, Py_ssize_t filters, Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    """Fill the sizes of w for a group of so many channels and filters, and outputs of so many rows and columns."""
    w.channels, w.filters = channels, filters
    w.lanes_channels, w.lanes_filters = round_up(channels), round_up(filters)
    w.tile_rows, w.tile_columns = (rows + 3) // 4, (columns + 3) // 4
    w.tiles = w.tile_rows * w.tile_columns
    w.images = max(<Py_ssize_t> 1, TILES // w.tiles)
    w.channel_slice, w.filter_slice = TILES * w.lanes_channels + GAP, TILES * w.lanes_filters + GAP
    w.weight_slice = channels * w.lanes_filters + GAP
    w.transposed_output = 16 * w.tiles * w.lanes_filters
    w.out_stride = 16 * w.tiles + GAP
    w.product.terms, w.product.out_stride = channels, w.lanes_filters


cdef void plan_plane(Winograd* w, const Geometry* g, Py_ssize_t height, Py_ssize_t width) noexcept nogil:
    """Fill the sizes of the padded and transposed image of which the tiles are read."""
    w.pitch = max(4 * w.tile_columns + 2, g.left + width)
    w.plane = max(4 * w.tile_rows + 2, g.top + height) * w.pitch * w.lanes_channels
    w.first_pixel = 0


cdef Py_ssize_t table_entries(const Winograd* w) noexcept nogil:
    """Return how many integers the tables of w take."""
    return 2 * w.images * w.tiles + 2 * w.channels + TILES + 9 * w.channels


cdef Py_ssize_t* fill_winograd_tables(Winograd* w, Py_ssize_t* table) noexcept nogil:
    """Fill the tables of w from ``table`` on; return where they end: there the places of the weights follow."""
    cdef Py_ssize_t k
    cdef Py_ssize_t* next = table + 2 * w.images * w.tiles
    fill_tiles(w, table, w.first_pixel, w.pitch, w.lanes_channels, w.plane)
    fill_tiles(w, table + w.images * w.tiles, 0, 4 * w.tile_columns, w.lanes_filters, w.transposed_output)
    w.tile_places, w.output_places = table, table + w.images * w.tiles
    w.product.w_term, w.product.b_term, w.product.row = next, next + w.channels, next + 2 * w.channels
    for k in range(w.channels):
        next[k], next[w.channels + k] = k, k * w.lanes_filters
    for k in range(TILES):
        next[2 * w.channels + k] = k * w.lanes_channels
    return next + 2 * w.channels + TILES


cdef void fill_tiles(
    const Winograd* w, Py_ssize_t* places, Py_ssize_t start, Py_ssize_t pitch, Py_ssize_t lanes, Py_ssize_t plane
) noexcept nogil:
    """Write where each tile of each image begins, in transposed images with that pitch and ``plane`` numbers each."""
    cdef Py_ssize_t i, p, q, tile = 0
    for i in range(w.images):
        for p in range(w.tile_rows):
            for q in range(w.tile_columns):
                places[tile] = i * plane + start + (4 * p * pitch + 4 * q) * lanes
                tile += 1


cdef void fill_pixels(
    Py_ssize_t* places, Py_ssize_t start, Py_ssize_t height, Py_ssize_t width, Py_ssize_t pitch, Py_ssize_t lanes
) noexcept nogil:
    """Write, for each pixel of an image, its place in the padded and transposed image."""
    cdef Py_ssize_t h, v
    for h in range(height):
        for v in range(width):
            places[h * width + v] = start + (h * pitch + v) * lanes
