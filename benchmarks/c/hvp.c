/* H v of logistic regression: H = A^T D A / m + mu, with D = s (1 - s), s the logistic function of the margins. One pass
 * over A: a block of rows is multiplied by w and by v, and added up, while in the cache, with the weights made of both.
 * The labels' signs cancel in D (+1 and -1 squared). Checked against NumPy by hand. */
#include "bench.h"
#include "gg_products.h"

enum { ROWS = 64 };

/* exp(-|m|) = e gives s (1 - s) = e / (1 + e)^2 and log(1 + exp(-m)) without overflow */
GG_INLINE double tail(double m) { return gg_exp(gg_minimum(m, -m)); }

ENTRY(function)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict w = IN(0), *restrict A = IN(1), *restrict y = IN(2);
    double total = 0.0, product[ROWS];
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, w, product);
        GG_SIMD_REDUCE(+ : total)
        for (ptrdiff_t i = 0; i < rows; ++i) {
            const double margin = y[i0 + i] * product[i];
            total += gg_maximum(-margin, 0.0) + gg_log1p(tail(margin));
        }
    }
    *OUT(0) = total / (double)m + 0.5 * *IN(3) * gg_dot(n, w, w);
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t n = dims[0], m = dims[1];
    const double *restrict w = IN(0), *restrict A = IN(1), *restrict v = IN(4);
    const double mu = *IN(3), per = 1.0 / (double)m;
    double *restrict out = OUT(0);
    double along_w[ROWS], along_v[ROWS];
    for (ptrdiff_t j = 0; j < n; ++j)
        out[j] = mu * v[j];
    for (ptrdiff_t i0 = 0; i0 < m; i0 += ROWS) {
        const ptrdiff_t rows = m - i0 < ROWS ? m - i0 : ROWS;
        gg_gemv(rows, n, A + n * i0, n, w, along_w);
        gg_gemv(rows, n, A + n * i0, n, v, along_v);
        GG_SIMD
        for (ptrdiff_t i = 0; i < rows; ++i) {
            const double e = tail(along_w[i]);
            along_v[i] *= per * e / ((1.0 + e) * (1.0 + e));
        }
        gg_gemv_t_add(rows, n, A + n * i0, n, along_v, out);
    }
    return GG_OK;
}
