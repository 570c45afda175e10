/* Every kernel on operands allocated to the last byte, to be run under -fsanitize=address,undefined. */
#include "gg_products.h"

#include <stdlib.h>

#define CHECK(real, f)                                                  \
    static real *filled##f(ptrdiff_t n)                                 \
    {                                                                   \
        real *p = malloc((size_t)n * sizeof *p);                        \
        for (ptrdiff_t i = 0; i < n; ++i)                               \
            p[i] = 1;                                                   \
        return p;                                                       \
    }                                                                   \
    static int check##f(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k)          \
    {                                                                   \
        real *A = filled##f(m * k), *B = filled##f(k * n), *C = filled##f(m * n); \
        real *x = filled##f(k), *y = filled##f(m);                      \
        gg_gemm_tn##f(m, n, k, A, m, B, n, C, n);                       \
        gg_gemm_nt##f(m, n, k, A, k, B, k, C, n);                       \
        gg_gemm##f(m, n, k, A, k, B, n, C, n);                          \
        gg_gemm_add##f(m, n, k, A, k, B, n, C, n);                      \
        gg_gemm_tn_add##f(m, n, k, A, m, B, n, C, n);                   \
        gg_gemm_nt_add##f(m, n, k, A, k, B, k, C, n);                   \
        gg_gemv##f(m, k, A, k, x, y);                                   \
        gg_gemv_t_add##f(m, k, A, k, y, x);                             \
        gg_axpy##f(k, 1, A, x);                                         \
        const int wrong = C[m * n - 1] != (real)(4 * k) || y[m - 1] != (real)k \
                          || gg_dot##f(k, A, x) != (real)(k * (2 + m * k)); \
        free(A), free(B), free(C), free(x), free(y);                    \
        return wrong;                                                   \
    }
CHECK(double, )
CHECK(float, f)

int main(void)
{
    int wrong = 0;
    for (ptrdiff_t m = 1; m < 10; ++m)
        for (ptrdiff_t n = 1; n < 36; n += 1 + n / 9)
            for (ptrdiff_t k = 1; k < 70; k += 1 + k / 5)
                wrong += check(m, n, k) + checkf(m, n, k);
    return wrong != 0;
}
