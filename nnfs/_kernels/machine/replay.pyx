"""Record kernels, and run them again without Python between two of them.

A step of a small network is a dozen kernels of a microsecond each. The Python of its layers takes as long again: it
finds buffers, checks shapes, and packs arguments; and so does each kernel's function, which reads addresses and sizes
from its arrays. All of that gives equal results in each step, see `nnfs.network.replay`.

A compiled kernel reads its arguments into a struct, and goes through one door with it, `perform`. `Caught` keeps a copy
of the struct there: a `Bound` kernel runs again from this copy, without its arrays being read anew. A `Tape` runs bound
kernels, and calls other functions, one after the other. It holds the lock of Python only for the latter.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

include "stamp.pyx"

cdef extern from "Python.h":
    object PyObject_Vectorcall(object function, PyObject** arguments, size_t positional, PyObject* keywords)
    PyObject** PySequence_Fast_ITEMS(object arguments)
    unsigned long PyThread_get_thread_ident()

cdef list caught = None  # where `perform` puts kernels of the thread `catching`; None: nothing is recorded
cdef unsigned long catching = 0
cdef bint is_rehearsal = False


cdef int perform(Kernel kernel, void* arguments, size_t size) except -1:
    """Run a kernel on the struct of its arguments, which has ``size`` bytes.

    The struct holds all that the kernel reads; no address in it leads to the stack of the caller. A number that the
    kernel gives, or that changes from step to step, is its first field.
    """
    if caught is not None and PyThread_get_thread_ident() == catching:
        caught.append(bind(kernel, arguments, size))
        if is_rehearsal:
            return 0
    with nogil:
        kernel(arguments)
    return 0


cdef class Bound:
    """A kernel with its arguments. Who holds it keeps the arrays alive whose addresses these are."""
    cdef Kernel kernel
    cdef void* arguments
    cdef size_t size

    def __dealloc__(self):
        PyMem_Free(self.arguments)

    def words(self, uint64_t value):
        """Return the places, as numbers of a word, where ``value`` stands among the arguments."""
        cdef uint64_t* words = <uint64_t*> self.arguments
        cdef size_t i
        return [i for i in range(self.size // 8) if words[i] == value]


cdef Bound bind(Kernel kernel, void* arguments, size_t size):
    """Return a kernel with a copy of its arguments."""
    cdef Bound bound = Bound()
    bound.arguments = PyMem_Malloc(size)
    if bound.arguments == NULL:
        raise MemoryError(f"no memory for {size} bytes of arguments")
    bound.kernel, bound.size = kernel, size
    memcpy(bound.arguments, arguments, size)
    return bound


cdef class Caught:
    """Collect, within a ``with`` block, the kernels that this thread runs, as a list of `Bound`.

    In a rehearsal they are not run. Only one thread at a time may collect.
    """
    cdef bint rehearsal

    def __init__(self, bint rehearsal=False):
        self.rehearsal = rehearsal

    def __enter__(self):
        global caught, catching, is_rehearsal
        caught, catching, is_rehearsal = [], PyThread_get_thread_ident(), self.rehearsal
        return caught

    def __exit__(self, *error):
        global caught
        caught = None


cdef enum:
    MOST_SOURCES = 64

cdef struct Entry:
    Kernel kernel  # NULL for a call of Python
    void* arguments

cdef struct Word:
    uint64_t* place
    Py_ssize_t source


cdef class Tape:
    """Run kernels and call functions in their order, with the sources of a pass in their places.

    Parameters
    ----------
    functions : dict
        Functions by name.
    calls : list of (function or its name, arguments, keywords, Bound or None, ...)
        The tuple ``keywords`` names the last arguments. A `Bound` kernel is run, and the function is not called.
    places, left : list of (holder, key, number, shape)
        Source ``number`` becomes ``holder[key]``, reshaped unless ``shape`` is None: in the arguments of calls, and
        elsewhere.
    words : list of (Bound, place, number)
        The address of an array, or the value of an integer, is written among the arguments of a bound kernel.
    """
    cdef dict functions
    cdef list calls, bound, places, left
    cdef Entry* entries
    cdef Word* words
    cdef Py_ssize_t count, word_count

    def __cinit__(self, dict functions, list calls, list places, list left, list words):
        cdef Bound bound
        cdef Py_ssize_t i, place
        self.functions, self.calls, self.places, self.left = functions, calls, places, left
        self.count, self.word_count = len(calls), len(words)
        self.entries = <Entry*> PyMem_Malloc(max(self.count, 1) * sizeof(Entry))
        self.words = <Word*> PyMem_Malloc(max(self.word_count, 1) * sizeof(Word))
        if self.entries == NULL or self.words == NULL:
            raise MemoryError("no memory for a recording")
        for i in range(self.count):
            bound = calls[i][3]
            self.entries[i].kernel = NULL
            if bound is not None:
                self.entries[i].kernel, self.entries[i].arguments = bound.kernel, bound.arguments
        for i in range(self.word_count):
            bound, place, self.words[i].source = words[i]
            self.words[i].place = <uint64_t*> bound.arguments + place

    def __dealloc__(self):
        PyMem_Free(self.entries)
        PyMem_Free(self.words)

    def play(self, list sources):
        """Put the sources into their places, and do all that is recorded.

        Ctrl-C takes effect between two calls of Python, as it does between two lines.
        """
        cdef uint64_t[MOST_SOURCES] values
        cdef Py_ssize_t i
        if len(sources) > MOST_SOURCES:
            raise ValueError(f"{len(sources)} sources; at most {MOST_SOURCES}")
        for i in range(len(sources)):
            values[i] = value_of(sources[i])
        put(self.places, sources)
        self.leave(sources)
        self.write(values)
        with nogil:
            self.run()

    def leave(self, list sources):
        """Put the sources into their places that no call reads."""
        put(self.left, sources)

    cdef void write(self, const uint64_t* values) noexcept nogil:
        """Write addresses and values of the sources among the arguments of kernels."""
        cdef Py_ssize_t i
        for i in range(self.word_count):
            self.words[i].place[0] = values[self.words[i].source]

    cdef void* last(self) noexcept nogil:
        """Return the arguments of the last kernel."""
        return self.entries[self.count - 1].arguments

    cdef int run(self) except -1 nogil:
        """Do all that is recorded."""
        cdef Py_ssize_t i = 0
        while i < self.count:
            if self.entries[i].kernel != NULL:
                self.entries[i].kernel(self.entries[i].arguments)
                i += 1
            else:
                with gil:
                    i = self.call(i)
        return 0

    cdef Py_ssize_t call(self, Py_ssize_t i) except -1:
        """Call functions from call ``i`` on, up to the next kernel, and return its number."""
        cdef object function
        cdef list arguments
        cdef tuple keywords
        while i < self.count and self.entries[i].kernel == NULL:
            function, arguments, keywords = self.calls[i][:3]
            if isinstance(function, str):
                function = self.functions[function]
            PyObject_Vectorcall(
                function, PySequence_Fast_ITEMS(arguments), len(arguments) - len(keywords), <PyObject*> keywords
            )
            PyErr_CheckSignals()
            i += 1
        return i


cdef uint64_t value_of(object source) except? 0:
    """Return the address of an array, or the value of an integer."""
    cdef Py_buffer buffer
    if isinstance(source, int):
        return source
    PyObject_GetBuffer(source, &buffer, PyBUF_C_CONTIGUOUS)
    PyBuffer_Release(&buffer)
    return <uint64_t> buffer.buf


cdef int put(list places, list sources) except -1:
    """Put sources into their places in lists and dicts."""
    cdef object holder, key, shape
    cdef Py_ssize_t number
    for holder, key, number, shape in places:
        holder[key] = sources[number] if shape is None else sources[number].reshape(shape)
    return 0


def holds(list facts):
    """Return whether each (owner, name, value) of ``facts`` is true: the attribute, or the item of a dict, is that."""
    cdef object owner, name, value
    for owner, name, value in facts:
        if type(owner) is dict:
            if owner[name] is not value:
                return False
        elif getattr(owner, name) is not value:
            return False
    return True


include "machine/steps.pyx"
