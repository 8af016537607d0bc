"""Training steps that are recorded as a whole: see `nnfs.training.replayed_steps`. `replay.pyx` includes this file.

Loop order: one step after the other, each with all of its kernels, so that what one of them writes is in the cache for
the next one. The lock of Python is taken only for calls of Python, so that two threads train two networks at once.
"""

from cpython.buffer cimport PyBUF_WRITABLE
from libc.math cimport isfinite

cdef struct Rule:
    # What the arguments of each optimizer begin with.
    double learning_rate
    Py_ssize_t number


cdef class Steps:
    """Take steps of a training.

    Parameters
    ----------
    clear, forward, loss, backward, finite, update : Tape
        The parts of a step. The last kernel of ``loss`` gives the loss, that of ``finite`` whether the gradients are
        finite, and that of ``update`` is an optimizer.
    outputs : ndarray
        Where a step leaves the outputs of the network.

    Attributes
    ----------
    losses : list of float
        The losses of the steps that were taken.
    loss_found : float
        The loss of the last step that was begun.
    """
    cdef Tape clear, forward, loss, backward, finite, update
    cdef object outputs
    cdef readonly list losses
    cdef readonly double loss_found

    def __init__(self, Tape clear, Tape forward, Tape loss, Tape backward, Tape finite, Tape update, object outputs):
        self.clear, self.forward, self.loss = clear, forward, loss
        self.backward, self.finite, self.update = backward, finite, update
        self.outputs, self.losses = outputs, []

    def take(self, list sources, list rates, Py_ssize_t number, kept):
        """Take a step with each list of ``sources`` and each learning rate; the first has this number, from 1 on.

        It stops before the update of a step whose loss or gradients are not finite, or whose kernel raises. The outputs
        of each step are copied into ``kept``, an array (steps, *outputs.shape), unless it is None.
        """
        cdef Py_ssize_t count = len(sources), width = len(sources[0]), i, taken = 0
        cdef uint64_t* values = <uint64_t*> PyMem_Malloc(count * (width + 2) * 8)
        cdef double* rate = <double*> (values + count * width)
        cdef double* losses = rate + count
        cdef Py_buffer outputs, copies
        if values == NULL:
            raise MemoryError("no memory for the sources of steps")
        PyObject_GetBuffer(self.outputs, &outputs, PyBUF_C_CONTIGUOUS)
        copies.buf = NULL
        self.losses = []
        try:
            for i in range(count):
                read_values(sources[i], values + i * width)
                rate[i] = rates[i]
            if kept is not None:
                PyObject_GetBuffer(kept, &copies, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
            with nogil:
                while taken < count and self.take_one(sources, taken, values + taken * width, rate[taken], number):
                    losses[taken] = self.loss_found
                    if copies.buf != NULL:
                        memcpy(<char*> copies.buf + taken * outputs.len, outputs.buf, outputs.len)
                    taken += 1
                    number += 1
        finally:
            self.losses = [losses[i] for i in range(taken)]
            PyMem_Free(values)
            PyBuffer_Release(&outputs)
            if copies.buf != NULL:
                PyBuffer_Release(&copies)
            i = min(taken, count - 1)
            self.forward.leave(sources[i])

    cdef int take_one(
        self, list sources, Py_ssize_t step, const uint64_t* values, double rate, Py_ssize_t number
    ) except -1 nogil:
        """Take one step, and return 1; or 0 before the update where something is not finite."""
        cdef Rule* rule = <Rule*> self.update.last()
        self.clear.run()
        self.forward.begin(sources, step, values)
        self.forward.run()
        self.loss.begin(sources, step, values)
        self.loss.run()
        self.loss_found = (<double*> self.loss.last())[0]
        if not isfinite(self.loss_found):
            return 0
        self.backward.begin(sources, step, values)
        self.backward.run()
        self.finite.run()
        if (<double*> self.finite.last())[0] == 0:
            return 0
        rule.learning_rate, rule.number = rate, number
        self.update.run()
        return 1
