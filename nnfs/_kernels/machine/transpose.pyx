# Needs: vector
"""Transposing matrices whose rows or columns may lie anywhere.

Loop order: `LANES` rows, then `LANES` positions (columns). Such a square is transposed in registers, by log2(LANES)
shuffles of its vectors. AVX2 takes two instructions to move lanes between the halves of vectors: there only the last
shuffle does, and the others stay within the halves, which takes half of the instructions. Each vector is read and
written once, so that both matrices stream through the first-level cache.
"""

cdef inline inlined_void shuffle_rows(const vec* rows, vec* shuffled) noexcept nogil:
    """Interleave the lanes of row i with those of row i + LANES / 2, into rows 2 i and 2 i + 1."""
    cdef Py_ssize_t half = LANES // 2, i
    for i in range(half):
        shuffled[2 * i] = interleave_low(rows[i], rows[i + half])
        shuffled[2 * i + 1] = interleave_high(rows[i], rows[i + half])


cdef inline inlined_void transpose_by_halves(const vec* rows, vec* transposed) noexcept nogil:
    """Transpose a square of `LANES` vectors of 32 bytes; lanes move between the halves of a vector only at the end."""
    cdef vec[LANES] once, twice
    cdef Py_ssize_t half = LANES // 2, i, k
    for i in range(half):
        once[2 * i] = half_low(rows[2 * i], rows[2 * i + 1])
        once[2 * i + 1] = half_high(rows[2 * i], rows[2 * i + 1])
    for i in range(half):
        if LANES == 8:
            k = i // 2 * 4 + i % 2
            twice[2 * i], twice[2 * i + 1] = pairs_low(once[k], once[k + 2]), pairs_high(once[k], once[k + 2])
        else:
            twice[2 * i], twice[2 * i + 1] = once[2 * i], once[2 * i + 1]
    for i in range(half):
        transposed[i] = first_halves(twice[i], twice[i + half])
        transposed[i + half] = last_halves(twice[i], twice[i + half])


cdef inline inlined_void transpose_square(const vec* rows, vec* transposed) noexcept nogil:
    """Transpose a square of `LANES` vectors by calling `shuffle_rows` log2(LANES) times."""
    cdef vec[LANES] once, twice, thrice
    if LANES * sizeof(real) == 32:
        transpose_by_halves(rows, transposed)
        return
    if LANES == 2:
        shuffle_rows(rows, transposed)
        return
    shuffle_rows(rows, once)
    if LANES == 4:
        shuffle_rows(once, transposed)
        return
    shuffle_rows(once, twice)
    if LANES == 8:
        shuffle_rows(twice, transposed)
        return
    shuffle_rows(twice, thrice)
    shuffle_rows(thrice, transposed)


cdef void transpose_to(
    const real* source, Py_ssize_t stride, Py_ssize_t rows, Py_ssize_t positions, const Py_ssize_t* places,
    real* transposed,
) noexcept nogil:
    """Transpose a matrix of ``rows`` rows, ``stride`` numbers apart, and ``positions`` columns.

    Element (r, p) is written to transposed[places[p] + r]. A column is written by whole vectors: numbers behind its
    last row, up to the end of a vector, may become 0.
    """
    cdef vec[LANES] square, transposed_square
    cdef Py_ssize_t first = 0, p, i, f, count
    while first < rows:
        count = min(LANES, rows - first)
        p = 0
        # A square that few rows fill, or that is wider than the matrix, takes longer than single elements.
        while 4 * count > LANES and positions >= LANES and p < positions:
            p = min(p, positions - LANES)
            for i in range(count):
                square[i] = load(source + (first + i) * stride + p)
            for i in range(count, LANES):
                square[i] = broadcast(0)
            transpose_square(square, transposed_square)
            for i in range(LANES):
                store(transposed + places[p + i] + first, transposed_square[i])
            p += LANES
        while p < positions:
            for f in range(first, first + count):
                transposed[places[p] + f] = source[f * stride + p]
            p += 1
        first += LANES


cdef void transpose_back(
    const real* transposed, Py_ssize_t lanes, Py_ssize_t rows, Py_ssize_t positions, const real* start, real* out,
    Py_ssize_t stride,
) noexcept nogil:
    """Write out[r * stride + p] = transposed[p * lanes + r] + start[r] for all ``rows`` and ``positions``.

    ``start`` may be NULL, which adds nothing.
    """
    cdef vec[LANES] square, transposed_square
    cdef Py_ssize_t first = 0, p, i, f
    while first < rows:
        p = 0
        while positions >= LANES and p < positions:
            p = min(p, positions - LANES)
            for i in range(LANES):
                square[i] = load(transposed + (p + i) * lanes + first)
            transpose_square(square, transposed_square)
            for i in range(min(<Py_ssize_t> LANES, rows - first)):
                store(
                    out + (first + i) * stride + p,
                    transposed_square[i] + broadcast(start[first + i]) if start else transposed_square[i],
                )
            p += LANES
        while p < positions:
            for f in range(first, min(first + LANES, rows)):
                out[f * stride + p] = transposed[p * lanes + f] + (start[f] if start else 0)
            p += 1
        first += LANES
