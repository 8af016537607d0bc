# Needs: nothing
"""The random numbers of SplitMix64.

G. L. Steele, D. Lea, C. H. Flood: Fast Splittable Pseudorandom Number Generators, 2014.

A number depends only on the key and its index. So any thread can draw any number, and numbers can be drawn again
instead of being stored. There is no loop and no array here.
"""

from libc.stdint cimport uint64_t


cdef inline uint64_t random_number(uint64_t key, uint64_t index) noexcept nogil:
    """Return the number with this index, from 0, of the sequence that SplitMix64 makes from ``key``."""
    cdef uint64_t state = key + (index + 1) * <uint64_t> 0x9E3779B97F4A7C15
    state = (state ^ (state >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    state = (state ^ (state >> 27)) * <uint64_t> 0x94D049BB133111EB
    return state ^ (state >> 31)
