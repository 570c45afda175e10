/* Every function on operands allocated to the last byte, to be run under -fsanitize=address,undefined. */
#include "gg_lanes.h"
#include "gg_qr.h"

#include <stdlib.h>

/* 1 / (1 + i + j), and n on the diagonal: positive definite */
#define CHECK(real, f)                                                                                  \
    static real *filled##f(ptrdiff_t count, ptrdiff_t n, ptrdiff_t k)                                   \
    {                                                                                                   \
        real *p = malloc((size_t)(count * n * k) * sizeof *p);                                          \
        for (ptrdiff_t i = 0; i < count * n * k; ++i) {                                                 \
            const ptrdiff_t row = i / k % n, column = i % k;                                            \
            p[i] = (row == column ? (real)n : 0) + 1 / (real)(1 + row + column);                        \
        }                                                                                               \
        return p;                                                                                       \
    }                                                                                                   \
    static int check##f(ptrdiff_t count, ptrdiff_t n, ptrdiff_t k)                                      \
    {                                                                                                   \
        real *a = filled##f(count, n, n), *b = filled##f(count, n, k), *x = filled##f(count, n, k);     \
        real *factor = filled##f(count, n + 1, n), *l = filled##f(count, n, n), *two = filled##f(1, 2, 1); \
        real *qr = filled##f(1, n, n + k), *work = filled##f(1, n * k + n + k, 1);                      \
        int wrong = gg_cholesky##f(n, a, l, 0) + gg_triangular_solve##f(n, k, 1, 0, 0, l, b, x, 0)      \
                    + gg_triangular_solve##f(n, k, 1, 1, 0, l, b, x, 0) + gg_lu##f(n, a, factor, 0)     \
                    + gg_lu_solve##f(n, k, factor, b, x, 0) + gg_lu_solve_t##f(n, k, factor, b, x, 0)   \
                    + gg_lu_inverse##f(n, factor, l, 0) + gg_lu_det##f(n, factor, two)                  \
                    + gg_lu_slogdet##f(n, factor, two) + gg_qr##f(n, k, 1, b, qr, work);                \
        wrong += gg_cholesky_lanes##f(count, n, a, l, 0)                                                \
                 + gg_triangular_solve_lanes##f(count, n, k, 1, 0, 0, l, b, x, 0)                       \
                 + gg_lu_lanes##f(count, n, a, factor, 0) + gg_lu_solve_lanes##f(count, n, k, factor, b, x, 0) \
                 + gg_lu_solve_t_lanes##f(count, n, k, factor, b, x, 0)                                 \
                 + gg_lu_inverse_lanes##f(count, n, factor, l, 0);                                      \
        free(a), free(b), free(x), free(factor), free(l), free(two), free(qr), free(work);              \
        return wrong;                                                                                   \
    }
CHECK(double, )
CHECK(float, f)

int main(void)
{
    int wrong = 0;
    for (ptrdiff_t n = 1; n < 70; n += 1 + n / 6)
        for (ptrdiff_t k = 1; k < 70; k += 1 + k / 2)
            wrong += check(1 + (n + k) % 19, n, k) + checkf(1 + (n + k) % 19, n, k);
    return wrong != 0;
}
