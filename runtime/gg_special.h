/* gg_special.h: special functions that libm lacks; scalar.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_SPECIAL_H
#define GG_SPECIAL_H

#include "gg_math.h"

/* ---- the inverse of the error function ----------------------------------------------------------- */
GG_INLINE double gg_ratio(const double *p, const double *q, double r)
{
    return (((((((p[7] * r + p[6]) * r + p[5]) * r + p[4]) * r + p[3]) * r + p[2]) * r + p[1]) * r + p[0]) /
           (((((((q[7] * r + q[6]) * r + q[5]) * r + q[4]) * r + q[3]) * r + q[2]) * r + q[1]) * r + q[0]);
}

/* From the quantile of the normal distribution (Wichura, Algorithm AS 241): near the middle a rational function
 * of x^2, outside one of the root of the logarithm of the distance to the end */
static inline __attribute__((unused)) double gg_erfinv(double x)
{
    static const double middle[2][8] = {
        {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
         4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3},
        {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
         2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3}};
    static const double outer[2][8] = {
        {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
         1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
        {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
         1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9}};
    static const double far[2][8] = {
        {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
         2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
        {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
         7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};
    const double root_half = 0.70710678118654752440, size = gg_fabs(x);
    if (size <= 0.85)
        return root_half * (0.5 * x) * gg_ratio(middle[0], middle[1], 0.180625 - 0.25 * x * x);
    if (!(size < 1.0))
        return size == 1.0 ? gg_copysign(GG_INF, x) : GG_NAN;
    const double r = gg_sqrt(-gg_log(0.5 * (1.0 - size)));
    const double quantile = r <= 5.0 ? gg_ratio(outer[0], outer[1], r - 1.6) : gg_ratio(far[0], far[1], r - 5.0);
    return gg_copysign(root_half * quantile, x);
}
static inline __attribute__((unused)) float gg_erfinvf(float x) { return (float)gg_erfinv(x); }

/* ---- derivatives of the logarithm of the gamma function ------------------------------------------ */
/* Horner's rule over c[count - 1] ... c[0] */
static inline double gg_polynomial(const double *c, int count, double x)
{
    double sum = c[count - 1];
    for (int k = count - 2; k >= 0; --k)
        sum = sum * x + c[k];
    return sum;
}

/* psi(x): reflected to x > 0, moved by the recurrence to [1, 2], where it is its root's factor times a polynomial
 * (Chebyshev's fit of degree 22 in 2 x - 3, computed in 60 digits, error 3e-18), or from 10 on its asymptotic
 * series; NaN at the negative integers, minus infinity at 0 */
static inline __attribute__((unused)) double gg_digamma(double x)
{
    static const double fit[] = {
        0.95105587603183287971, -0.21181371064073029989, 0.060135621060196745759, -0.018550615381735114366,
        0.0059367952783056488528, -0.0019350666648590097505, 0.00063688803032572004374, -0.00021074841140458636767,
        0.000069950188739505061824, -0.000023258242394452570673, 7.7412322235040566218e-6, -2.578094363053080202e-6,
        8.5891273530333797394e-7, -2.8631527584693402314e-7, 9.5420509726889069368e-8, -3.1630202689553338378e-8,
        1.0542687624027994328e-8, -3.7075072647122387859e-9, 1.2358072433984832127e-9, -2.7619635330317712883e-10,
        9.2064344991779915605e-11, -8.4981372301860961367e-11, 2.8327066680217587947e-11};
    /* the root in two parts, so that the distance from it is exact */
    const double root = 1.4616321449683622, rest = 9.549995429965697e-17;
    static const double series[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12};
    double sum = 0.0;
    if (x != x || x == GG_INF)
        return x;
    if (x == 0.0)
        return gg_copysign(GG_INF, -x);
    if (x < 0.0) {
        const double part = x - gg_trunc(x);
        if (part == 0.0 || x == -GG_INF)
            return GG_NAN;
        sum = -GG_PI / gg_tan(GG_PI * part);
        x = 1.0 - x;
    }
    if (x <= 10.0) {
        for (; x > 2.0; sum += 1.0 / x)
            x -= 1.0;
        for (; x < 1.0; x += 1.0)
            sum -= 1.0 / x;
        return sum + (x - root - rest) * gg_polynomial(fit, 23, 2.0 * x - 3.0);
    }
    const double square = 1.0 / (x * x);
    return sum + gg_log(x) - 0.5 / x - square * gg_polynomial(series, 7, square);
}
static inline __attribute__((unused)) float gg_digammaf(float x) { return (float)gg_digamma(x); }

/* The n-th derivative of psi, n a whole number: (-1)^(n+1) n! times the sum over k of (x + k)^-(n+1), whose
 * tail is Euler's and Maclaurin's */
static inline __attribute__((unused)) double gg_polygamma(double n, double x)
{
    static const double euler[] = {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160,
                                   -691.0 / 1307674368000, 1.0 / 74724249600};
    if (n == 0.0 || x != x)
        return gg_digamma(x);
    const double s = n + 1.0, factor = (gg_fmod(n, 2.0) == 0.0 ? -1.0 : 1.0) * gg_tgamma(s);
    if (x <= 0.0 && x == gg_floor(x))
        return factor * GG_INF;
    if (x == GG_INF)
        return factor * 0.0;
    double sum = 0.0;
    for (; x < 10.0 + n; x += 1.0)
        sum += gg_pow(x, -s);
    double power = gg_pow(x, -n), rising = s;
    sum += power / n;
    power /= x;
    sum += 0.5 * power;
    for (int k = 0; k < 7; ++k) {
        power /= x;
        sum += euler[k] * rising * power;
        power /= x;
        rising *= (s + 2 * k + 1) * (s + 2 * k + 2);
    }
    return factor * sum;
}
static inline __attribute__((unused)) float gg_polygammaf(float n, float x) { return (float)gg_polygamma(n, x); }

#endif
