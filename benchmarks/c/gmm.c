/* GMM. Samples go in blocks of 32, side by side in lanes, so that a block with all its y = Q (x - mean) stays in the
 * second-level cache between the two sweeps. Q is triangular, and so are the products: four rows at a time, as far as
 * the diagonal. In the adjoint sweep, with z = p y (p the share of the component in the sample),
 *     Q_bar = -sum z (x - mean)^T      a product per block and component, again triangular
 *     mean_bar = Q^T sum z             of the sum over all samples: one small product per component in the end
 *     alpha_bar = sum p - n softmax(alphas),     log-diagonal_bar = Q_bar_ii q_ii + sum p
 * so one sum of z and one of p are all that means, weights and determinants need. Checked against NumPy by hand. */
#include "bench.h"
#include "gg_products.h"

enum { LANES = 32 };

/* alphas (K), means (K x d), factors (K x P), x (n x d) */
#define SIZES const ptrdiff_t K = dims[1], d = dims[2], P = dims[4], n = dims[5]

/* Q, Q_bar, y of a block, sums of z and p, log-weights of a block, the block of x in lanes and its centred copies */
ptrdiff_t work_size(const ptrdiff_t *dims)
{
    SIZES;
    (void)P, (void)n;
    return 8 * (2 * K * d * d + K * d * LANES + K * d + 2 * K + K * LANES + 4 * d * LANES + 64);
}

static double log_sum_exp(ptrdiff_t K, const double *alphas)
{
    double top = alphas[0], sum = 0.0;
    for (ptrdiff_t k = 1; k < K; ++k)
        top = gg_maximum(top, alphas[k]);
    GG_SIMD_REDUCE(+ : sum)
    for (ptrdiff_t k = 0; k < K; ++k)
        sum += gg_exp(alphas[k] - top);
    return top + gg_log(sum);
}

/* Q of all components, the constants of their weights, and the prior; ADBench's gamma is 1 and its m is 0. */
static double factors_of(ptrdiff_t K, ptrdiff_t d, ptrdiff_t P, const double *alphas, const double *factors, double *Q,
                         double *offset)
{
    double squares = 0.0;
    for (ptrdiff_t k = 0; k < K; ++k) {
        const double *f = factors + P * k, *below = f + d;
        double *q = Q + d * d * k, log_det = 0.0;
        for (ptrdiff_t j = 0; j < d; ++j) {
            log_det += f[j];
            q[d * j + j] = gg_exp(f[j]);
            squares += q[d * j + j] * q[d * j + j];
            for (ptrdiff_t i = 0; i < j; ++i)
                q[d * i + j] = 0.0;
            for (ptrdiff_t i = j + 1; i < d; ++i, ++below) {
                q[d * i + j] = *below;
                squares += *below * *below;
            }
        }
        offset[k] = alphas[k] + log_det;
    }
    return 0.5 * squares;
}

/* -n d / 2 log(2 pi) - K ((d + 1) d (-1/2 log 2) - log multigamma((d + 1) / 2, d)) */
static double constant(ptrdiff_t K, ptrdiff_t d, ptrdiff_t n)
{
    double prior = -0.5 * GG_LN2 * (double)((d + 1) * d) - 0.25 * (double)(d * (d - 1)) * gg_log(GG_PI);
    for (ptrdiff_t j = 0; j < d; ++j)
        prior -= gg_lgamma(0.5 * (double)(d + 1 - j));
    return -0.5 * (double)(n * d) * gg_log(2.0 * GG_PI) - (double)K * prior;
}

/* A block of samples in lanes; lanes past the last sample repeat it. */
static void lanes_of(ptrdiff_t d, ptrdiff_t count, const double *x, double *restrict lanes)
{
    for (ptrdiff_t s = 0; s < LANES; ++s)
        for (ptrdiff_t j = 0; j < d; ++j)
            lanes[LANES * j + s] = x[d * (s < count ? s : count - 1) + j];
}

/* y = Q (x - mean) in lanes, and the weight of the component in each sample */
static void component(ptrdiff_t d, const double *mean, const double *Q, double offset, const double *restrict x,
                      double *restrict centred, double *restrict y, double *restrict weight)
{
    for (ptrdiff_t j = 0; j < d; ++j)
        GG_SIMD
        for (ptrdiff_t s = 0; s < LANES; ++s) {
            centred[LANES * j + s] = x[LANES * j + s] - mean[j];
            y[LANES * j + s] = 0.0;
        }
    for (ptrdiff_t i = 0; i < d; i += 4) {
        const ptrdiff_t rows = d - i < 4 ? d - i : 4;
        gg_gemm_add(rows, LANES, i + rows, Q + d * i, d, centred, LANES, y + LANES * i, LANES);
    }
    double squares[LANES] = {0.0};
    for (ptrdiff_t j = 0; j < d; ++j)
        GG_SIMD
        for (ptrdiff_t s = 0; s < LANES; ++s)
            squares[s] += y[LANES * j + s] * y[LANES * j + s];
    GG_SIMD
    for (ptrdiff_t s = 0; s < LANES; ++s)
        weight[s] = offset - 0.5 * squares[s];
}

/* The weights become shares; returns the sum of the logarithms of their sums over the samples that count. */
static double shares(ptrdiff_t K, ptrdiff_t count, double *restrict weight)
{
    double top[LANES], sum[LANES] = {0.0}, total = 0.0;
    for (ptrdiff_t s = 0; s < LANES; ++s)
        top[s] = weight[s];
    for (ptrdiff_t k = 1; k < K; ++k)
        GG_SIMD
        for (ptrdiff_t s = 0; s < LANES; ++s)
            top[s] = gg_maximum(top[s], weight[LANES * k + s]);
    for (ptrdiff_t k = 0; k < K; ++k)
        GG_SIMD
        for (ptrdiff_t s = 0; s < LANES; ++s) {
            weight[LANES * k + s] = gg_exp(weight[LANES * k + s] - top[s]);
            sum[s] += weight[LANES * k + s];
        }
    double logs[LANES];
    GG_SIMD
    for (ptrdiff_t s = 0; s < LANES; ++s)
        logs[s] = gg_log(sum[s]) + top[s];
    for (ptrdiff_t s = 0; s < count; ++s)
        total += logs[s];
    GG_SIMD
    for (ptrdiff_t s = 0; s < LANES; ++s)
        sum[s] = s < count ? 1.0 / sum[s] : 0.0;
    for (ptrdiff_t k = 0; k < K; ++k)
        GG_SIMD
        for (ptrdiff_t s = 0; s < LANES; ++s)
            weight[LANES * k + s] *= sum[s];
    return total;
}

ENTRY(function)
{
    UNUSED;
    SIZES;
    double *const Q = work, *const offset = Q + K * d * d, *const weight = offset + K, *const x = weight + K * LANES;
    double *const centred = x + d * LANES, *const y = centred + d * LANES;
    double total = constant(K, d, n) + factors_of(K, d, P, IN(0), IN(2), Q, offset) - (double)n * log_sum_exp(K, IN(0));
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        const ptrdiff_t count = n - i < LANES ? n - i : LANES;
        lanes_of(d, count, IN(3) + d * i, x);
        for (ptrdiff_t k = 0; k < K; ++k)
            component(d, IN(1) + d * k, Q + d * d * k, offset[k], x, centred, y, weight + LANES * k);
        total += shares(K, count, weight);
    }
    *OUT(0) = total;
    return GG_OK;
}

/* Adds a block's part to -Q_bar, and to the sums of z and of p. */
static void adjoint(ptrdiff_t d, ptrdiff_t count, const double *mean, const double *x, const double *restrict p,
                    double *restrict y, double *restrict centred, double *Q_bar, double *restrict z_sum, double *p_sum)
{
    double mass = 0.0;
    GG_SIMD_REDUCE(+ : mass)
    for (ptrdiff_t s = 0; s < LANES; ++s)
        mass += p[s];
    *p_sum += mass;
    for (ptrdiff_t i = 0; i < d; ++i) {
        double sum = 0.0;
        GG_SIMD_REDUCE(+ : sum)
        for (ptrdiff_t s = 0; s < LANES; ++s) {
            y[LANES * i + s] *= p[s];
            sum += y[LANES * i + s];
        }
        z_sum[i] += sum;
    }
    for (ptrdiff_t s = 0; s < count; ++s)
        GG_SIMD
        for (ptrdiff_t j = 0; j < d; ++j)
            centred[d * s + j] = x[d * s + j] - mean[j];
    for (ptrdiff_t i = 0; i < d; i += 4) {
        const ptrdiff_t rows = d - i < 4 ? d - i : 4;
        gg_gemm_add(rows, i + rows, count, y + LANES * i, LANES, centred, d, Q_bar + d * i, d);
    }
}

/* From the sums to the gradient of one component. */
static void finish(ptrdiff_t d, const double *Q, const double *Q_bar, const double *z_sum, double p_sum,
                   const double *below, double *mean_bar, double *factors_bar)
{
    double *below_bar = factors_bar + d;
    for (ptrdiff_t j = 0; j < d; ++j) {
        const double q = Q[d * j + j];
        double sum = 0.0;
        for (ptrdiff_t i = j; i < d; ++i)
            sum += z_sum[i] * Q[d * i + j];
        mean_bar[j] = sum;
        factors_bar[j] = q * q - Q_bar[d * j + j] * q + p_sum;
        for (ptrdiff_t i = j + 1; i < d; ++i)
            *below_bar++ = *below++ - Q_bar[d * i + j];
    }
}

ENTRY(gradient)
{
    UNUSED;
    SIZES;
    double *const Q = work, *const Q_bar = Q + K * d * d, *const z_sum = Q_bar + K * d * d, *const p_sum = z_sum + K * d;
    double *const offset = p_sum + K, *const weight = offset + K, *const x = weight + K * LANES;
    double *const centred = x + d * LANES, *const y = centred + d * LANES;
    const double normaliser = log_sum_exp(K, IN(0));
    double total = constant(K, d, n) + factors_of(K, d, P, IN(0), IN(2), Q, offset) - (double)n * normaliser;
    for (ptrdiff_t i = 0; i < K * (d * d + d + 1); ++i)
        Q_bar[i] = 0.0;
    for (ptrdiff_t i = 0; i < n; i += LANES) {
        const ptrdiff_t count = n - i < LANES ? n - i : LANES;
        lanes_of(d, count, IN(3) + d * i, x);
        for (ptrdiff_t k = 0; k < K; ++k)
            component(d, IN(1) + d * k, Q + d * d * k, offset[k], x, centred, y + d * LANES * k, weight + LANES * k);
        total += shares(K, count, weight);
        for (ptrdiff_t k = 0; k < K; ++k)
            adjoint(d, count, IN(1) + d * k, IN(3) + d * i, weight + LANES * k, y + d * LANES * k, centred,
                    Q_bar + d * d * k, z_sum + d * k, p_sum + k);
    }
    *OUT(0) = total;
    for (ptrdiff_t k = 0; k < K; ++k) {
        OUT(1)[k] = p_sum[k] - (double)n * gg_exp(IN(0)[k] - normaliser);
        finish(d, Q + d * d * k, Q_bar + d * d * k, z_sum + d * k, p_sum[k], IN(2) + P * k + d, OUT(2) + d * k,
               OUT(3) + P * k);
    }
    return GG_OK;
}
