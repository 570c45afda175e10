/* gg_special.h: special functions that libm lacks; scalar.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_SPECIAL_H
#define GG_SPECIAL_H

#include "gg_math.h"

/* ---- derivatives of the logarithm of the gamma function ------------------------------------------ */
/* Horner's rule over c[count - 1] ... c[0] */
static inline double gg_polynomial(const double *c, int count, double x)
{
    double sum = c[count - 1];
    for (int k = count - 2; k >= 0; --k)
        sum = sum * x + c[k];
    return sum;
}

/* psi(x): reflected to x > 0, moved by the recurrence to [1, 2], where it is a rational function about its
 * root, or from 10 on its asymptotic series; NaN at the negative integers, minus infinity at 0 */
static inline __attribute__((unused)) double gg_digamma(double x)
{
    static const double p[] = {0.25479851061131551, -0.32555031186804491, -0.65031853770896507,
                               -0.28919126444774784, -0.045251321448739056, -0.0020713321167745952};
    static const double q[] = {1.0, 2.0767117023730469, 1.4606242909763515, 0.43593529692665969,
                               0.054151797245674225, 0.0021284987017821144, -0.55789841321675513e-6};
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
        const double from_root = x - 1569415565.0 / 1073741824.0 - (381566830.0 / 1073741824.0) / 1073741824.0 -
                                 0.9016312093258695918615325266959189453125e-19;
        return sum + from_root * (0.99558162689208984 + gg_polynomial(p, 6, x - 1.0) / gg_polynomial(q, 7, x - 1.0));
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
