/* Ten steps of x += 0.1 x (1 - x), and the sum. The slope is carried forward beside the value, so ten steps keep two
 * numbers in registers, and x is read and the gradient written once. Two fused multiply-adds a step:
 * x (1.1 - 0.1 x) and its slope 1.1 - 0.2 x. With z = 0.55 - 0.1 x a step is z^2 + 0.2475 and its slope 2 z, half of
 * that, but small x lose digits; so it is not done. Checked against NumPy by hand. */
#include "bench.h"

enum { STEPS = 10 };

ENTRY(function)
{
    UNUSED;
    const double *restrict in = IN(0);
    double total = 0.0;
    GG_SIMD_REDUCE(+ : total)
    for (ptrdiff_t i = 0; i < dims[0]; ++i) {
        double x = in[i];
#pragma GCC unroll 10
        for (int k = 0; k < STEPS; ++k)
            x *= 1.1 - 0.1 * x;
        total += x;
    }
    *OUT(0) = total;
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const double *restrict in = IN(0);
    double *restrict g = OUT(1);
    double total = 0.0;
    GG_SIMD_REDUCE(+ : total)
    for (ptrdiff_t i = 0; i < dims[0]; ++i) {
        double x = in[i], slope = 1.0;
#pragma GCC unroll 10
        for (int k = 0; k < STEPS; ++k) {
            slope *= 1.1 - 0.2 * x;
            x *= 1.1 - 0.1 * x;
        }
        total += x;
        g[i] = slope;
    }
    *OUT(0) = total;
    return GG_OK;
}
