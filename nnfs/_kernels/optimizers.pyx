# Needs: team, replay, vector, arguments, tasks
"""The steps of the optimizers SGD, Adam and RMSprop, which change parameters by their gradients.

Loop order: blocks of `ELEMENTS` parameters (a task), then parameters, front to back. One pass computes the whole step,
so that each array is read and written once: the speed of memory limits a step, and NumPy would pass over the arrays six
times or more. Ctrl-C is handled only after the step, so that no step stays half done.
"""

cdef struct Step:
    double learning_rate
    Py_ssize_t number  # of the step, counted from 1
    double decay1, decay2  # beta1 and beta2, as they were given
    const real* grad
    real* value
    real* first
    real* second
    Py_ssize_t count
    real rate, momentum, weight_decay, beta1, beta2, keep1, keep2, scale1, scale2, epsilon
    bint nesterov, decoupled


cdef void sgd_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Take a step of SGD for the parameters of task ``index``; ``first`` is the velocity."""
    cdef Step* s = <Step*> arguments
    cdef const real* grad = s.grad
    cdef real* value = s.value
    cdef real* velocity = s.first
    cdef real rate = s.rate, momentum = s.momentum, weight_decay = s.weight_decay, g
    cdef Py_ssize_t i, first = index * ELEMENTS, last = min((index + 1) * ELEMENTS, s.count)
    if momentum == 0:
        for i in range(first, last):
            value[i] -= rate * (grad[i] + weight_decay * value[i])
    elif s.nesterov:
        for i in range(first, last):
            g = grad[i] + weight_decay * value[i]
            velocity[i] = momentum * velocity[i] + g
            value[i] -= rate * (g + momentum * velocity[i])
    else:
        for i in range(first, last):
            g = grad[i] + weight_decay * value[i]
            velocity[i] = momentum * velocity[i] + g
            value[i] -= rate * velocity[i]


cdef Step read_step(object grad, object value, double learning_rate) except *:
    """Return a struct with the gradient, the parameters' values, their number and the rate; all other fields are 0."""
    cdef Array gradient = input_of(grad, 1)
    cdef Step s
    memset(&s, 0, sizeof(s))
    s.learning_rate = learning_rate
    s.grad, s.count, s.value = gradient.data, gradient.shape[0], output_of(value, 1).data
    return s


cdef int sgd_step(void* arguments) except -1 nogil:
    """Take a step of SGD."""
    cdef Step* s = <Step*> arguments
    s.rate = <real> s.learning_rate
    run_whole(sgd_block, s, count_blocks(s.count), thread_count(count_blocks(s.count), s.count * 8))
    return 0


def sgd_update(
    grad, double learning_rate, double momentum, bint nesterov, double weight_decay, *, value, velocity
):
    cdef Step s = read_step(grad, value, learning_rate)
    s.first = output_of(velocity, 1).data
    s.momentum, s.nesterov, s.weight_decay = momentum, nesterov, weight_decay
    perform(sgd_step, &s, sizeof(s))


cdef void adam_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Take a step of Adam for the parameters of task ``index``; ``first`` is the mean, ``second`` the square."""
    cdef Step* s = <Step*> arguments
    cdef const real* grad = s.grad
    cdef real* value = s.value
    cdef real* mean = s.first
    cdef real* square = s.second
    cdef real rate = s.rate, beta1 = s.beta1, beta2 = s.beta2, keep1 = s.keep1, keep2 = s.keep2
    cdef real scale1 = s.scale1, scale2 = s.scale2, epsilon = s.epsilon, g
    cdef real coupled = 0 if s.decoupled else s.weight_decay, decay = rate * s.weight_decay if s.decoupled else 0
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, s.count)):
        g = grad[i] + coupled * value[i]
        mean[i] = beta1 * mean[i] + keep1 * g
        square[i] = beta2 * square[i] + keep2 * (g * g)
        value[i] = (value[i] - decay * value[i]) - scale1 * mean[i] / (sqrt(square[i] / scale2) + epsilon)


cdef int adam_step(void* arguments) except -1 nogil:
    """Take a step of Adam."""
    cdef Step* s = <Step*> arguments
    s.rate = <real> s.learning_rate
    s.scale1, s.scale2 = s.learning_rate / (1 - s.decay1 ** s.number), 1 - s.decay2 ** s.number
    run_whole(adam_block, s, count_blocks(s.count), thread_count(count_blocks(s.count), s.count * 16))
    return 0


def adam_update(
    grad, double learning_rate, double beta1, double beta2, double epsilon, double weight_decay, bint decoupled,
    Py_ssize_t step, *, value, mean, square,
):
    cdef Step s = read_step(grad, value, learning_rate)
    s.first, s.second, s.number = output_of(mean, 1).data, output_of(square, 1).data, step
    s.weight_decay, s.decoupled, s.epsilon, s.decay1, s.decay2 = weight_decay, decoupled, epsilon, beta1, beta2
    s.beta1, s.beta2, s.keep1, s.keep2 = beta1, beta2, 1 - beta1, 1 - beta2
    perform(adam_step, &s, sizeof(s))


cdef void rmsprop_block(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil:
    """Take a step of RMSprop for the parameters of task ``index``; ``second`` is the square."""
    cdef Step* s = <Step*> arguments
    cdef const real* grad = s.grad
    cdef real* value = s.value
    cdef real* square = s.second
    cdef real rate = s.rate, rho = s.beta2, keep = s.keep2, epsilon = s.epsilon, weight_decay = s.weight_decay, g
    cdef Py_ssize_t i
    for i in range(index * ELEMENTS, min((index + 1) * ELEMENTS, s.count)):
        g = grad[i] + weight_decay * value[i]
        square[i] = rho * square[i] + keep * (g * g)
        value[i] -= rate * g / (sqrt(square[i]) + epsilon)


cdef int rmsprop_step(void* arguments) except -1 nogil:
    """Take a step of RMSprop."""
    cdef Step* s = <Step*> arguments
    s.rate = <real> s.learning_rate
    run_whole(rmsprop_block, s, count_blocks(s.count), thread_count(count_blocks(s.count), s.count * 16))
    return 0


def rmsprop_update(
    grad, double learning_rate, double rho, double epsilon, double weight_decay, *, value, square
):
    cdef Step s = read_step(grad, value, learning_rate)
    s.second = output_of(square, 1).data
    s.beta2, s.keep2, s.epsilon, s.weight_decay = rho, 1 - rho, epsilon, weight_decay
    perform(rmsprop_step, &s, sizeof(s))
