"""ReLU, forward and backward, the search for numbers that are not finite, and one number for all elements.

Loop order: blocks of `ELEMENTS` (a task), then elements, front to back; every array streams through the cache once.
Blocks have one size whatever the number of threads. The loops are plain: the compiler turns their conditions into
selects.
"""

cdef enum:
    ELEMENTS = 16384
    MOST_THREADS = 256

cdef struct Elements:
    const real* x
    const real* y
    real* out
    Py_ssize_t count


cdef inline Py_ssize_t blocks(Py_ssize_t count) noexcept nogil:
    return (count + ELEMENTS - 1) // ELEMENTS


cdef void relu_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Elements* e = <Elements*> arguments
    cdef const real* x = e.x
    cdef real* out = e.out
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, e.count)):
        out[i] = 0 if x[i] <= 0 else x[i]


def relu_forward(x, *, y):
    cdef Elements e
    e.x, e.out = flat(x, False, &e.count), flat(y, True, &e.count)
    with nogil:
        run(relu_block, &e, blocks(e.count), share(blocks(e.count), e.count * 8))


cdef void relu_gradient_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Elements* e = <Elements*> arguments
    cdef const real* dy = e.x
    cdef const real* y = e.y
    cdef real* out = e.out
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, e.count)):
        out[i] = 0 if y[i] <= 0 else dy[i]


def relu_backward(dy, y, *, dx):
    cdef Elements e
    e.x, e.y, e.out = flat(dy, False, &e.count), flat(y, False, &e.count), flat(dx, True, &e.count)
    with nogil:
        run(relu_gradient_block, &e, blocks(e.count), share(blocks(e.count), e.count * 8))


cdef void finite_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Set out[thread] to 1 where a number of the block is not finite."""
    cdef Elements* e = <Elements*> arguments
    cdef const real* x = e.x
    cdef Py_ssize_t i
    cdef int bad = 0
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, e.count)):
        bad |= x[i] - x[i] != 0  # infinity minus itself is NaN, and NaN is not 0
    if bad:
        e.out[thread] = 1


def all_finite(x):
    cdef Elements e
    cdef real[MOST_THREADS] found
    cdef Py_ssize_t threads, i
    e.x = flat(x, False, &e.count)
    e.out = found
    threads = share(blocks(e.count), e.count * 8)
    if threads > MOST_THREADS:
        threads = MOST_THREADS
    for i in range(threads):
        found[i] = 0
    with nogil:
        run(finite_block, &e, blocks(e.count), threads)
    for i in range(threads):
        if found[i] != 0:
            return False
    return True


cdef void fill_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    cdef Elements* e = <Elements*> arguments
    cdef real* out = e.out
    cdef real value = e.x[0]
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, e.count)):
        out[i] = value


def fill(value, *, out):
    cdef Elements e
    cdef Py_ssize_t one
    e.x = array_of(value, 1, False, &one)
    e.out = flat(out, True, &e.count)
    with nogil:
        run_whole(fill_block, &e, blocks(e.count), share(blocks(e.count), e.count * 8))
