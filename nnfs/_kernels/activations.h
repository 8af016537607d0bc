/* Constants of GELU, among them the polynomial for the normal distribution; `activations.pyx` uses them. */

#define NORMAL_TERMS 8
static const real NORMAL[] = {0.18636616, 0.18283648, 0.20192831, 0.04499676,
                              0.41256628, -0.3554642, 0.4627021, -0.13593196};
static const real ROOT_HALF = 0.7071067811865476, DENSITY_AT_0 = 0.3989422804014327;
static const real TANH_SLOPE = 1.5957691216057308, TANH_CUBE = 0.044715;  /* 2 sqrt(2 / pi) */
