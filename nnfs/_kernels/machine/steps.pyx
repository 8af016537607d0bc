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
        finite, and the last ones of ``update`` are optimizers.
    sound : Tape
        Its last kernel tells whether the parameters are finite.
    outputs : ndarray
        Where a step leaves the outputs of the network.
    optimizers : int
        How many optimizers a step runs.

    Attributes
    ----------
    losses : list of float
        The losses of the steps that were taken.
    loss_found : float
        The loss of the last step that was begun.
    """
    cdef Tape clear, forward, loss, backward, finite, update, sound
    cdef object outputs
    cdef bint has_places
    cdef Py_ssize_t optimizers
    cdef readonly list losses
    cdef readonly double loss_found

    def __init__(
        self, Tape clear, Tape forward, Tape loss, Tape backward, Tape finite, Tape update, Tape sound, object outputs,
        Py_ssize_t optimizers
    ):
        self.clear, self.forward, self.loss = clear, forward, loss
        self.backward, self.finite, self.update, self.sound = backward, finite, update, sound
        self.outputs, self.optimizers, self.losses = outputs, optimizers, []
        self.has_places = bool(forward.places or backward.places)

    def take(self, list sources, list rates, Py_ssize_t number, kept, Py_ssize_t every=0):
        """Take a step with each learning rates, one for each optimizer, end to end; the first has this number, from 1.

        A source has one item for each step: it is a list, or an array, whose items are arrays then. It stops before the
        update of a step whose loss or gradients are not finite, or whose kernel raises, and after ``every`` steps where
        the parameters are not. The outputs of each step are copied into ``kept``, an array (steps, *outputs.shape),
        unless it is None.
        """
        cdef Py_ssize_t each = self.optimizers, count = len(rates) // each, width = len(sources), i, step, taken = 0
        cdef uint64_t* values = <uint64_t*> PyMem_Malloc(count * (width + each + 1) * 8)
        cdef double* rate
        cdef double* losses
        cdef Py_buffer outputs, copies
        if values == NULL:
            raise MemoryError("no memory for the sources of steps")
        rate = <double*> (values + count * width)
        losses = rate + count * each
        outputs.buf = copies.buf = NULL
        self.losses = []
        try:
            for i in range(width):
                read_column(sources[i], count, width, values + i)
            for i in range(count * each):
                rate[i] = rates[i]
            if kept is not None:
                PyObject_GetBuffer(self.outputs, &outputs, PyBUF_C_CONTIGUOUS)
                PyObject_GetBuffer(kept, &copies, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
            with nogil:
                while taken < count and self.take_one(sources, taken, values + taken * width, rate, number):
                    losses[taken] = self.loss_found
                    if copies.buf != NULL:
                        memcpy(<char*> copies.buf + taken * outputs.len, outputs.buf, outputs.len)
                    taken += 1
                    rate += each
                    number += 1
                    if every and taken % every == 0 and not self.is_sound():
                        break
        finally:
            self.losses = [losses[step] for step in range(taken)]
            PyMem_Free(values)
            if outputs.buf != NULL:
                PyBuffer_Release(&outputs)
            if copies.buf != NULL:
                PyBuffer_Release(&copies)
            self.forward.leave([source[min(taken, count - 1)] for source in sources])

    cdef int take_one(
        self, list sources, Py_ssize_t step, const uint64_t* values, const double* rates, Py_ssize_t number
    ) except -1 nogil:
        """Take one step, and return 1; or 0 before the update where something is not finite."""
        cdef Py_ssize_t i
        cdef Rule* rule
        self.forward.write(values)
        self.loss.write(values)
        self.backward.write(values)
        if self.has_places:
            with gil:
                self.put_all(sources, step)
        self.clear.run()
        self.forward.run()
        self.loss.run()
        self.loss_found = (<double*> self.loss.last())[0]
        if not isfinite(self.loss_found):
            return 0
        self.backward.run()
        self.finite.run()
        if (<double*> self.finite.last())[0] == 0:
            return 0
        for i in range(self.optimizers):
            rule = <Rule*> self.update.entries[self.update.count - self.optimizers + i].arguments
            rule.learning_rate, rule.number = rates[i], number
        self.update.run()
        return 1

    cdef bint is_sound(self) except -1 nogil:
        """Return whether the parameters are finite."""
        self.sound.run()
        return (<double*> self.sound.last())[0] != 0

    cdef int put_all(self, list sources, Py_ssize_t step) except -1:
        """Put the sources of a step into their places in the arguments of calls of Python."""
        cdef list now = [source[step] for source in sources]
        put(self.forward.places, now)
        put(self.backward.places, now)
        return 0


cdef int read_column(object source, Py_ssize_t count, Py_ssize_t width, uint64_t* values) except -1:
    """Write the address or value that a source has in each step, ``width`` numbers apart."""
    cdef Py_buffer buffer
    cdef Py_ssize_t step
    if isinstance(source, list):
        for step in range(count):
            values[step * width] = value_of(source[step])
        return 0
    PyObject_GetBuffer(source, &buffer, PyBUF_C_CONTIGUOUS)
    for step in range(count):
        values[step * width] = <uint64_t> buffer.buf + step * (buffer.len // count)
    PyBuffer_Release(&buffer)
    return 0
