# Needs: nothing
"""The window of a convolution or pool as a C struct, read from the Python tuple `window.Window`; no loop is here."""

cdef struct Geometry:
    Py_ssize_t size_h, size_w, stride_h, stride_w, top, bottom, left, right, dilation_h, dilation_w


cdef Geometry read_window(object window):
    """Return the fields of a Python `window.Window` as a C struct."""
    cdef Geometry g
    size, stride, padding, dilation = window
    (g.size_h, g.size_w), (g.stride_h, g.stride_w), (g.dilation_h, g.dilation_w) = size, stride, dilation
    g.top, g.bottom, g.left, g.right = padding
    return g


cdef void crop_window(
    Geometry* g, Py_ssize_t height, Py_ssize_t width, Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    """Remove from a window the outer rows and columns of cells that lie on padding at every output.

    A pool that is much larger than its image has many of them.
    """
    crop_axis(&g.size_h, &g.top, g.stride_h, g.dilation_h, height, rows)
    crop_axis(&g.size_w, &g.left, g.stride_w, g.dilation_w, width, columns)


cdef void crop_axis(
    Py_ssize_t* size, Py_ssize_t* before, Py_ssize_t stride, Py_ssize_t dilation, Py_ssize_t length, Py_ssize_t outputs
) noexcept nogil:
    """Remove the outer cells of a window that lie on padding at every output, along one axis."""
    cdef Py_ssize_t last = min((before[0] + length - 1) // dilation, size[0] - 1)
    cdef Py_ssize_t first = min(max(before[0] - (outputs - 1) * stride, <Py_ssize_t> 0) // dilation, last)
    size[0], before[0] = last - first + 1, before[0] - first * dilation
