# Needs: vector
"""A product of two matrices whose elements may lie anywhere: the inner loop of convolutions and dense layers.

    out[m, v] = start[m] + sum over k of w[row[m] + w_term[k]] * b[b_term[k] + v]

Tables of offsets (row, w_term and b_term) tell where the factors lie. For a convolution the rows of b are shifted views
of zero-padded planes, so that no im2col matrix is written; for its gradients they are rows of the output's gradient;
for a dense layer they are the rows of a matrix.

Loop order: columns by the tile, then blocks of `TERMS` terms, then four rows at a time, then terms. A tile is four rows
by `TILE_VECTORS` vectors of sums, which stay in registers over a block of terms. An element of w costs one broadcast
from memory. The block of b that a tile needs stays in the first-level cache while all rows pass. The terms of a sum are
added in the order of the tables, so that an element has the same bits wherever the tiles begin.
"""

cdef enum:
    # So many terms of a tile of b fill half of a first-level cache; the other half is for rows of w and out. Against
    # all terms at once it was measured 3 to 8 % faster with 64 channels or 3136 features, and as much slower on a first
    # layer.
    TERMS = 24576 // (TILE_VECTORS * LANES * sizeof(real))

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
    if VECTORS == 1 or 2 * VECTORS == TILE_VECTORS:  # fewer sums would leave the multipliers waiting for each other
        while m + 8 <= rows:
            fill_tile_at(product, 8, VECTORS, m, w, b, out, start, add)
            m += 8
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
    while v + TILE_VECTORS <= vectors:
        column_of_tiles(product, TILE_VECTORS, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += TILE_VECTORS
    if TILE_VECTORS > 2 and v + 2 <= vectors:
        column_of_tiles(product, 2, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += 2
    while v < vectors:
        column_of_tiles(product, 1, rows, w, b + v * LANES, out + v * LANES, start, add)
        v += 1
