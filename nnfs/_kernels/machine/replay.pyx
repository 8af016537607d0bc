"""Call recorded kernels again, without Python between two of them.

A step of a small network is a dozen kernels of a microsecond each. The Python of its layers takes as long again: it
finds buffers, checks shapes, and packs arguments. All of that gives equal results in each step, see
`nnfs.network.replay`.
"""

from cpython.exc cimport PyErr_CheckSignals
from cpython.ref cimport PyObject

include "stamp.pyx"

cdef extern from "Python.h":
    object PyObject_Vectorcall(object function, PyObject** arguments, size_t positional, PyObject* keywords)
    PyObject** PySequence_Fast_ITEMS(object arguments)


def holds(list facts):
    """Return whether each (owner, attribute, value) of ``facts`` is true: the attribute is that very object."""
    cdef object owner, attribute, value
    for owner, attribute, value in facts:
        if getattr(owner, attribute) is not value:
            return False
    return True


def play(dict functions, list calls, list places, list sources):
    """Put the sources into their places, then make each call (function or its name, arguments, keywords).

    A place (holder, key, number, shape) takes source ``number`` as ``holder[key]``, reshaped unless ``shape`` is None.
    The tuple ``keywords`` names the last arguments of a call. Ctrl-C takes effect between two calls, as it does between
    two lines of Python.
    """
    cdef object holder, key, shape, function
    cdef Py_ssize_t number
    cdef list arguments
    cdef tuple keywords
    for holder, key, number, shape in places:
        holder[key] = sources[number] if shape is None else sources[number].reshape(shape)
    for function, arguments, keywords in calls:
        if isinstance(function, str):
            function = functions[function]
        PyObject_Vectorcall(
            function, PySequence_Fast_ITEMS(arguments), len(arguments) - len(keywords), <PyObject*> keywords
        )
        PyErr_CheckSignals()
