/* Powers of two, and the coefficients of series for exp and log in float32; `elementary.pyx` uses them. */

typedef __typeof__(__builtin_choose_expr(sizeof(real) == 4, 0, 0LL)) real_bits;
/* Return 2**n for shifted = n + 1.5 * 2**23, where n is an integer above -127: the lowest bits of that float hold n. */
static inline real power_of_two(real shifted) {
    real_bits bits;
    real power;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (real_bits)(((unsigned)bits << 23) + (127u << 23));
    memcpy(&power, &bits, sizeof power);
    return power;
}
#define EXPONENTIAL_TERMS 7
static const real EXPONENTIAL[] = {1., 1 / 2., 1 / 6., 1 / 24., 1 / 120., 1 / 720., 1 / 5040.};
#define LOGARITHM_TERMS 7
static const real LOGARITHM[] = {1., 1 / 3., 1 / 5., 1 / 7., 1 / 9., 1 / 11., 1 / 13.};
static const real LOG2_E = 1.4426950408889634, LN2_HIGH = 0.693359375, LN2_LOW = -2.12194440e-4;
static const real HALF = 0.5;
static const real SHIFT = 12582912, LOWEST = -87.33654;  /* 1.5 * 2**23, and log(2**-126) */
