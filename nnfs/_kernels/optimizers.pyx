# Needs: team, vector, arguments, tasks
"""The steps of the optimizers SGD, Adam and RMSprop, which change parameters by their gradients.

Loop order: blocks of `ELEMENTS` parameters (a task), then parameters, front to back. One pass computes the whole step,
so that each array is read and written once: the speed of memory limits a step, and NumPy would pass over the arrays six
times or more. Ctrl-C is handled only after the step, so that no step stays half done.
"""

cdef struct Step:
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


cdef Step read_step(object grad, object value) except *:
    """Return a struct with the gradient, the parameters' values and their number filled; the caller fills the rest."""
    cdef Array gradient = input_of(grad, 1)
    cdef Step s
    s.grad, s.count, s.value = gradient.data, gradient.shape[0], output_of(value, 1).data
    return s


def sgd_update(
    grad, double learning_rate, double momentum, bint nesterov, double weight_decay, *, value, velocity
):
    cdef Step s = read_step(grad, value)
    s.first = output_of(velocity, 1).data
    s.rate, s.momentum, s.nesterov, s.weight_decay = learning_rate, momentum, nesterov, weight_decay
    with nogil:
        run_whole(sgd_block, &s, count_blocks(s.count), thread_count(count_blocks(s.count), s.count * 8))


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


def adam_update(
    grad, double learning_rate, double beta1, double beta2, double epsilon, double weight_decay, bint decoupled,
    Py_ssize_t step, *, value, mean, square,
):
    cdef Step s = read_step(grad, value)
    s.first, s.second = output_of(mean, 1).data, output_of(square, 1).data
    s.rate, s.weight_decay, s.decoupled, s.epsilon = learning_rate, weight_decay, decoupled, epsilon
    s.beta1, s.beta2, s.keep1, s.keep2 = beta1, beta2, 1 - beta1, 1 - beta2
    s.scale1, s.scale2 = learning_rate / (1 - beta1 ** step), 1 - beta2 ** step
    with nogil:
        run_whole(adam_block, &s, count_blocks(s.count), thread_count(count_blocks(s.count), s.count * 16))


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


def rmsprop_update(
    grad, double learning_rate, double rho, double epsilon, double weight_decay, *, value, square
):
    cdef Step s = read_step(grad, value)
    s.second = output_of(square, 1).data
    s.rate, s.beta2, s.keep2, s.epsilon, s.weight_decay = learning_rate, rho, 1 - rho, epsilon, weight_decay
    with nogil:
        run_whole(rmsprop_block, &s, count_blocks(s.count), thread_count(count_blocks(s.count), s.count * 16))
