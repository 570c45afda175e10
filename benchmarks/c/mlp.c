/* MLP: the large products by BLAS's dgemm; biases, tanh and the softmax are fused into the passes between them, and the
 * two thin products with W2 (10 wide) go to gradgen's small kernels. The gradient shares tanh (its slope is 1 - h^2)
 * and the exponentials; X's own cotangent is not asked for, so only three large sweeps of two products remain.
 * Checked against NumPy by hand. */
#include "bench.h"
#include "gg_products.h"

USES("dgemm")
void bind_routines(void *const *routines) { gg_fortran_dgemm = routines[0]; }

/* W1 (pixels x units), W2 (units x classes), X (batch x pixels) */
#define SIZES const ptrdiff_t pixels = dims[0], units = dims[1], classes = dims[4], batch = dims[6]
ptrdiff_t work_size(const ptrdiff_t *dims) { return 8 * dims[6] * (2 * dims[1] + dims[4] + 8); }

static void hidden_layer(ptrdiff_t batch, ptrdiff_t pixels, ptrdiff_t units, const double *X, const double *W1,
                         const double *restrict b1, double *restrict hidden)
{
    gg_blas_gemm_nn(batch, units, pixels, X, W1, hidden);
    for (ptrdiff_t i = 0; i < batch; ++i)
        GG_SIMD
        for (ptrdiff_t j = 0; j < units; ++j)
            hidden[units * i + j] = gg_tanh(hidden[units * i + j] + b1[j]);
}

static void all_scores(ptrdiff_t batch, ptrdiff_t units, ptrdiff_t classes, const double *hidden, const double *W2,
                       const double *restrict b2, double *restrict scores)
{
    for (ptrdiff_t i = 0; i < batch; ++i)
        for (ptrdiff_t c = 0; c < classes; ++c)
            scores[classes * i + c] = b2[c];
    gg_gemm_add(batch, classes, units, hidden, units, W2, classes, scores, classes);
}

ENTRY(function)
{
    UNUSED;
    SIZES;
    const double *restrict Y = IN(5);
    double *restrict hidden = work, *restrict scores = hidden + batch * units;
    hidden_layer(batch, pixels, units, IN(4), IN(0), IN(1), hidden);
    all_scores(batch, units, classes, hidden, IN(2), IN(3), scores);
    double total = 0.0;
    for (ptrdiff_t i = 0; i < batch; ++i) {
        double sum = 0.0, chosen = 0.0;
        GG_SIMD_REDUCE(+ : sum, chosen)
        for (ptrdiff_t c = 0; c < classes; ++c) {
            sum += gg_exp(scores[classes * i + c]);
            chosen += Y[classes * i + c] * scores[classes * i + c];
        }
        total += gg_log(sum) - chosen;
    }
    *OUT(0) = total / (double)batch;
    return GG_OK;
}

/* The scores become their cotangents; returns the sum of the losses. */
static double cross_entropy(ptrdiff_t batch, ptrdiff_t classes, const double *restrict Y, double *restrict scores)
{
    double total = 0.0;
    for (ptrdiff_t i = 0; i < batch; ++i) {
        double *restrict s = scores + classes * i;
        const double *restrict y = Y + classes * i;
        double sum = 0.0, chosen = 0.0;
        GG_SIMD_REDUCE(+ : sum, chosen)
        for (ptrdiff_t c = 0; c < classes; ++c) {
            chosen += y[c] * s[c];
            s[c] = gg_exp(s[c]);
            sum += s[c];
        }
        total += gg_log(sum) - chosen;
        const double per = 1.0 / (double)batch, share = per / sum;
        GG_SIMD
        for (ptrdiff_t c = 0; c < classes; ++c)
            s[c] = share * s[c] - per * y[c];
    }
    return total;
}

static void zero(ptrdiff_t n, double *x)
{
    for (ptrdiff_t i = 0; i < n; ++i)
        x[i] = 0.0;
}

ENTRY(gradient)
{
    UNUSED;
    SIZES;
    double *restrict hidden = work, *restrict hidden_bar = hidden + batch * units;
    double *restrict scores = hidden_bar + batch * units;
    double *restrict b1_bar = OUT(2), *restrict b2_bar = OUT(4);
    hidden_layer(batch, pixels, units, IN(4), IN(0), IN(1), hidden);
    all_scores(batch, units, classes, hidden, IN(2), IN(3), scores);
    *OUT(0) = cross_entropy(batch, classes, IN(5), scores) / (double)batch;
    zero(units * classes, OUT(3));
    gg_gemm_tn_add(units, classes, batch, hidden, units, scores, classes, OUT(3), classes);
    zero(batch * units, hidden_bar);
    gg_gemm_nt_add(batch, units, classes, scores, classes, IN(2), classes, hidden_bar, units);
    zero(units, b1_bar);
    zero(classes, b2_bar);
    for (ptrdiff_t i = 0; i < batch; ++i) {
        GG_SIMD
        for (ptrdiff_t j = 0; j < units; ++j) {
            const double h = hidden[units * i + j];
            hidden_bar[units * i + j] *= 1.0 - h * h;
            b1_bar[j] += hidden_bar[units * i + j];
        }
        for (ptrdiff_t c = 0; c < classes; ++c)
            b2_bar[c] += scores[classes * i + c];
    }
    gg_blas_gemm_tn(pixels, units, batch, IN(4), hidden_bar, OUT(1));
    return GG_OK;
}
