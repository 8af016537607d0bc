"""The door through which kernels run, so that they can be recorded; `replay.pyx` documents it."""

ctypedef int (*Kernel)(void* arguments) except -1 nogil

cdef int perform(Kernel kernel, void* arguments, size_t size) except -1
