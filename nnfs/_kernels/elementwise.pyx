# Needs: team, vector, arguments, tasks
"""ReLU forward and backward, a test that all elements are finite, and the filling of an array with one number.

Loop order: blocks of `ELEMENTS` elements (a task), then elements, front to back; each array streams through the cache
once. Of the loops that do not use `vec`, the compiler makes vectors itself.
"""

cdef enum:
    MOST_THREADS = 256

cdef struct Elements:
    const real* x
    const real* y
    real* out
    real slope
    Py_ssize_t count


cdef void relu_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Apply ReLU, or its gradient, to the elements of task ``index``."""
    cdef Elements* e = <Elements*> arguments
    cdef Py_ssize_t begin = index * ELEMENTS
    leaky_relu(e.x + begin, e.y + begin, e.slope, min(<Py_ssize_t> ELEMENTS, e.count - begin), e.out + begin)


cdef void leaky_relu(const real* dy, const real* y, real slope, Py_ssize_t count, real* out) noexcept nogil:
    """Write out = dy where y > 0 or y is NaN, else slope dy, or 0 if slope is 0; all three may be one array."""
    cdef Py_ssize_t i = 0
    cdef vec last
    if count < LANES:
        for i in range(count):
            out[i] = leaky_relu_number(dy[i], y[i], slope)
        return
    # The last vector overlaps the one before it. It is read first, since out may be the array that is read.
    last = leaky_relu_vector(load(dy + count - LANES), load(y + count - LANES), slope)
    while i + LANES <= count:
        store(out + i, leaky_relu_vector(load(dy + i), load(y + i), slope))
        i += LANES
    store(out + count - LANES, last)


cdef inline real leaky_relu_number(real dy, real y, real slope) noexcept nogil:
    """Return dy where y > 0 or y is NaN, else slope dy, or 0 if slope is 0: 0 times infinity would be NaN."""
    cdef real scaled = slope * dy if slope != 0 else 0
    return scaled if y <= 0 else dy


cdef inline vec leaky_relu_vector(vec dy, vec y, real slope) noexcept nogil:
    """Return dy where y > 0 or y is NaN, else slope dy, or 0 if slope is 0, for each lane."""
    cdef vec scaled = broadcast(0)
    if slope != 0:
        scaled = slope * dy
    return choose(where_at_most(y, broadcast(0)), scaled, dy)


def relu_forward(x, double slope, *, y):
    cdef Elements e
    e.x, e.out, e.slope = flat(x, False, &e.count), flat(y, True, &e.count), <real> slope
    e.y = e.x
    with nogil:
        run(relu_block, &e, count_blocks(e.count), thread_count(count_blocks(e.count), e.count * 8))


def relu_backward(dy, y, double slope, *, dx):
    cdef Elements e
    e.x, e.y, e.out = flat(dy, False, &e.count), flat(y, False, &e.count), flat(dx, True, &e.count)
    e.slope = <real> slope
    with nogil:
        run(relu_block, &e, count_blocks(e.count), thread_count(count_blocks(e.count), e.count * 8))


cdef void finite_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Set out[thread] to 1 if an element of the task's block is NaN or infinite."""
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
    threads = thread_count(count_blocks(e.count), e.count * 8)
    if threads > MOST_THREADS:
        threads = MOST_THREADS
    for i in range(threads):
        found[i] = 0
    with nogil:
        run(finite_block, &e, count_blocks(e.count), threads)
    for i in range(threads):
        if found[i] != 0:
            return False
    return True


cdef void fill_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write the number x[0] to the elements of task ``index``."""
    cdef Elements* e = <Elements*> arguments
    cdef real* out = e.out
    cdef real value = e.x[0]
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, e.count)):
        out[i] = value


def fill(value, *, out):
    cdef Elements e
    e.x = input_of(value, 1).data
    e.out = flat(out, True, &e.count)
    with nogil:
        run_whole(fill_block, &e, count_blocks(e.count), thread_count(count_blocks(e.count), e.count * 8))
