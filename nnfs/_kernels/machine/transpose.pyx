"""Transposing matrices whose rows or columns may lie anywhere.

Loop order: `LANES` rows, then `LANES` positions, a square of which is transposed in registers: log2(LANES) shuffles of
its vectors. Each vector is read and written once, so that both matrices stream through the first-level cache.
"""

cdef inline inlined_void shuffle_rows(const vec* rows, vec* shuffled) noexcept nogil:
    """Interleave the lanes of each row with those of the row half a square below."""
    cdef Py_ssize_t half = LANES // 2, i
    for i in range(half):
        shuffled[2 * i] = interleave_low(rows[i], rows[i + half])
        shuffled[2 * i + 1] = interleave_high(rows[i], rows[i + half])


cdef inline inlined_void transpose(const vec* rows, vec* turned) noexcept nogil:
    """Transpose a square of `LANES` vectors: after log2(LANES) shuffles, each lane has reached its row."""
    cdef vec[LANES] once, twice, thrice
    if LANES == 2:
        shuffle_rows(rows, turned)
        return
    shuffle_rows(rows, once)
    if LANES == 4:
        shuffle_rows(once, turned)
        return
    shuffle_rows(once, twice)
    if LANES == 8:
        shuffle_rows(twice, turned)
        return
    shuffle_rows(twice, thrice)
    shuffle_rows(thrice, turned)


cdef void turn(
    const real* source, Py_ssize_t stride, Py_ssize_t rows, Py_ssize_t positions, const Py_ssize_t* places, real* turned
) noexcept nogil:
    """Copy column p of (rows, positions), whose rows are ``stride`` apart, to places[p].

    Lanes beyond the rows are left alone, or become 0.
    """
    cdef vec[LANES] square, turned_square
    cdef Py_ssize_t first = 0, p, i, f, count
    while first < rows:
        count = min(LANES, rows - first)
        p = 0
        # A square of mostly empty rows, or one larger than the output, costs more than single steps.
        while 4 * count > LANES and positions >= LANES and p < positions:
            p = min(p, positions - LANES)
            for i in range(count):
                square[i] = load(source + (first + i) * stride + p)
            for i in range(count, LANES):
                square[i] = broadcast(0)
            transpose(square, turned_square)
            for i in range(LANES):
                store(turned + places[p + i] + first, turned_square[i])
            p += LANES
        while p < positions:
            for f in range(first, first + count):
                turned[places[p] + f] = source[f * stride + p]
            p += 1
        first += LANES


cdef void turn_back(
    const real* turned, Py_ssize_t lanes, Py_ssize_t rows, Py_ssize_t positions, const real* start, real* out,
    Py_ssize_t stride,
) noexcept nogil:
    """Copy (positions, lanes) to rows, ``start`` added to each; NULL means 0."""
    cdef vec[LANES] square, turned_square
    cdef Py_ssize_t first = 0, p, i, f
    while first < rows:
        p = 0
        while positions >= LANES and p < positions:
            p = min(p, positions - LANES)
            for i in range(LANES):
                square[i] = load(turned + (p + i) * lanes + first)
            transpose(square, turned_square)
            for i in range(min(<Py_ssize_t> LANES, rows - first)):
                store(
                    out + (first + i) * stride + p,
                    turned_square[i] + broadcast(start[first + i]) if start else turned_square[i],
                )
            p += LANES
        while p < positions:
            for f in range(first, min(first + LANES, rows)):
                out[f * stride + p] = turned[p * lanes + f] + (start[f] if start else 0)
            p += 1
        first += LANES
