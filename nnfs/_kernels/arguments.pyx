"""The addresses of the arrays that a kernel is given.

A typed memoryview would do, at 0.15 microseconds each: a kernel takes up to seven arrays, and those of a small dense
layer are done within one microsecond. Asking the array for its buffer, and giving it back at once, costs a third. The
caller's reference keeps the memory alive while the kernel runs.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer


cdef real* array_of(object array, int axes, bint writable, Py_ssize_t* shape) except? NULL:
    """Return the address of a C-contiguous array of `real` with so many axes, and its shape.

    Raises ValueError where it is anything else, or read-only though ``writable`` is wanted.
    """
    cdef Py_buffer buffer
    cdef bint fits
    cdef int axis
    PyObject_GetBuffer(array, &buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (PyBUF_WRITABLE if writable else 0))
    fits = is_real(&buffer) and buffer.ndim == axes
    if fits:
        for axis in range(axes):
            shape[axis] = buffer.shape[axis]
    PyBuffer_Release(&buffer)
    if not fits:
        raise ValueError(f"expected {axes} axes of float{8 * sizeof(real)}, got {array.ndim} of {array.dtype}")
    return <real*> buffer.buf


cdef real* flat(object array, bint writable, Py_ssize_t* count) except? NULL:
    """Return the address of a C-contiguous array of `real` of any shape, and how many numbers it holds."""
    cdef Py_buffer buffer
    cdef bint fits
    PyObject_GetBuffer(array, &buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (PyBUF_WRITABLE if writable else 0))
    fits = is_real(&buffer)
    count[0] = buffer.len // <Py_ssize_t> sizeof(real)
    PyBuffer_Release(&buffer)
    if not fits:
        raise ValueError(f"expected float{8 * sizeof(real)}, got {array.dtype}")
    return <real*> buffer.buf


cdef inline bint is_real(const Py_buffer* buffer) noexcept:
    return buffer.format != NULL and buffer.format[0] == (c'f' if sizeof(real) == 4 else c'd') and buffer.format[1] == 0
