# Needs: team, vector, arguments
"""Rotation of images about their centres, for data augmentation.

Loop order: image (a task), channel, row, pixel. A channel is copied into scratch memory of the thread, with a border of
one 0, from which everything outside the image is read. So the innermost loop has no branch, and the compiler makes
vectors of it. The copy stays in the cache while its pixels are read.
"""

cdef struct Rotation:
    const real* x
    const real* cos
    const real* sin
    real* y
    Py_ssize_t channels, height, width, padded_size
    real* scratch


cdef inline real between(real value, real least, real most) noexcept nogil:
    """Return value, but at least ``least`` and at most ``most``; ``least`` for NaN."""
    value = value if value > least else least  # NaN becomes the least too
    return most if value > most else value


cdef void rotate_row(
    const Rotation* r, pixel_row padded, real cos, real sin, Py_ssize_t row, real_row y
) noexcept nogil:
    """Write one row of a rotated channel: each pixel is interpolated from four pixels of the padded channel."""
    # Constants are typed: a bare 1 would become a double, and all of the loop would compute in double.
    cdef real most_h = r.height + 1, most_w = r.width + 1, zero = 0, one = 1
    cdef real middle_h = most_h / 2, middle_w = most_w / 2, left_end = middle_w - 1, down = row - (middle_h - 1)
    cdef real right, h, w, below, beside
    cdef index_t pitch = <index_t> r.width + 2, last_row = <index_t> r.height, last = <index_t> r.width
    cdef index_t column, top, left, k  # 32 bits, as a float32: wider integers would halve the lanes
    for column in range(last):
        right = column - left_end
        h = between(cos * down + sin * right + middle_h, zero, most_h)
        w = between(cos * right - sin * down + middle_w, zero, most_w)
        top, left = min(<index_t> h, last_row), min(<index_t> w, last)
        below, beside, k = h - top, w - left, top * pitch + left
        y[column] = (
            (padded[k] * (one - beside) + padded[k + 1] * beside) * (one - below)
            + (padded[k + pitch] * (one - beside) + padded[k + pitch + 1] * beside) * below
        )


cdef void rotate_image(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Rotate all channels of the image ``index``."""
    cdef const Rotation* r = <const Rotation*> arguments
    cdef real* padded = r.scratch + thread * r.padded_size
    cdef Py_ssize_t c, h, start
    for c in range(r.channels):
        start = (index * r.channels + c) * r.height * r.width
        for h in range(r.height):
            copy_row(padded + (h + 1) * (r.width + 2) + 1, r.x + start + h * r.width, r.width)
        for h in range(r.height):
            rotate_row(r, padded, r.cos[index], r.sin[index], h, r.y + start + h * r.width)


def rotate2d(x, cos, sin, *, y):
    cdef Array image = input_of(x, 4)
    cdef Rotation r
    cdef Py_ssize_t images = image.shape[0], threads
    r.x, r.cos, r.sin, r.y = image.data, input_of(cos, 1).data, input_of(sin, 1).data, output_of(y, 4).data
    if images == 0:
        return
    r.channels, r.height, r.width = image.shape[1], image.shape[2], image.shape[3]
    r.padded_size = round_up((r.height + 2) * (r.width + 2))
    threads = thread_count(images, images * r.channels * r.height * r.width * 32)
    r.scratch = <real*> zeroed_scratch(threads * r.padded_size * sizeof(real))
    try:
        with nogil:
            run(rotate_image, &r, images, threads)
    finally:
        free(r.scratch)
