/* Rosenbrock's function: one pass, in which each element gathers from its left and right neighbour, so nothing is
 * scattered and x is read and the gradient written once. Checked against scipy.optimize.rosen_der. */
#include "bench.h"

ENTRY(function)
{
    UNUSED;
    const ptrdiff_t n = dims[0];
    const double *restrict x = IN(0);
    double total = 0.0;
    GG_SIMD_REDUCE(+ : total)
    for (ptrdiff_t i = 0; i < n - 1; ++i) {
        const double d = x[i + 1] - x[i] * x[i], r = 1.0 - x[i];
        total += 100.0 * d * d + r * r;
    }
    *OUT(0) = total;
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t n = dims[0];
    const double *restrict x = IN(0);
    double *restrict g = OUT(1);
    const double first = x[1] - x[0] * x[0], left = 1.0 - x[0];
    double total = 100.0 * first * first + left * left;
    g[0] = -400.0 * x[0] * first - 2.0 * left;
    GG_SIMD_REDUCE(+ : total)
    for (ptrdiff_t i = 1; i < n - 1; ++i) {
        const double before = x[i] - x[i - 1] * x[i - 1];
        const double d = x[i + 1] - x[i] * x[i], r = 1.0 - x[i];
        total += 100.0 * d * d + r * r;
        g[i] = 200.0 * before - 400.0 * x[i] * d - 2.0 * r;
    }
    g[n - 1] = 200.0 * (x[n - 1] - x[n - 2] * x[n - 2]);
    *OUT(0) = total;
    return GG_OK;
}
