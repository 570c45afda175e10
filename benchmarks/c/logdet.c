/* <S, X> - log det X. One LU factorisation (LAPACK's dgetrf) gives the determinant, and dgetri from it the inverse,
 * whose transpose is the gradient. The function takes any matrix, so no Cholesky factor is used though the data
 * would let it. Fortran sees X^T, and leaves in `work` the inverse of X^T: read by rows, X^-1 itself; so
 * X^-T is read by columns. log |det| is the logarithm of products of up to 16 pivots, in range for any sane matrix,
 * and of the pivots one by one if such a product is not. Checked against NumPy by hand. */
#include "bench.h"

GG_FORTRAN(dgetrf, const int *m, const int *n, double *a, const int *lda, int *pivots, int *info)
GG_FORTRAN(dgetri, const int *n, double *a, const int *lda, const int *pivots, double *work, const int *lwork,
           int *info)
USES("dgetrf", "dgetri")
void bind_routines(void *const *routines)
{
    gg_fortran_dgetrf = routines[0];
    gg_fortran_dgetri = routines[1];
}

ptrdiff_t work_size(const ptrdiff_t *dims) { return dims[0] * (dims[0] + 64 + 1) * 8; }

/* Factorises X into lu; returns log |det X|, or sets `info`. */
static double factorise(int n, const double *X, double *lu, int *pivots, int *info)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n * n; ++i)
        lu[i] = X[i];
    gg_fortran_dgetrf(&n, &n, lu, &n, pivots, info);
    double sum = 0.0;
    for (int i0 = 0; i0 < n; i0 += 16) {
        const int i1 = i0 + 16 < n ? i0 + 16 : n;
        double product = 1.0, logs = 0.0;
        for (int i = i0; i < i1; ++i)
            product *= gg_fabs(lu[(ptrdiff_t)i * (n + 1)]);
        if (product > 1e-290 && product < 1e290)
            logs = gg_log(product);
        else
            for (int i = i0; i < i1; ++i)
                logs += gg_log(gg_fabs(lu[(ptrdiff_t)i * (n + 1)]));
        sum += logs;
    }
    return sum;
}

static double inner(ptrdiff_t count, const double *restrict S, const double *restrict X)
{
    double total = 0.0;
    GG_SIMD_REDUCE(+ : total)
    for (ptrdiff_t i = 0; i < count; ++i)
        total += S[i] * X[i];
    return total;
}

ENTRY(function)
{
    UNUSED;
    const int n = (int)dims[0];
    double *const lu = work;
    int *const pivots = (int *)(lu + (ptrdiff_t)n * (n + 64));
    int info = 0;
    *OUT(0) = inner((ptrdiff_t)n * n, IN(1), IN(0)) - factorise(n, IN(0), lu, pivots, &info);
    return info ? GG_SINGULAR : GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const int n = (int)dims[0], room = 64 * n;
    const double *restrict S = IN(1);
    double *restrict const lu = work, *restrict const g = OUT(1);
    int *const pivots = (int *)(lu + (ptrdiff_t)n * (n + 64));
    int info = 0;
    *OUT(0) = inner((ptrdiff_t)n * n, S, IN(0)) - factorise(n, IN(0), lu, pivots, &info);
    if (!info)
        gg_fortran_dgetri(&n, lu, &n, pivots, lu + (ptrdiff_t)n * n, &room, &info);
    for (ptrdiff_t i = 0; i < n; ++i)
        GG_SIMD
        for (ptrdiff_t j = 0; j < n; ++j)
            g[n * i + j] = S[n * i + j] - lu[n * j + i];
    return info ? GG_SINGULAR : GG_OK;
}
