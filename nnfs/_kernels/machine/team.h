/* Threads, atomic reads and writes of integers, and the clock; `team.pyx` uses them. */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#define load(place) __atomic_load_n(place, __ATOMIC_SEQ_CST)
#define store(place, value) __atomic_store_n(place, value, __ATOMIC_SEQ_CST)
#define fetch_add(place, value) __atomic_fetch_add(place, value, __ATOMIC_SEQ_CST)
static inline int exchange_if(Py_ssize_t *place, Py_ssize_t expected, Py_ssize_t value) {
    return __atomic_compare_exchange_n(place, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}
/* Whether the kernels that the present thread calls run on it alone. */
static _Thread_local int is_alone = 0;
static inline int get_alone(void) { return is_alone; }
static inline void set_alone(int value) { is_alone = value; }
static inline long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
