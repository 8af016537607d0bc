"""One function for two builds of a kernel, that for float32 and that for float64.

A function of Python's C interface hands on its arguments where they lie. One in Python, with ``*args, **arrays``, would
make a tuple and a dict of them and take them apart again: 0.4 microseconds a call, as much as a small kernel itself.
"""

from libc.stdlib cimport malloc

include "stamp.pyx"

cdef extern from "machine/dispatch.h":
    ctypedef struct PyMethodDef:
        const char* ml_name
        void* ml_meth
        int ml_flags
        const char* ml_doc
    void* CALL_BY_SIZE
    int METH_FASTCALL
    int METH_KEYWORDS
    object PyCFunction_NewEx(PyMethodDef*, object, object)

_strings = []  # functions point at their names and texts as long as the process lives


def by_size(object single, object double, str name, str signature, str text):
    """Return a function that calls ``single`` where its first array has elements of four bytes, else ``double``.

    ``signature`` is what `inspect.signature` and `help` show: ``"(x, *, y)"``.
    """
    cdef PyMethodDef* method = <PyMethodDef*> malloc(sizeof(PyMethodDef))
    if method == NULL:
        raise MemoryError(f"no memory for the kernel {name}")
    strings = (name.encode(), f"{name}{signature}\n--\n\n{text}".encode())
    _strings.append(strings)
    method.ml_name, method.ml_doc = <bytes> strings[0], <bytes> strings[1]
    method.ml_meth, method.ml_flags = CALL_BY_SIZE, METH_FASTCALL | METH_KEYWORDS
    return PyCFunction_NewEx(method, (single, double), __name__)
