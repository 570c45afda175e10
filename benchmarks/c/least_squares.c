/* 1/2 ||A x - b||^2. The gradient A^T (A x - b) reads A once: a block of rows is multiplied by x, and added up with its
 * residuals while it is in the cache. Blocks are of 8 rows, which with 500 columns fill the first-level cache.
 * Checked against NumPy by hand. */
#include "bench.h"
#include "gg_products.h"

enum { ROWS = 8 };

ENTRY(function)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict x = IN(0), *restrict A = IN(1), *restrict b = IN(2);
    double total = 0.0, r[ROWS];
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, x, r);
        for (ptrdiff_t i = 0; i < rows; ++i)
            total += (r[i] - b[i0 + i]) * (r[i] - b[i0 + i]);
    }
    *OUT(0) = 0.5 * total;
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict x = IN(0), *restrict A = IN(1), *restrict b = IN(2);
    double *restrict g = OUT(1);
    double total = 0.0, r[ROWS];
    for (ptrdiff_t j = 0; j < n; ++j)
        g[j] = 0.0;
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, x, r);
        for (ptrdiff_t i = 0; i < rows; ++i) {
            r[i] -= b[i0 + i];
            total += r[i] * r[i];
        }
        gg_gemv_t_add(rows, n, A + n * i0, n, r, g);
    }
    *OUT(0) = 0.5 * total;
    return GG_OK;
}
