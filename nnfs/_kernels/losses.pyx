# Needs: replay, vector, arguments, elementary
"""Losses with their gradients: softmax with cross-entropy, and the mean squared error.

Loop order: sample, then class, in several passes over a row of logits, which stays in the first-level cache: for its
largest element, its exponentials (of which the compiler makes vectors), their sum, and its gradient. A batch of logits
is small, so that the calling thread computes it alone. The loss is summed in float64.
"""

cdef double cross_entropy_row(
    const real* logits, Py_ssize_t classes, Py_ssize_t label, real count, real* dlogits
) noexcept nogil:
    """Return the cross-entropy of one row of logits, and write its gradient in the mean of ``count`` rows."""
    cdef real largest = logits[0], total = 0
    cdef double exact = 0
    cdef Py_ssize_t k
    for k in range(1, classes):
        # Whether a NaN becomes the largest or not, the sum of the exponentials becomes NaN.
        if logits[k] > largest:
            largest = logits[k]
    for k in range(classes):
        dlogits[k] = exp_of_negative(logits[k] - largest)
    for k in range(classes):
        total += dlogits[k]
        exact += dlogits[k]  # where one class is nearly sure, float32 would round away all others
    for k in range(classes):
        dlogits[k] = dlogits[k] / total
    dlogits[label] -= 1
    for k in range(classes):
        dlogits[k] /= count
    return log(exact) - (<double> logits[label] - largest)


cdef int check_labels(const int64_t* labels, Py_ssize_t count, Py_ssize_t classes) except -1 nogil:
    """Raise ValueError if a label is not from 0 to classes - 1: it would index memory outside its row of logits."""
    cdef Py_ssize_t n
    for n in range(count):
        if not 0 <= labels[n] < classes:
            with gil:
                raise ValueError(f"labels[{n}] must be from 0 to {classes - 1}, got {labels[n]}")
    return 0


cdef struct Labelled:
    double loss
    const real* logits
    const int64_t* labels
    real* gradient
    Py_ssize_t rows, classes


cdef int label_loss(void* arguments) except -1 nogil:
    """Write the mean cross-entropy of all rows, and its gradient."""
    cdef Labelled* a = <Labelled*> arguments
    cdef Py_ssize_t n
    cdef double loss = 0
    check_labels(a.labels, a.rows, a.classes)
    for n in range(a.rows):
        loss += cross_entropy_row(
            a.logits + n * a.classes, a.classes, a.labels[n], a.rows, a.gradient + n * a.classes
        )
    a.loss = loss / a.rows if a.rows else NAN
    return 0


def softmax_cross_entropy(logits, labels, *, dlogits):
    cdef Array scores = input_of(logits, 2), gradient = output_of(dlogits, 2)
    cdef Labelled a
    cdef Py_ssize_t rows
    a.logits, a.gradient, a.rows, a.classes = scores.data, gradient.data, scores.shape[0], scores.shape[1]
    a.labels = <const int64_t*> address_of(labels, 1, False, INTEGERS, sizeof(int64_t), &rows)
    perform(label_loss, &a, sizeof(a))
    return a.loss


cdef struct Squared:
    double loss
    const real* y
    const real* targets
    real* gradient
    Py_ssize_t count


cdef int squared_loss(void* arguments) except -1 nogil:
    """Write the mean of squared errors, and its gradient."""
    cdef Squared a = (<Squared*> arguments)[0]  # a local copy, which writes to the gradient cannot change
    cdef real scale, difference
    cdef double loss = 0
    cdef Py_ssize_t i
    scale = 2 / <double> a.count
    for i in range(a.count):
        difference = a.y[i] - a.targets[i]
        a.gradient[i] = difference * scale
        loss += <double> difference * difference
    (<Squared*> arguments).loss = loss / a.count if a.count else NAN
    return 0


def mean_squared_error(y, targets, *, dy):
    cdef Squared a
    a.y, a.targets, a.gradient = flat(y, False, &a.count), flat(targets, False, &a.count), flat(dy, True, &a.count)
    perform(squared_loss, &a, sizeof(a))
    return a.loss
