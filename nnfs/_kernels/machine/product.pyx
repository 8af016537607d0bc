# Needs: vector
"""A product of two matrices whose elements may lie anywhere: the inner loop of convolutions and dense layers.

    out[m, v] = start[m] + sum over k of w[row[m] + w_term[k]] * b[b_term[k] + v]

Tables of offsets (row, w_term and b_term) tell where the factors lie. For a convolution the rows of b are shifted views
of zero-padded planes, so that no im2col matrix is written; for its gradients they are rows of the output's gradient;
for a dense layer they are the rows of a matrix.

Loop order: columns by the tile, then blocks of `TERMS` terms, then some rows at a time, then terms. A tile is six rows
by two vectors of sums, or with AVX-512 four by four, which stay in registers over a block of terms. For fewer than four
rows it is one row by `WIDE` vectors. An element of w costs one broadcast
from memory. The block of b that a tile needs stays in the first-level cache while all rows pass. The terms of a sum are
added in the order of the tables, so that an element has the same bits wherever the tiles begin.
"""

cdef enum:
    # So many terms of a tile of b fill half of a first-level cache; the other half is for rows of w and out. Against
    # all terms at once it was measured 3 to 8 % faster with 64 channels or 3136 features, and as much slower on a first
    # layer.
    TERMS = 24576 // (TILE_VECTORS * LANES * sizeof(real))

    WIDE = 8  # so many sums of one row keep the multipliers busy: a convolution with one filter takes 0.6 of the time

cdef struct Product:
    Py_ssize_t terms
    const Py_ssize_t* row
    const Py_ssize_t* w_term
    const Py_ssize_t* b_term
    Py_ssize_t out_stride


cdef inline inlined_void fill_tile(
    const Product* product, const Py_ssize_t ROWS, const Py_ssize_t VECTORS, const Py_ssize_t* row, const real* w,
    const real* b, real* out, const real* start, bint add,
) noexcept nogil:
    """Compute a tile of ``ROWS`` rows by ``VECTORS`` vectors of the product; its sums stay in registers."""
    cdef vec[8][8] total
    cdef Py_ssize_t[8] rows
    cdef const Py_ssize_t* w_term = product.w_term
    cdef const Py_ssize_t* b_term = product.b_term
    cdef Py_ssize_t out_stride = product.out_stride, terms = product.terms
    cdef const real* w_here
    cdef const real* b_here
    cdef Py_ssize_t m, v, k
    for m in range(ROWS):
        rows[m] = row[m]
        for v in range(VECTORS):
            total[m][v] = broadcast(0)
    if start != NULL:
        for m in range(ROWS):
            for v in range(VECTORS):
                total[m][v] = broadcast(start[m])
    elif add:
        for m in range(ROWS):
            for v in range(VECTORS):
                total[m][v] = load(out + m * out_stride + v * LANES)
    for k in range(terms):
        w_here = w + w_term[k]
        b_here = b + b_term[k]
        for m in range(ROWS):
            for v in range(VECTORS):
                total[m][v] += w_here[rows[m]] * load(b_here + v * LANES)
    for m in range(ROWS):
        for v in range(VECTORS):
            store(out + m * out_stride + v * LANES, total[m][v])


cdef inline inlined_void fill_tile_at(
    const Product* product, const Py_ssize_t ROWS, const Py_ssize_t VECTORS, Py_ssize_t m, const real* w, const real* b,
    real* out, const real* start, bint add,
) noexcept nogil:
    """Compute ``ROWS`` rows of a matrix product, from row m on, each of them ``VECTORS`` vectors long."""
    fill_tile(
        product, ROWS, VECTORS, product.row + m, w, b, out + m * product.out_stride, start + m if start else start, add
    )


cdef inline inlined_void rows_of_tiles(
    const Product* product, const Py_ssize_t VECTORS, Py_ssize_t rows, const real* w, const real* b, real* out,
    const real* start, bint add,
) noexcept nogil:
    """Compute all rows of a column of tiles, from the terms of one block."""
    cdef Py_ssize_t m = 0
    if VECTORS == WIDE:
        for m in range(rows):
            fill_tile_at(product, 1, VECTORS, m, w, b, out, start, add)
        return
    if VECTORS == 1 or 2 * VECTORS == TILE_VECTORS:  # fewer sums would leave the multipliers waiting for each other
        while m + 8 <= rows:
            fill_tile_at(product, 8, VECTORS, m, w, b, out, start, add)
            m += 8
    elif TILE_VECTORS == 2:  # eight rows are left for tiles of four
        while rows - m >= 10 or 6 <= rows - m <= 7:
            fill_tile_at(product, 6, VECTORS, m, w, b, out, start, add)
            m += 6
    while m + 4 <= rows:
        fill_tile_at(product, 4, VECTORS, m, w, b, out, start, add)
        m += 4
    if m + 2 <= rows:
        fill_tile_at(product, 2, VECTORS, m, w, b, out, start, add)
        m += 2
    if m < rows:
        fill_tile_at(product, 1, VECTORS, m, w, b, out, start, add)


cdef inline inlined_void column_of_tiles(
    const Product* product, const Py_ssize_t VECTORS, Py_ssize_t rows, const real* w, const real* b, real* out,
    const real* start, bint add,
) noexcept nogil:
    """Compute one column of tiles, all rows of it, from `TERMS` terms at a time, whose part of b fits the cache."""
    cdef Product part = product[0]
    cdef Py_ssize_t first = 0
    while True:
        part.terms = min(<Py_ssize_t> TERMS, product.terms - first)
        part.w_term, part.b_term = product.w_term + first, product.b_term + first
        rows_of_tiles(&part, VECTORS, rows, w, b, out, start if first == 0 else NULL, add or first > 0)
        first += TERMS
        if first >= product.terms:
            return


cdef void multiply(
    const Product* product, Py_ssize_t rows, Py_ssize_t vectors, const real* w, const real* b, real* out,
    const real* start, bint add,
) noexcept nogil:
    """Compute the product and write it to out, ``rows`` rows of ``vectors`` vectors each.

    The sums of row m begin at start[m]. If ``start`` is NULL, they begin at 0 or, with ``add``, at the elements of out.
    """
    cdef Py_ssize_t v = 0
    while rows < 4 and v + WIDE <= vectors:
        column_of_tiles(product, WIDE, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += WIDE
    while v + TILE_VECTORS <= vectors:
        column_of_tiles(product, TILE_VECTORS, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += TILE_VECTORS
    if TILE_VECTORS > 2 and v + 2 <= vectors:
        column_of_tiles(product, 2, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += 2
    while v < vectors:
        column_of_tiles(product, 1, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += 1


cdef void multiply_by_panels(
    const Product* product, Py_ssize_t rows, Py_ssize_t vectors, const real* w, const real* b, real* out,
    const real* start,
) noexcept nogil:
    """Compute what `multiply` computes; a tile's part of b is copied, so that it lies in the cache without gaps.

    Rows of b that lie a power of two apart would push each other out of the first-level cache.
    """
    cdef Product part = product[0]
    cdef vec[TERMS * TILE_VECTORS] panel
    cdef Py_ssize_t[TERMS] places
    cdef Py_ssize_t v = 0, width, first, k, i
    cdef const real* source
    part.b_term = places
    while v < vectors:
        width = min(<Py_ssize_t> TILE_VECTORS, vectors - v)
        if v == 0 or width < TILE_VECTORS:
            for k in range(min(<Py_ssize_t> TERMS, product.terms)):
                places[k] = k * width * LANES
        first = 0
        while first < product.terms:
            part.terms, part.w_term = min(<Py_ssize_t> TERMS, product.terms - first), product.w_term + first
            for k in range(part.terms):
                source = b + product.b_term[first + k] + v * LANES
                for i in range(width):
                    panel[k * width + i] = load(source + i * LANES)
            multiply(
                &part, rows, width, w, <real*> panel, out + v * LANES, start if first == 0 else NULL, first > 0
            )
            first += TERMS
        v += width
