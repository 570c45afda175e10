/* machine.c: what the machine can do: bytes read a second, bytes moved by a triad, and dgemm. */
#include "bench.h"

USES("dgemm")
void bind_routines(void *const *routines) { gg_fortran_dgemm = routines[0]; }

/* the sum of x */
ENTRY(read_all)
{
    UNUSED;
    const double *restrict x = IN(0);
    double total = 0.0;
    GG_SIMD_REDUCE(+ : total)
    for (ptrdiff_t i = 0; i < dims[0]; ++i)
        total += x[i];
    *OUT(0) = total;
    return GG_OK;
}

/* out = x + 2 y */
ENTRY(triad)
{
    UNUSED;
    const double *restrict x = IN(0), *restrict y = IN(1);
    double *restrict out = OUT(0);
    GG_SIMD
    for (ptrdiff_t i = 0; i < dims[0]; ++i)
        out[i] = x[i] + 2.0 * y[i];
    return GG_OK;
}

/* out = x y, square */
ENTRY(product)
{
    UNUSED;
    gg_blas_gemm_nn(dims[0], dims[0], dims[0], IN(0), IN(1), OUT(0));
    return GG_OK;
}
