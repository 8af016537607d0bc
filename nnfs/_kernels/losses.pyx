# Needs: vector, arguments, elementary
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
    cdef Py_ssize_t k
    for k in range(1, classes):
        # Whether a NaN becomes the largest or not, the sum of the exponentials becomes NaN.
        if logits[k] > largest:
            largest = logits[k]
    for k in range(classes):
        dlogits[k] = exp_of_negative(logits[k] - largest)
    for k in range(classes):
        total += dlogits[k]
    for k in range(classes):
        dlogits[k] = dlogits[k] / total
    dlogits[label] -= 1
    for k in range(classes):
        dlogits[k] /= count
    return log(total) - (logits[label] - largest)


cdef object check_labels(const int64_t* labels, Py_ssize_t count, Py_ssize_t classes):
    """Raise ValueError if a label is not from 0 to classes - 1: it would index memory outside its row of logits."""
    cdef Py_ssize_t n
    for n in range(count):
        if not 0 <= labels[n] < classes:
            raise ValueError(f"labels[{n}] must be from 0 to {classes - 1}, got {labels[n]}")


def softmax_cross_entropy(logits, labels, *, dlogits):
    cdef Array scores = input_of(logits, 2), gradient = output_of(dlogits, 2)
    cdef Py_ssize_t n, rows, count = scores.shape[0], classes = scores.shape[1]
    cdef const int64_t* label = <const int64_t*> address_of(labels, 1, False, INTEGERS, sizeof(int64_t), &rows)
    cdef double loss = 0
    check_labels(label, count, classes)
    with nogil:
        for n in range(count):
            loss += cross_entropy_row(
                scores.data + n * classes, classes, label[n], count, gradient.data + n * classes
            )
    return loss / count if count else float("nan")


def mean_squared_error(y, targets, *, dy):
    cdef Py_ssize_t count, i
    cdef const real* output = flat(y, False, &count)
    cdef const real* target = flat(targets, False, &count)
    cdef real* gradient = flat(dy, True, &count)
    cdef real scale, difference
    cdef double loss = 0
    if count == 0:
        return float("nan")
    scale = 2 / <double> count
    with nogil:
        for i in range(count):
            difference = output[i] - target[i]
            gradient[i] = difference * scale
            loss += <double> difference * difference
    return loss / count
