/* Constants for logarithm and sine in float32; `noise.pyx` uses them. */

/* Return m and write n, such that x = 2**n m and 1 <= m < 2, for a normal float32 x > 0. */
static inline real split_number(real x, real *exponent) {
    real_bits bits;
    memcpy(&bits, &x, sizeof bits);
    *exponent = (real)((int)(bits >> 23) - 127);
    bits = (real_bits)(((unsigned)bits & 0x7FFFFFu) | 0x3F800000u);
    memcpy(&x, &bits, sizeof bits);
    return x;
}
static const real TO_FRACTION = 1 / 4294967296., LN2 = 0.6931471805599453, PI = 3.141592653589793;
#define SINE_TERMS 6
static const real SINE[] = {1., -1 / 6., 1 / 120., -1 / 5040., 1 / 362880., -1 / 39916800.};
