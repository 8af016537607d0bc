# Needs: team, vector, arguments, tasks
"""Padding of images with zeros, and its gradient, which is the image without the padding.

Loop order: plane (a channel of an image), row, pixel; each row of the result is written once, front to back, so that
both arrays stream through the cache.
"""

cdef struct Pad:
    const real* source
    real* target
    Py_ssize_t planes, planes_a_task, height, width, rows, columns, top, left


cdef void pad_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Copy the planes of task ``index`` into padded planes, with zeros around them."""
    cdef Pad* pad = <Pad*> arguments
    cdef Py_ssize_t plane, h
    cdef real* target
    cdef const real* source
    for plane in range(index * pad.planes_a_task, min((index + 1) * pad.planes_a_task, pad.planes)):
        target = pad.target + plane * pad.rows * pad.columns
        source = pad.source + plane * pad.height * pad.width
        memset(target, 0, pad.rows * pad.columns * sizeof(real))
        target += pad.top * pad.columns + pad.left
        for h in range(pad.height):
            copy_row(target + h * pad.columns, source + h * pad.width, pad.width)


cdef void cut_planes(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Copy the middle of the padded planes of task ``index``, without the padding."""
    cdef Pad* pad = <Pad*> arguments
    cdef Py_ssize_t plane, h
    cdef const real* source
    for plane in range(index * pad.planes_a_task, min((index + 1) * pad.planes_a_task, pad.planes)):
        source = pad.source + (plane * pad.rows + pad.top) * pad.columns + pad.left
        for h in range(pad.height):
            copy_row(pad.target + (plane * pad.height + h) * pad.width, source + h * pad.columns, pad.width)


cdef Pad read_pad(const Array* image, const Array* padded, object padding) except *:
    """Return a struct with the sizes of image and padded image filled; the caller fills source and target."""
    cdef Pad pad
    pad.top, _, pad.left, _ = padding
    pad.height, pad.width, pad.rows, pad.columns = image.shape[2], image.shape[3], padded.shape[2], padded.shape[3]
    pad.planes, pad.planes_a_task = image.shape[0] * image.shape[1], planes_for_task(pad.rows * pad.columns)
    return pad


def pad2d_forward(x, padding, *, y):
    cdef Array image = input_of(x, 4), padded = output_of(y, 4)
    cdef Pad pad = read_pad(&image, &padded, padding)
    cdef Py_ssize_t tasks
    if pad.planes == 0:
        return
    pad.source, pad.target = image.data, padded.data
    tasks = (pad.planes + pad.planes_a_task - 1) // pad.planes_a_task
    with nogil:
        run(pad_planes, &pad, tasks, thread_count(tasks, pad.planes * pad.rows * pad.columns * 8))


def pad2d_backward(dy, padding, *, dx):
    cdef Array padded = input_of(dy, 4), image = output_of(dx, 4)
    cdef Pad pad = read_pad(&image, &padded, padding)
    cdef Py_ssize_t tasks
    if pad.planes == 0:
        return
    pad.source, pad.target = padded.data, image.data
    tasks = (pad.planes + pad.planes_a_task - 1) // pad.planes_a_task
    with nogil:
        run(cut_planes, &pad, tasks, thread_count(tasks, pad.planes * pad.height * pad.width * 8))
