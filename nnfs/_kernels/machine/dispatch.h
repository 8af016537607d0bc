/* Call the first function of a pair if the first argument has elements of 4 bytes, else the second (`dispatch.pyx`). */

static PyObject *call_by_size(PyObject *pair, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
    Py_buffer first;
    Py_ssize_t size;
    if (count < 1) {
        PyErr_SetString(PyExc_TypeError, "the first argument of a kernel is an array, given by position");
        return NULL;
    }
    if (PyObject_GetBuffer(arguments[0], &first, PyBUF_STRIDES) < 0)
        return NULL;
    size = first.itemsize;
    PyBuffer_Release(&first);
    return PyObject_Vectorcall(PyTuple_GET_ITEM(pair, size != 4), arguments, count, names);
}
#define CALL_BY_SIZE ((PyCFunction)(void (*)(void))call_by_size)
