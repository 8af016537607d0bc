"""Activations that need exponentials: GELU, exact and by tanh, SiLU, ELU and softplus, forward and backward.

Loop order: blocks of `ELEMENTS` (a task), then elements, front to back, as in `elementwise`. In float32 every function
here is sums, products and selects without a branch, so that the compiler turns a loop into vectors; in float64,
where gradients are checked, the C library's functions are called number by number.

No exponential here has a positive argument, so that none can overflow.
"""

cdef extern from *:
    """
    typedef __typeof__(__builtin_choose_expr(sizeof(real) == 4, 0, 0LL)) real_bits;
    /* Return 2**n for a float whose lowest bits hold the integer n > -127, as those of n + 1.5 * 2**23 do. */
    static inline real power_of_two(real shifted) {
        real_bits bits;
        real power;
        memcpy(&bits, &shifted, sizeof bits);
        bits = (real_bits)(((unsigned)bits << 23) + (127u << 23));
        memcpy(&power, &bits, sizeof power);
        return power;
    }
    #define EXPONENTIAL_TERMS 7
    static const real EXPONENTIAL[] = {1., 1 / 2., 1 / 6., 1 / 24., 1 / 120., 1 / 720., 1 / 5040.};
    #define NORMAL_TERMS 8
    static const real NORMAL[] = {0.18636616, 0.18283648, 0.20192831, 0.04499676,
                                  0.41256628, -0.3554642, 0.4627021, -0.13593196};
    #define LOGARITHM_TERMS 7
    static const real LOGARITHM[] = {1., 1 / 3., 1 / 5., 1 / 7., 1 / 9., 1 / 11., 1 / 13.};
    static const real LOG2_E = 1.4426950408889634, LN2_HIGH = 0.693359375, LN2_LOW = -2.12194440e-4;
    static const real SHIFT = 12582912, LOWEST = -87.33654;  /* 1.5 * 2**23, and log(2**-126) */
    static const real HALF = 0.5, ROOT_HALF = 0.7071067811865476, DENSITY_AT_0 = 0.3989422804014327;
    static const real TANH_SLOPE = 1.5957691216057308, TANH_CUBE = 0.044715;  /* 2 sqrt(2 / pi) */
    """
    enum: EXPONENTIAL_TERMS
    enum: LOGARITHM_TERMS
    enum: NORMAL_TERMS
    const real* EXPONENTIAL
    const real* LOGARITHM
    const real* NORMAL
    real LOG2_E, LN2_HIGH, LN2_LOW, SHIFT, LOWEST, HALF, ROOT_HALF, DENSITY_AT_0, TANH_SLOPE, TANH_CUBE
    real power_of_two(real) noexcept nogil
    real erfc(real) noexcept nogil
    real expm1(real) noexcept nogil
    real log1p(real) noexcept nogil
    real fabs(real) noexcept nogil

ctypedef enum Activation:
    GELU
    GELU_TANH
    SILU
    ELU
    SOFTPLUS

cdef struct Curve:
    const real* dy
    const real* x
    real* out
    Py_ssize_t count
    real constant  # alpha of ELU, beta of softplus


cdef inline real split_exponential(real x, real* power) noexcept nogil:
    """Return q and write 2**n such that exp(x) = 2**n (1 + q) for float32 x, LOWEST <= x <= 0.

    n is the nearest integer to x / log(2), and q = exp(r) - 1 for the rest r, |r| <= log(2) / 2, where seven terms of
    the series are exact enough.
    """
    cdef real shifted = x * LOG2_E + SHIFT
    cdef real n = shifted - SHIFT
    cdef real r = x - n * LN2_HIGH - n * LN2_LOW
    cdef real series = 0
    cdef Py_ssize_t term
    for term in range(EXPONENTIAL_TERMS):
        series = series * r + EXPONENTIAL[EXPONENTIAL_TERMS - 1 - term]
    power[0] = power_of_two(shifted)
    return series * r


cdef inline real exp_of_negative(real x) noexcept nogil:
    """Return exp(x) for x <= 0; what float32 would hold as a subnormal number is 0."""
    cdef real power, q
    if sizeof(real) == 8:
        return exp(x)
    q = split_exponential(LOWEST if x < LOWEST else x, &power)
    return 0 if x < LOWEST else power + power * q


cdef inline real expm1_of_negative(real x) noexcept nogil:
    """Return exp(x) - 1 for x <= 0, with all digits where x is near 0."""
    cdef real power, q
    if sizeof(real) == 8:
        return expm1(x)
    q = split_exponential(LOWEST if x < LOWEST else x, &power)
    return power * q + (power - 1)


cdef inline real log1p_of_fraction(real x) noexcept nogil:
    """Return log(1 + x) for 0 <= x <= 1."""
    return log1p(x) if sizeof(real) == 8 else log_of_ratio(x / (2 + x))


cdef inline real log_of_ratio(real s) noexcept nogil:
    """Return log((1 + s) / (1 - s)) for float32 s, 0 <= s <= 1/3: twice the series of artanh(s)."""
    cdef real square = s * s, series = 0
    cdef Py_ssize_t term
    for term in range(LOGARITHM_TERMS):
        series = series * square + LOGARITHM[LOGARITHM_TERMS - 1 - term]
    return 2 * s * series


cdef inline real sigmoid(real x) noexcept nogil:
    cdef real e = exp_of_negative(-fabs(x))
    return (e if x < 0 else 1) / (1 + e)


cdef inline real normal_distribution(real x, real bell) noexcept nogil:
    """Return the probability that a standard normal number is below x, given bell = exp(-x**2 / 2).

    In float32 that of -|x| is bell times a polynomial in k = 1 / (1 + 0.33 |x| / sqrt(2)), the form of Abramowitz and
    Stegun (1964, 7.1.26), fitted anew for a relative error below 1e-7 down to the smallest numbers.
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
    if activation == SILU:
        return x * sigmoid(x)
    if activation == GELU_TANH:
        return x * sigmoid(TANH_SLOPE * (x + TANH_CUBE * x * x * x))
    if activation == GELU:
        return x * normal_distribution(x, exp_of_negative(-HALF * x * x))
    if activation == ELU:
        return constant * expm1_of_negative(x) if x <= 0 else x
    return (0 if x <= 0 else x) + log1p_of_fraction(exp_of_negative(-fabs(constant * x))) / constant


cdef inline real slope(real x, real constant, const Activation activation) noexcept nogil:
    """Return the derivative of `activate`; that of ELU is told by its output."""
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
    cdef Curve* curve = <Curve*> arguments
    cdef pixel_row x = curve.x
    cdef real_row out = curve.out
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, curve.count)):
        out[i] = activate(x[i], curve.constant, activation)


cdef inline inlined_void backward_block(void* arguments, Py_ssize_t index, const Activation activation) noexcept nogil:
    cdef Curve* curve = <Curve*> arguments
    cdef pixel_row dy = curve.dy
    cdef pixel_row x = curve.x
    cdef real_row out = curve.out
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, curve.count)):
        out[i] = dy[i] * slope(x[i], curve.constant, activation)


cdef void gelu_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    forward_block(arguments, index, GELU)


cdef void gelu_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    backward_block(arguments, index, GELU)


cdef void gelu_tanh_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    forward_block(arguments, index, GELU_TANH)


cdef void gelu_tanh_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    backward_block(arguments, index, GELU_TANH)


cdef void silu_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    forward_block(arguments, index, SILU)


cdef void silu_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    backward_block(arguments, index, SILU)


cdef void elu_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    forward_block(arguments, index, ELU)


cdef void elu_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    backward_block(arguments, index, ELU)


cdef void softplus_forward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    forward_block(arguments, index, SOFTPLUS)


cdef void softplus_backward_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    backward_block(arguments, index, SOFTPLUS)


cdef int run_forward(Task task, object x, double constant, object y) except -1:
    cdef Curve curve
    curve.constant = <real> constant
    curve.x, curve.out = flat(x, False, &curve.count), flat(y, True, &curve.count)
    # An exponential takes about as long as thirty multiply-adds.
    with nogil:
        run(task, &curve, blocks(curve.count), share(blocks(curve.count), curve.count * 32))
    return 0


cdef int run_backward(Task task, object dy, object x, double constant, object dx) except -1:
    cdef Curve curve
    curve.constant, curve.dy = <real> constant, flat(dy, False, &curve.count)
    curve.x, curve.out = flat(x, False, &curve.count), flat(dx, True, &curve.count)
    with nogil:
        run(task, &curve, blocks(curve.count), share(blocks(curve.count), curve.count * 32))
    return 0


def gelu_forward(x, bint approximate, *, y):
    run_forward(gelu_tanh_forward_block if approximate else gelu_forward_block, x, 0, y)


def gelu_backward(dy, x, bint approximate, *, dx):
    run_backward(gelu_tanh_backward_block if approximate else gelu_backward_block, dy, x, 0, dx)


def silu_forward(x, *, y):
    run_forward(silu_forward_block, x, 0, y)


def silu_backward(dy, x, *, dx):
    run_backward(silu_backward_block, dy, x, 0, dx)


def elu_forward(x, double alpha, *, y):
    run_forward(elu_forward_block, x, alpha, y)


def elu_backward(dy, y, double alpha, *, dx):
    run_backward(elu_backward_block, dy, y, alpha, dx)


def softplus_forward(x, double beta, *, y):
    run_forward(softplus_forward_block, x, beta, y)


def softplus_backward(dy, x, double beta, *, dx):
    run_backward(softplus_backward_block, dy, x, beta, dx)
