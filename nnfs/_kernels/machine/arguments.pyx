# Needs: vector
"""The addresses and shapes of the NumPy arrays that a kernel is given, with a check of their types.

Typed memoryviews of Cython would give them too, but take 0.15 microseconds an array, and a third of the size of each
extension. A kernel takes up to seven arrays, and a small layer takes one microsecond in all. To ask the array for its
buffer, and to release it at once, takes a third of the time. The caller's reference keeps the memory alive while the
kernel runs. There is no loop over elements here.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.string cimport strchr

cdef struct Array:
    real* data  # NULL stands for None
    Py_ssize_t[4] shape


cdef Array input_of(object array, int axes) except *:
    """Return address and shape of a C-contiguous array of `real` with ``axes`` axes; raise ValueError for any other."""
    cdef Array a
    a.data = <real*> address_of(array, axes, False, REALS, sizeof(real), a.shape)
    return a


cdef Array output_of(object array, int axes) except *:
    """Return address and shape of a writable C-contiguous array of `real` with ``axes`` axes, or raise ValueError."""
    cdef Array a
    a.data = <real*> address_of(array, axes, True, REALS, sizeof(real), a.shape)
    return a


cdef Array input_or_none(object array, int axes) except *:
    """Return address and shape of an array as `input_of` does, or the address NULL for None."""
    return no_array() if array is None else input_of(array, axes)


cdef Array output_or_none(object array, int axes) except *:
    """Return address and shape of an array as `output_of` does, or the address NULL for None."""
    return no_array() if array is None else output_of(array, axes)


cdef Array no_array() noexcept nogil:
    """Return an Array whose address is NULL, which stands for None."""
    cdef Array a
    a.data = NULL
    return a


cdef real* flat(object array, bint writable, Py_ssize_t* count) except? NULL:
    """Return the address of a C-contiguous array of `real` of any shape; write its number of elements to ``count``."""
    return <real*> address_of(array, 0, writable, REALS, sizeof(real), count)


cdef enum:
    READ_ONLY = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT

cdef const char* REALS = b"fd"
cdef const char* INTEGERS = b"ilq"


cdef void* address_of(
    object array, int axes, bint writable, const char* kinds, Py_ssize_t itemsize, Py_ssize_t* shape
) except? NULL:
    """Return the address of a C-contiguous array, and write its shape or, if ``axes`` is 0, its number of elements.

    Raises ValueError unless the array has ``axes`` axes (any number if 0) and elements of ``itemsize`` bytes, whose
    type has one of the letters ``kinds`` in the buffer protocol.
    """
    cdef Py_buffer buffer
    cdef bint fits
    cdef int axis
    PyObject_GetBuffer(array, &buffer, READ_ONLY | PyBUF_WRITABLE if writable else READ_ONLY)
    fits = (
        buffer.itemsize == itemsize and (axes == 0 or buffer.ndim == axes) and buffer.format != NULL
        and buffer.format[0] != 0 and buffer.format[1] == 0 and strchr(kinds, buffer.format[0]) != NULL
    )
    if fits and axes == 0:
        shape[0] = buffer.len // itemsize
    elif fits:
        for axis in range(axes):
            shape[axis] = buffer.shape[axis]
    PyBuffer_Release(&buffer)
    if not fits:
        raise ValueError(
            f"expected {axes or 'any'} axes of {'float' if kinds == REALS else 'int'}{8 * itemsize}, "
            f"got {array.ndim} of {array.dtype}"
        )
    return buffer.buf
