"""Functions that choose between two builds of a kernel, one for float32 and one for float64.

They are written with Python's C interface, so that they pass their arguments on without a copy. A Python function with
``*args, **arrays`` would pack them in a tuple and a dict and unpack them again, which takes 0.4 microseconds a call, as
long as a small kernel.
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

_strings = []  # the functions point to these names and texts, which must live as long as the process


def by_size(object single, object double, str name, str signature, str text):
    """Return a function that calls ``single`` where its first array has elements of four bytes, else ``double``.

    `inspect.signature` and `help` show ``signature``, such as ``"(x, *, y)"``, and ``text``, the docstring.
    """
    cdef PyMethodDef* method = <PyMethodDef*> malloc(sizeof(PyMethodDef))
    if method == NULL:
        raise MemoryError(f"no memory for the kernel {name}")
    strings = (name.encode(), f"{name}{signature}\n--\n\n{text}".encode())
    _strings.append(strings)
    method.ml_name, method.ml_doc = <bytes> strings[0], <bytes> strings[1]
    method.ml_meth, method.ml_flags = CALL_BY_SIZE, METH_FASTCALL | METH_KEYWORDS
    return PyCFunction_NewEx(method, (single, double), __name__)
