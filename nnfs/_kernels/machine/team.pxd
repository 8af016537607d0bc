"""The functions by which kernels run their tasks on several threads; `team.pyx` documents them."""

ctypedef void (*Task)(void* arguments, Py_ssize_t index, Py_ssize_t thread) noexcept nogil

cdef Py_ssize_t thread_count(Py_ssize_t tasks, Py_ssize_t work) noexcept nogil
cdef int run(Task task, void* arguments, Py_ssize_t tasks, Py_ssize_t threads) except -1 nogil
cdef void run_whole(Task task, void* arguments, Py_ssize_t tasks, Py_ssize_t threads) noexcept nogil
