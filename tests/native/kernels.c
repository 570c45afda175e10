/* Small entries written by hand in the form that gradgen generates. */
#include <stddef.h>
#include <string.h>

#define ENTRY(name) int name##_call(void *const *arguments, void *const *results, const ptrdiff_t *dims, void *work)
#define WORK_SIZE(name, bytes) ptrdiff_t name##_work_size(const ptrdiff_t *dims) { (void)dims; return (bytes); }
#define UNUSED (void)arguments, (void)results, (void)dims, (void)work

/* f64[n], f64[n] -> f64[n] */
ENTRY(add)
{
    const double *x = arguments[0], *y = arguments[1];
    double *sum = results[0];
    UNUSED;
    for (ptrdiff_t i = 0; i < dims[0]; ++i)
        sum[i] = x[i] + y[i];
    return 0;
}
WORK_SIZE(add, 0)

/* f64[2, 3] -> f64[3, 2], f64 */
ENTRY(transpose_sum)
{
    const double *x = arguments[0];
    double *y = results[0], *sum = results[1];
    UNUSED;
    *sum = 0.0;
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 3; ++j) {
            y[2 * j + i] = x[3 * i + j];
            *sum += x[3 * i + j];
        }
    return 0;
}
WORK_SIZE(transpose_sum, 0)

/* f64[n] -> f64[n-1] */
ENTRY(difference)
{
    const double *x = arguments[0];
    double *y = results[0];
    UNUSED;
    for (ptrdiff_t i = 0; i < dims[0] - 1; ++i)
        y[i] = x[i + 1] - x[i];
    return 0;
}
WORK_SIZE(difference, 0)

/* a number of 1, 4, 8 or 16 bytes, given back */
#define ECHO(size) ENTRY(echo##size) { UNUSED; memcpy(results[0], arguments[0], size); return 0; } WORK_SIZE(echo##size, 0)
ECHO(1)
ECHO(4)
ECHO(8)
ECHO(16)

/* i64 -> f64, with that status */
ENTRY(fail)
{
    UNUSED;
    return (int)*(const long long *)arguments[0];
}
WORK_SIZE(fail, 0)

/* f64[n] -> f64: sums x many times through the scratch, so that calls that shared one would disturb each other */
ENTRY(repeat)
{
    const double *x = arguments[0];
    double *scratch = work, sum = 0.0;
    UNUSED;
    if ((size_t)work % 64)
        return 5;
    for (int round = 0; round < 2000; ++round) {
        for (ptrdiff_t i = 0; i < dims[0]; ++i)
            scratch[i] = x[i] + round;
        for (ptrdiff_t i = 0; i < dims[0]; ++i)
            sum += scratch[i] - round;
    }
    *(double *)results[0] = sum / 2000.0;
    return 0;
}
WORK_SIZE(repeat, dims[0] * (ptrdiff_t)sizeof(double))

/* asks for more memory than there is */
ENTRY(greedy)
{
    UNUSED;
    return 0;
}
WORK_SIZE(greedy, -1)

/* f64[n], f64[n] -> f64, by BLAS */
static double (*dot)(const int *n, const double *x, const int *step_x, const double *y, const int *step_y);
void blas_dot_bind(void *const *functions) { memcpy(&dot, functions, sizeof dot); }
ENTRY(blas_dot)
{
    const int n = (int)dims[0], one = 1;
    UNUSED;
    *(double *)results[0] = dot(&n, arguments[0], &one, arguments[1], &one);
    return 0;
}
WORK_SIZE(blas_dot, 0)
