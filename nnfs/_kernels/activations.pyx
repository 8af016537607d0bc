# Needs: team, replay, vector, arguments, tasks, elementary
"""Activations that need exponentials: GELU, exact and by tanh, SiLU, ELU and softplus, forward and backward.

Loop order: blocks of `ELEMENTS` elements (a task), then elements, front to back; each array streams through the cache
once. The functions of `elementary` have no branch in float32, so that the compiler makes vectors of each loop.
"""

cdef extern from "activations.h":
    enum: NORMAL_TERMS
    const real* NORMAL
    real ROOT_HALF, DENSITY_AT_0, TANH_SLOPE, TANH_CUBE
    real erfc(real) noexcept nogil

ctypedef enum Activation:
    GELU
    GELU_TANH
    SILU
    ELU
    SOFTPLUS

cdef struct Curve:
    Task task
    const real* dy
    const real* x
    real* out
    Py_ssize_t count
    real constant  # alpha of ELU, beta of softplus


cdef inline real normal_distribution(real x, real bell) noexcept nogil:
    """Return Phi(x), the probability that a standard normal number is below x, given bell = exp(-x**2 / 2).

    In float32, Phi(-|x|) is computed as bell times a polynomial in k = 1 / (1 + 0.33 |x| / sqrt(2)), the form of
    Abramowitz and Stegun (1964, 7.1.26). Its coefficients were fitted anew, for a relative error below 1e-7 even where
    the result is tiny.
    """
    cdef real k, tail = 0
    cdef Py_ssize_t term
    if sizeof(real) == 8:
        return HALF * erfc(-x * ROOT_HALF)
    k = 1 / (1 + <real> 0.33 * ROOT_HALF * fabs(x))
    for term in range(NORMAL_TERMS):
        tail = (tail + NORMAL[NORMAL_TERMS - 1 - term]) * k
    tail = tail * HALF * bell
    return tail if x < 0 else 1 - tail


cdef inline real activate(real x, real constant, const Activation activation) noexcept nogil:
    """Return the value of an activation function at x; ``constant`` is alpha of ELU or beta of softplus."""
    if activation == SILU:
        return x * sigmoid(x)
    if activation == GELU_TANH:
        return x * sigmoid(TANH_SLOPE * (x + TANH_CUBE * x * x * x))
    if activation == GELU:
        return x * normal_distribution(x, exp_of_negative(-HALF * x * x))
    if activation == ELU:
        return constant * expm1_of_negative(x) if x <= 0 else x
    return (0 if x <= 0 else x) + log1p_of_fraction(exp_of_negative(-fabs(constant * x))) / constant


cdef inline real derivative(real x, real constant, const Activation activation) noexcept nogil:
    """Return the derivative of an activation function at its input x; but for ELU, x is the function's output."""
    cdef real s, bell
    if activation == SILU:
        s = sigmoid(x)
        return s * (1 + x * (1 - s))
    if activation == GELU_TANH:
        s = sigmoid(TANH_SLOPE * (x + TANH_CUBE * x * x * x))
        return s * (1 + x * (1 - s) * TANH_SLOPE * (1 + 3 * TANH_CUBE * x * x))
    if activation == GELU:
        bell = exp_of_negative(-HALF * x * x)
        return normal_distribution(x, bell) + x * bell * DENSITY_AT_0
    if activation == ELU:
        return x + constant if x <= 0 else 1
    return sigmoid(constant * x)


cdef inline inlined_void forward_block(void* arguments, Py_ssize_t index, const Activation activation) noexcept nogil:
    """Apply an activation function to the elements of task ``index``."""
    cdef Curve* curve = <Curve*> arguments
    cdef pixel_row x = curve.x
    cdef real_row out = curve.out
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, curve.count)):
        out[i] = activate(x[i], curve.constant, activation)


cdef inline inlined_void backward_block(void* arguments, Py_ssize_t index, const Activation activation) noexcept nogil:
    """Multiply dy by the derivative of an activation function for the elements of task ``index``."""
    cdef Curve* curve = <Curve*> arguments
    cdef pixel_row dy = curve.dy
    cdef pixel_row x = curve.x
    cdef real_row out = curve.out
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, curve.count)):
        out[i] = dy[i] * derivative(x[i], curve.constant, activation)


cdef void gelu_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y = GELU(x) for the elements of task ``index``."""
    forward_block(arguments, index, GELU)


cdef void gelu_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write dx of GELU for the elements of task ``index``."""
    backward_block(arguments, index, GELU)


cdef void gelu_tanh_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y = GELU(x), approximated by tanh, for the elements of task ``index``."""
    forward_block(arguments, index, GELU_TANH)


cdef void gelu_tanh_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write dx of GELU, approximated by tanh, for the elements of task ``index``."""
    backward_block(arguments, index, GELU_TANH)


cdef void silu_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y = SiLU(x) for the elements of task ``index``."""
    forward_block(arguments, index, SILU)


cdef void silu_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write dx of SiLU for the elements of task ``index``."""
    backward_block(arguments, index, SILU)


cdef void elu_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y = ELU(x) for the elements of task ``index``."""
    forward_block(arguments, index, ELU)


cdef void elu_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write dx of ELU for the elements of task ``index``."""
    backward_block(arguments, index, ELU)


cdef void softplus_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write y = softplus(x) for the elements of task ``index``."""
    forward_block(arguments, index, SOFTPLUS)


cdef void softplus_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Write dx of softplus for the elements of task ``index``."""
    backward_block(arguments, index, SOFTPLUS)


cdef int apply_curve(void* arguments) except -1 nogil:
    """Apply an activation function, or its gradient, to all elements."""
    cdef Curve* curve = <Curve*> arguments
    # An exponential takes about as long as thirty multiply-adds.
    return run(curve.task, curve, count_blocks(curve.count), thread_count(count_blocks(curve.count), curve.count * 32))


cdef int apply_forward(Task task, object x, double constant, object y) except -1:
    """Write y = f(x), where ``task`` computes a block of the activation function f."""
    cdef Curve curve
    curve.task, curve.constant, curve.dy = task, <real> constant, NULL
    curve.x, curve.out = flat(x, False, &curve.count), flat(y, True, &curve.count)
    return perform(apply_curve, &curve, sizeof(curve))


cdef int apply_backward(Task task, object dy, object x, double constant, object dx) except -1:
    """Write dx = dy f'(x), where ``task`` computes a block of it; for ELU, x is its output."""
    cdef Curve curve
    curve.task, curve.constant, curve.dy = task, <real> constant, flat(dy, False, &curve.count)
    curve.x, curve.out = flat(x, False, &curve.count), flat(dx, True, &curve.count)
    return perform(apply_curve, &curve, sizeof(curve))


def gelu_forward(x, bint approximate, *, y):
    apply_forward(gelu_tanh_forward_block if approximate else gelu_forward_block, x, 0, y)


def gelu_backward(dy, x, bint approximate, *, dx):
    apply_backward(gelu_tanh_backward_block if approximate else gelu_backward_block, dy, x, 0, dx)


def silu_forward(x, *, y):
    apply_forward(silu_forward_block, x, 0, y)


def silu_backward(dy, x, *, dx):
    apply_backward(silu_backward_block, dy, x, 0, dx)


def elu_forward(x, double alpha, *, y):
    apply_forward(elu_forward_block, x, alpha, y)


def elu_backward(dy, y, double alpha, *, dx):
    apply_backward(elu_backward_block, dy, y, alpha, dx)


def softplus_forward(x, double beta, *, y):
    apply_forward(softplus_forward_block, x, beta, y)


def softplus_backward(dy, x, double beta, *, dx):
    apply_backward(softplus_backward_block, dy, x, beta, dx)
