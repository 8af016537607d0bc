# Needs: vector
"""The addresses of the arrays that a kernel is given.

A typed memoryview would do, at 0.15 microseconds each and a third of the size of every extension: a kernel takes up to
seven arrays, and those of a small layer are done within one microsecond. Asking the array for its buffer, and giving it
back at once, costs a third of the time. The caller's reference keeps the memory alive while the kernel runs.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.string cimport strchr

cdef struct Array:
    real* data  # NULL where None is allowed and given
    Py_ssize_t[4] shape


cdef Array input_of(object array, int axes) except *:
    """Return a C-contiguous array of `real` with so many axes; raise ValueError for anything else."""
    cdef Array a
    a.data = <real*> address_of(array, axes, False, REALS, sizeof(real), a.shape)
    return a


cdef Array output_of(object array, int axes) except *:
    """Return a C-contiguous, writable array of `real` with so many axes; raise ValueError for anything else."""
    cdef Array a
    a.data = <real*> address_of(array, axes, True, REALS, sizeof(real), a.shape)
    return a


cdef Array input_or_none(object array, int axes) except *:
    return no_array() if array is None else input_of(array, axes)


cdef Array output_or_none(object array, int axes) except *:
    return no_array() if array is None else output_of(array, axes)


cdef Array no_array() noexcept:
    cdef Array a
    a.data = NULL
    return a


cdef real* flat(object array, bint writable, Py_ssize_t* count) except? NULL:
    """Return the address of a C-contiguous array of `real` of any shape, and how many numbers it holds."""
    return <real*> address_of(array, 0, writable, REALS, sizeof(real), count)


cdef enum:
    READ_ONLY = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT

cdef const char* REALS = b"fd"
cdef const char* INTEGERS = b"ilq"


cdef void* address_of(
    object array, int axes, bint writable, const char* kinds, Py_ssize_t itemsize, Py_ssize_t* shape
) except? NULL:
    """Return the address of an array's numbers, and its shape; or, where ``axes`` is 0, how many they are.

    ``kinds`` are their letters in a buffer's format. Raises ValueError where anything is otherwise.
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
