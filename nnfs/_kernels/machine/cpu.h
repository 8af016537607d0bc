/* Whether this processor runs a version (2, 3 or 4) of the x86-64 instruction set; `cpu.pyx` calls it. */

#if defined(__x86_64__)
/* The features are named one by one because compilers before GCC 12 and Clang 17 do not know "x86-64-v3". Each test
   also fails where the operating system does not save the wide registers. */
static int runs(int version) {
    __builtin_cpu_init();
    if (version >= 2 && !(__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"))) return 0;
    if (version >= 3 && !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                          && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"))) return 0;
    if (version >= 4 && !(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                          && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
                          && __builtin_cpu_supports("avx512vl"))) return 0;
    return 1;
}
#else
static int runs(int version) { return 0; }
#endif
