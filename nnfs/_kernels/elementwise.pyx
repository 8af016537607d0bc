# Needs: team, replay, vector, arguments, tasks
"""ReLU forward and backward, a sum with ReLU behind it, a test that all are finite, and the filling with one number.

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


cdef int relu(void* arguments) except -1 nogil:
    """Apply ReLU, or its gradient, to all elements."""
    cdef Elements* e = <Elements*> arguments
    return run(relu_block, e, count_blocks(e.count), thread_count(count_blocks(e.count), e.count * 8))


def relu_forward(x, double slope, *, y):
    cdef Elements e
    e.x, e.out, e.slope = flat(x, False, &e.count), flat(y, True, &e.count), <real> slope
    e.y = e.x
    perform(relu, &e, sizeof(e))


def relu_backward(dy, y, double slope, *, dx):
    cdef Elements e
    e.x, e.y, e.out = flat(dy, False, &e.count), flat(y, False, &e.count), flat(dx, True, &e.count)
    e.slope = <real> slope
    perform(relu, &e, sizeof(e))


cdef void add_relu_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write ReLU of x + y for the elements of task ``index``."""
    cdef Elements* e = <Elements*> arguments
    cdef Py_ssize_t i = index * ELEMENTS, end = min((index + 1) * ELEMENTS, e.count)
    cdef vec total
    cdef real one
    while i + LANES <= end:
        total = load(e.x + i) + load(e.y + i)
        store(e.out + i, leaky_relu_vector(total, total, e.slope))
        i += LANES
    while i < end:
        one = e.x[i] + e.y[i]
        e.out[i] = leaky_relu_number(one, one, e.slope)
        i += 1


cdef int add_with_relu(void* arguments) except -1 nogil:
    """Write ReLU of x + y for all elements."""
    cdef Elements* e = <Elements*> arguments
    return run(add_relu_block, e, count_blocks(e.count), thread_count(count_blocks(e.count), e.count * 8))


def add_relu(a, b, double slope, *, y):
    cdef Elements e
    e.x, e.y, e.out = flat(a, False, &e.count), flat(b, False, &e.count), flat(y, True, &e.count)
    e.slope = <real> slope
    perform(add_with_relu, &e, sizeof(e))


cdef struct Finite:
    double is_finite
    const real* x
    Py_ssize_t count
    int* found  # for each thread, whether it has met a number that is not finite


cdef void finite_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Set found[thread] to 1 if an element of the task's block is NaN or infinite."""
    cdef Finite* f = <Finite*> arguments
    cdef const real* x = f.x
    cdef Py_ssize_t i
    cdef int bad = 0
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, f.count)):
        bad |= x[i] - x[i] != 0  # infinity minus itself is NaN, and NaN is not 0
    if bad:
        f.found[thread] = 1


cdef int look_for_infinity(void* arguments) except -1 nogil:
    """Write whether all elements are finite."""
    cdef Finite* f = <Finite*> arguments
    cdef int[MOST_THREADS] found
    cdef Py_ssize_t threads = min(thread_count(count_blocks(f.count), f.count * 8), <Py_ssize_t> MOST_THREADS), i
    for i in range(threads):
        found[i] = 0
    f.found = found
    run(finite_block, f, count_blocks(f.count), threads)
    f.is_finite = 1
    for i in range(threads):
        if found[i]:
            f.is_finite = 0
    return 0


def all_finite(x):
    cdef Finite f
    f.x = flat(x, False, &f.count)
    perform(look_for_infinity, &f, sizeof(f))
    return f.is_finite != 0


cdef struct Filling:
    real value
    real* out
    Py_ssize_t count


cdef void fill_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write the number to the elements of task ``index``."""
    cdef Filling* f = <Filling*> arguments
    cdef real* out = f.out
    cdef real value = f.value
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, f.count)):
        out[i] = value


cdef int fill_all(void* arguments) except -1 nogil:
    """Write the number to all elements."""
    cdef Filling* f = <Filling*> arguments
    run_whole(fill_block, f, count_blocks(f.count), thread_count(count_blocks(f.count), f.count * 8))
    return 0


def fill(value, *, out):
    cdef Filling f
    f.value = input_of(value, 1).data[0]
    f.out = flat(out, True, &f.count)
    perform(fill_all, &f, sizeof(f))
