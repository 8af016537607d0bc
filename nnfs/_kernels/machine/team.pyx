"""One small team of threads for every kernel.

Loop order: each thread has a share of neighbouring tasks. An atomic counter for each share tells which task is next. A
thread takes the tasks of its own share first, and then helps with the shares of others, so that a slow core takes fewer
tasks. Cache argument: a task is an image or a block that fits the second-level cache of one core. A thread gets an
equal share in each layer, and finds in its cache what the layer before wrote there: a training step is 1.03 to 1.10
times as fast as with one counter for all tasks. No two tasks write to one array element. What a task computes does not
depend on which thread runs it, nor on how many threads there are.

Why not OpenMP: a child forked after libgomp has run hangs in its next parallel region; libgomp ends the
process where it cannot start a thread; its idle threads fight NumPy's BLAS for the cores; beside PyTorch
two copies of it are loaded; and Apple's compiler has none.

Workers start at first use. A worker without a task watches for the next call for `PATIENCE` nanoseconds, so that it
stays awake within a training step (to wake a sleeping thread takes about 80 us on a virtual machine), and then sleeps.
The caller never waits for a worker that has not begun: once no task is left it shuts the gate, a counter through which
workers enter a call. If another Python thread, or an outer call, is using the team, the caller runs all its tasks
itself.

Python runs the handlers of signals in its main thread, between two of its own instructions. A kernel is one of them,
and so the caller looks for signals itself, between two tasks, at most once in `ATTENTION` nanoseconds. If a handler
raises, as that of Ctrl-C does, tasks that have not begun are left out, and the kernel raises that exception.
"""

include "stamp.pyx"

cdef extern from "machine/team.h":
    ctypedef struct pthread_t:
        pass
    ctypedef struct pthread_mutex_t:
        pass
    ctypedef struct pthread_cond_t:
        pass
    ctypedef struct sigset_t:
        pass
    int SIG_SETMASK
    int pthread_create(pthread_t*, void*, void* (*)(void*) noexcept nogil, void*) noexcept nogil
    int pthread_detach(pthread_t) noexcept nogil
    int pthread_atfork(void (*)() noexcept nogil, void (*)() noexcept nogil, void (*)() noexcept nogil) noexcept nogil
    int pthread_mutex_init(pthread_mutex_t*, void*) noexcept nogil
    int pthread_mutex_lock(pthread_mutex_t*) noexcept nogil
    int pthread_mutex_unlock(pthread_mutex_t*) noexcept nogil
    int pthread_cond_init(pthread_cond_t*, void*) noexcept nogil
    int pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*) noexcept nogil
    int pthread_cond_broadcast(pthread_cond_t*) noexcept nogil
    int pthread_sigmask(int, sigset_t*, sigset_t*) noexcept nogil
    int sigfillset(sigset_t*) noexcept nogil
    int sched_yield() noexcept nogil
    Py_ssize_t load(Py_ssize_t*) noexcept nogil
    void store(Py_ssize_t*, Py_ssize_t) noexcept nogil
    Py_ssize_t fetch_add(Py_ssize_t*, Py_ssize_t) noexcept nogil
    bint exchange_if(Py_ssize_t*, Py_ssize_t, Py_ssize_t) noexcept nogil
    void relax() noexcept nogil
    bint get_alone() noexcept nogil
    void set_alone(bint) noexcept nogil
    long long nanoseconds() noexcept nogil


cdef extern from "Python.h":
    int PyErr_CheckSignals()
    void PyErr_SetString(object, const char*)


cdef enum:
    # A call smaller than this many multiply-adds (or elements moved, times eight) is over before a second thread helps.
    WORTHWHILE = 200_000
    PATIENCE = 200_000  # nanoseconds
    ATTENTION = 50_000_000  # nanoseconds
    SHUT = -1
    MOST = 256  # threads
    LINE = 8  # numbers of a cache line

cdef Py_ssize_t wanted = 1
cdef Py_ssize_t workers = 0
cdef bint failed = False  # a worker could not be started; not tried again until the number is set anew
cdef bint forked = False

cdef Py_ssize_t busy = 0
cdef Py_ssize_t calls = 0
cdef Py_ssize_t gate = SHUT  # SHUT, or how many workers are inside the present call
cdef Py_ssize_t[MOST * LINE] next_task  # the next task of each thread's share, a cache line apart
cdef Py_ssize_t sleepers = 0
cdef pthread_mutex_t mutex
cdef pthread_cond_t called

# The present call; read by a worker only between its entering and its leaving the gate.
cdef Task call_task
cdef void* call_arguments
cdef Py_ssize_t call_tasks
cdef Py_ssize_t call_threads


cdef Py_ssize_t thread_count(Py_ssize_t tasks, Py_ssize_t work) noexcept nogil:
    """Return how many threads to use for ``work`` multiply-adds in all, cut into ``tasks`` tasks.

    It is 1 where there is too little work to share, or where the calling thread works alone; else as many as are set,
    but no more than there are tasks.
    """
    if work < WORTHWHILE or tasks < 2 or get_alone():
        return 1
    return min(wanted, tasks, <Py_ssize_t> MOST)


cdef int run(Task task, void* arguments, Py_ssize_t tasks, Py_ssize_t threads) except -1 nogil:
    """Call ``task(arguments, index, thread)`` for each index from 0 to tasks - 1, on ``threads`` threads.

    ``thread`` is the number of the thread that runs the task, from 0 to threads - 1. If the handler of a signal raises,
    the tasks that have not begun are left out, and its exception is raised here.
    """
    return run_all(task, arguments, tasks, threads, nanoseconds() if tasks > 1 else 0)


cdef void run_whole(Task task, void* arguments, Py_ssize_t tasks, Py_ssize_t threads) noexcept nogil:
    """Call ``task(arguments, index, thread)`` for each index from 0 to tasks - 1; signals wait until all are done.

    It is for updates that must not stay half done, such as an optimizer's step.
    """
    run_all(task, arguments, tasks, threads, 0)


cdef int run_all(
    Task task, void* arguments, Py_ssize_t tasks, Py_ssize_t threads, long long looked
) noexcept nogil:
    """Run all tasks of a call; return 0, or -1 with an exception set if the handler of a signal raised.

    ``looked`` is the time when signals were last looked for, or 0 if they shall not be looked for.
    """
    global call_task, call_arguments, call_tasks, call_threads
    cdef Py_ssize_t index, waited = 0, part
    cdef int status = 0
    if threads < 2 or not exchange_if(&busy, 0, 1):
        for index in range(tasks):
            task(arguments, index, 0)
            if look_for_signals(&looked) < 0:
                return -1
        return 0
    start_workers(threads - 1)
    call_task, call_arguments, call_tasks, call_threads = task, arguments, tasks, threads
    for part in range(threads):
        next_task[part * LINE] = part * tasks // threads
    store(&gate, 0)
    fetch_add(&calls, 1)
    if load(&sleepers):
        pthread_mutex_lock(&mutex)
        pthread_cond_broadcast(&called)
        pthread_mutex_unlock(&mutex)
    status = work_through(0, &looked)
    while not exchange_if(&gate, 0, SHUT):
        if load(&busy) == 0:  # a handler has forked, and this is the child: what the workers had begun is lost
            return status if status < 0 else raise_in_child()
        relax()
        waited += 1
        if waited % 1024 == 0:  # the worker may wait for this very core
            sched_yield()
    store(&busy, 0)
    return status


cdef int work_through(Py_ssize_t thread, long long* looked) noexcept nogil:
    """Run tasks of the present call, the thread's own share first, until none is left or a signal's handler raises."""
    cdef Py_ssize_t step, part, end, index
    for step in range(call_threads):
        part = (thread + step) % call_threads
        end = (part + 1) * call_tasks // call_threads
        index = fetch_add(&next_task[part * LINE], 1)
        while index < end:
            call_task(call_arguments, index, thread)
            if look_for_signals(looked) < 0:
                for part in range(call_threads):
                    store(&next_task[part * LINE], call_tasks)
                return -1
            index = fetch_add(&next_task[part * LINE], 1)
    return 0


cdef int raise_in_child() noexcept nogil:
    """Set a RuntimeError and return -1: this is a child that was forked in the middle of a kernel."""
    with gil:
        PyErr_SetString(RuntimeError, b"forked by the handler of a signal within a kernel, whose result is lost here")
    return -1


cdef inline int look_for_signals(long long* looked) noexcept nogil:
    """Run the handlers of signals that have come, if the last look is `ATTENTION` ago; return -1 if one raises."""
    cdef int status
    if looked[0] == 0 or nanoseconds() - looked[0] < ATTENTION:
        return 0
    with gil:
        status = PyErr_CheckSignals()
    looked[0] = nanoseconds()
    return status


cdef void* live(void* number) noexcept nogil:
    """Wait for a call and help with its tasks, again and again: the function that each worker thread runs."""
    cdef Py_ssize_t thread = <Py_ssize_t> number
    cdef Py_ssize_t seen = 0, inside
    cdef long long never = 0
    while True:
        wait_for_call(seen)
        seen = load(&calls)
        inside = load(&gate)
        while inside != SHUT and not exchange_if(&gate, inside, inside + 1):
            inside = load(&gate)
        if inside == SHUT:
            continue
        if thread < call_threads:
            work_through(thread, &never)
        fetch_add(&gate, -1)


cdef void wait_for_call(Py_ssize_t seen) noexcept nogil:
    """Wait until the counter `calls` differs from ``seen``: watch it for `PATIENCE`, then sleep until woken."""
    cdef long long end = nanoseconds() + PATIENCE
    cdef Py_ssize_t _
    while nanoseconds() < end:
        for _ in range(32):
            if load(&calls) != seen:
                return
            relax()
    pthread_mutex_lock(&mutex)
    # Counted before `calls` is read again, while the caller writes `calls` before it reads the count: one of the two
    # sees the other.
    fetch_add(&sleepers, 1)
    while load(&calls) == seen:
        pthread_cond_wait(&called, &mutex)
    fetch_add(&sleepers, -1)
    pthread_mutex_unlock(&mutex)


cdef void start_workers(Py_ssize_t count) noexcept nogil:
    """Start worker threads until there are ``count``, or the system refuses one. The caller has set `busy`."""
    global workers, failed
    cdef pthread_t handle
    cdef sigset_t everything, before
    if workers >= count or failed:
        return
    # Signals belong to Python's own threads: workers inherit a mask that blocks them all.
    sigfillset(&everything)
    pthread_sigmask(SIG_SETMASK, &everything, &before)
    while workers < count:
        if pthread_create(&handle, NULL, live, <void*> (workers + 1)) != 0:
            failed = True
            break
        pthread_detach(handle)
        workers += 1
    pthread_sigmask(SIG_SETMASK, &before, NULL)


cdef void begin_in_child() noexcept nogil:
    """Reset the team in a forked child: fork copies only the calling thread, so that the parent's workers are gone."""
    global workers, wanted, failed, forked
    workers, wanted, failed, forked = 0, 1, False, True
    forget_calls()


cdef void forget_calls() noexcept nogil:
    """Set the counters, the mutex and the condition of the team to their first state."""
    global busy, gate, sleepers
    busy, gate, sleepers = 0, SHUT, 0
    pthread_mutex_init(&mutex, NULL)
    pthread_cond_init(&called, NULL)


def set_threads(Py_ssize_t count):
    """Let kernels use ``count`` threads, at least 1, the calling one included."""
    global wanted, failed, forked
    wanted, failed, forked = count, False, False


def get_threads():
    """Return how many threads kernels may use."""
    return wanted


def work_alone(bint value):
    """Let the kernels that the calling thread calls run on it alone, or no longer; return whether they did before."""
    before = get_alone()
    set_alone(value)
    return before


def count_workers():
    """Return how many workers have been started in this process."""
    return workers


def is_forked():
    """Return whether a fork made this process after nnfs was loaded, and `set_threads` was not called in it since."""
    return forked


forget_calls()
pthread_atfork(NULL, NULL, begin_in_child)
