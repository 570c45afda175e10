/* gg_math.h: the mathematics that generated code calls; see also gg_products.h.
 *
 * Every function has NumPy's meaning, a float64 form and a float32 form with the suffix f.  They are
 * free of branches where that is possible, so that loops which contain them still vectorise.
 * No system header is included: parsing math.h costs more than compiling a small kernel.
 *
 * With -DGG_LIBMVEC (glibc >= 2.35 on x86-64, gcc) loops call glibc's vector functions; the loop must
 * carry GG_SIMD and the compiler be given -fopenmp-simd -fno-math-errno -fno-trapping-math.
 * Never link with -ffast-math: it turns denormal numbers off in the whole process.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_MATH_H
#define GG_MATH_H

typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __INT64_TYPE__ int64_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT8_TYPE__ int8_t;

#include "gg_status.h"


#define GG_INF __builtin_inf()
#define GG_INFF __builtin_inff()
#define GG_NAN __builtin_nan("")
#define GG_PI 3.14159265358979323846
#define GG_LN2 0.69314718055994530942
#define GG_LOG2E 1.4426950408889634074

/* `always_inline`: a call left standing in a loop would keep it from vectorising. */
#define GG_INLINE static inline __attribute__((unused, always_inline))

/* A size in bytes, rounded up so that what follows is aligned as vectors like it. */
GG_INLINE ptrdiff_t gg_aligned(ptrdiff_t bytes) { return bytes > 0 ? (bytes + 63) / 64 * 64 : 0; }

/* A stretch of a long function; inlined again it would be as slow to compile as the whole. */
#define GG_APART __attribute__((noinline))

/* Before a loop: its iterations may run in lanes.  A compiler that cannot do it must not complain. */
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wpass-failed"
#endif
#define GG_PRAGMA(...) _Pragma(#__VA_ARGS__)
#define GG_SIMD GG_PRAGMA(omp simd)
#define GG_SIMD_REDUCE(...) GG_PRAGMA(omp simd reduction(__VA_ARGS__))

/* A stride that the compiler is not to know.  In a loop in lanes gcc takes x[5*i] and x[5*i + 1] for parts of one
 * group, does not know how to load groups of five, and gives the lanes up; what it cannot see is close together it
 * loads one by one. */
GG_INLINE ptrdiff_t gg_hidden(ptrdiff_t n)
{
    __asm__("" : "+r"(n));
    return n;
}

/* x[i] as NumPy reads it: a negative index counts from the end, one out of range is told and reads x[0]. */
GG_INLINE ptrdiff_t gg_at(ptrdiff_t i, ptrdiff_t n, int *status)
{
    i = i < 0 ? i + n : i;
    if (i < 0 || i >= n) {
        *status = GG_INDEX;
        return 0;
    }
    return i;
}

/* ---- libm -------------------------------------------------------------------------------------
 * Prototypes of our own under names of our own, bound to libm's symbols: `gg_sin` is the symbol sin,
 * yet the compiler does not know it as sin, and so does not merge sin and cos into a scalar sincos. */
#define GG_TEXT_(x) #x
#define GG_TEXT(x) GG_TEXT_(x)
#define GG_SYMBOL(name) __asm__(GG_TEXT(__USER_LABEL_PREFIX__) #name)

#if defined(GG_LIBMVEC) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define GG_LANES __attribute__((const, simd("notinbranch")))
#else
#define GG_LANES __attribute__((const))
#endif
#define GG_SCALAR __attribute__((const))

#define GG_UNARY(kind, name)                                   \
    extern kind double gg_##name(double x) GG_SYMBOL(name);    \
    extern kind float gg_##name##f(float x) GG_SYMBOL(name##f);
#define GG_BINARY(kind, name)                                            \
    extern kind double gg_##name(double x, double y) GG_SYMBOL(name);    \
    extern kind float gg_##name##f(float x, float y) GG_SYMBOL(name##f);

GG_UNARY(GG_LANES, exp)
GG_UNARY(GG_LANES, exp2)
GG_UNARY(GG_LANES, expm1)
GG_UNARY(GG_LANES, log)
GG_UNARY(GG_LANES, log2)
GG_UNARY(GG_LANES, log10)
GG_UNARY(GG_LANES, log1p)
GG_UNARY(GG_LANES, sin)
GG_UNARY(GG_LANES, cos)
GG_UNARY(GG_LANES, tan)
GG_UNARY(GG_LANES, asin)
GG_UNARY(GG_LANES, acos)
GG_UNARY(GG_LANES, atan)
GG_UNARY(GG_LANES, sinh)
GG_UNARY(GG_LANES, cosh)
GG_UNARY(GG_LANES, tanh)
GG_UNARY(GG_LANES, asinh)
GG_UNARY(GG_LANES, acosh)
GG_UNARY(GG_LANES, atanh)
GG_UNARY(GG_LANES, cbrt)
GG_UNARY(GG_LANES, erf)
GG_UNARY(GG_LANES, erfc)
GG_UNARY(GG_SCALAR, lgamma)
GG_UNARY(GG_SCALAR, tgamma)
GG_BINARY(GG_LANES, pow)
GG_BINARY(GG_LANES, atan2)
GG_BINARY(GG_LANES, hypot)
GG_BINARY(GG_SCALAR, fmod)
GG_BINARY(GG_SCALAR, nextafter)

#define gg_power(x, y) gg_pow(x, y)
#define gg_powerf(x, y) gg_powf(x, y)

/* ---- one instruction each ---------------------------------------------------------------------- */
#define gg_sqrt(x) __builtin_sqrt(x)
#define gg_fabs(x) __builtin_fabs(x)
#define gg_absolute(x) __builtin_fabs(x)
#define gg_floor(x) __builtin_floor(x)
#define gg_ceil(x) __builtin_ceil(x)
#define gg_trunc(x) __builtin_trunc(x)
#define gg_rint(x) __builtin_rint(x)
#define gg_copysign(x, y) __builtin_copysign(x, y)
#define gg_sqrtf(x) __builtin_sqrtf(x)
#define gg_fabsf(x) __builtin_fabsf(x)
#define gg_absolutef(x) __builtin_fabsf(x)
#define gg_floorf(x) __builtin_floorf(x)
#define gg_ceilf(x) __builtin_ceilf(x)
#define gg_truncf(x) __builtin_truncf(x)
#define gg_rintf(x) __builtin_rintf(x)
#define gg_copysignf(x, y) __builtin_copysignf(x, y)

GG_INLINE int gg_isnan(double x) { return x != x; }
GG_INLINE int gg_isnanf(float x) { return x != x; }
GG_INLINE int gg_isinf(double x) { return gg_fabs(x) == GG_INF; }
GG_INLINE int gg_isinff(float x) { return gg_fabsf(x) == GG_INFF; }
GG_INLINE int gg_isfinite(double x) { return gg_fabs(x) < GG_INF; }
GG_INLINE int gg_isfinitef(float x) { return gg_fabsf(x) < GG_INFF; }
GG_INLINE int gg_signbit(double x) { return gg_copysign(1.0, x) < 0.0; }
GG_INLINE int gg_signbitf(float x) { return gg_copysignf(1.0f, x) < 0.0f; }

/* ---- choosing ---------------------------------------------------------------------------------- */
/* np.maximum, np.minimum: NaN if either is NaN */
GG_INLINE double gg_maximum(double x, double y) { return x >= y || x != x ? x : y; }
GG_INLINE float gg_maximumf(float x, float y) { return x >= y || x != x ? x : y; }
GG_INLINE double gg_minimum(double x, double y) { return x <= y || x != x ? x : y; }
GG_INLINE float gg_minimumf(float x, float y) { return x <= y || x != x ? x : y; }

/* np.fmax, np.fmin: the other one if one is NaN */
GG_INLINE double gg_fmax(double x, double y) { return x >= y || y != y ? x : y; }
GG_INLINE float gg_fmaxf(float x, float y) { return x >= y || y != y ? x : y; }
GG_INLINE double gg_fmin(double x, double y) { return x <= y || y != y ? x : y; }
GG_INLINE float gg_fminf(float x, float y) { return x <= y || y != y ? x : y; }

/* np.sign: +0 at both zeros, NaN at NaN */
GG_INLINE double gg_sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x + 0.0; }
GG_INLINE float gg_signf(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x + 0.0f; }

/* np.heaviside: y at both zeros, NaN at NaN */
GG_INLINE double gg_heaviside(double x, double y) { return x > 0.0 ? 1.0 : x < 0.0 ? 0.0 : x == 0.0 ? y : x; }
GG_INLINE float gg_heavisidef(float x, float y) { return x > 0.0f ? 1.0f : x < 0.0f ? 0.0f : x == 0.0f ? y : x; }

/* ---- exp and log without overflow or cancellation ---------------------------------------------- */
/* 1 / (1 + exp(-x)) */
GG_INLINE double gg_expit(double x)
{
    const double e = gg_exp(-gg_fabs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}
GG_INLINE float gg_expitf(float x)
{
    const float e = gg_expf(-gg_fabsf(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/* log(1 + exp(x)) */
GG_INLINE double gg_log1pexp(double x) { return gg_maximum(x, 0.0) + gg_log1p(gg_exp(-gg_fabs(x))); }
GG_INLINE float gg_log1pexpf(float x) { return gg_maximumf(x, 0.0f) + gg_log1pf(gg_expf(-gg_fabsf(x))); }

/* log(expit(x)) */
GG_INLINE double gg_log_expit(double x) { return gg_minimum(x, 0.0) - gg_log1p(gg_exp(-gg_fabs(x))); }
GG_INLINE float gg_log_expitf(float x) { return gg_minimumf(x, 0.0f) - gg_log1pf(gg_expf(-gg_fabsf(x))); }

/* log(x / (1 - x)) = log(odds): log is exact about odds = 0, log1p about odds = 1; they meet at 1/3 */
GG_INLINE double gg_logit(double x)
{
    const double odds = x / (1.0 - x), odds_less_1 = (2.0 * x - 1.0) / (1.0 - x);
    return gg_log(3.0 * gg_minimum(odds, 1.0 / 3.0)) + gg_log1p(gg_maximum(odds_less_1, -2.0 / 3.0));
}
GG_INLINE float gg_logitf(float x)
{
    const float odds = x / (1.0f - x), odds_less_1 = (2.0f * x - 1.0f) / (1.0f - x);
    return gg_logf(3.0f * gg_minimumf(odds, 1.0f / 3.0f)) + gg_log1pf(gg_maximumf(odds_less_1, -2.0f / 3.0f));
}

/* log(exp(x) + exp(y)); x == y stands apart because inf - inf is NaN */
GG_INLINE double gg_logaddexp(double x, double y)
{
    const double tail = gg_log1p(gg_exp(-gg_fabs(x - y)));
    return gg_maximum(x, y) + (x == y ? GG_LN2 : tail);
}
GG_INLINE float gg_logaddexpf(float x, float y)
{
    const float tail = gg_log1pf(gg_expf(-gg_fabsf(x - y)));
    return gg_maximumf(x, y) + (x == y ? (float)GG_LN2 : tail);
}

/* log2(2**x + 2**y) */
GG_INLINE double gg_logaddexp2(double x, double y)
{
    const double tail = GG_LOG2E * gg_log1p(gg_exp2(-gg_fabs(x - y)));
    return gg_maximum(x, y) + (x == y ? 1.0 : tail);
}
GG_INLINE float gg_logaddexp2f(float x, float y)
{
    const float tail = (float)GG_LOG2E * gg_log1pf(gg_exp2f(-gg_fabsf(x - y)));
    return gg_maximumf(x, y) + (x == y ? 1.0f : tail);
}

/* x log(y) and x log1p(y), which are 0 at x = 0 unless y is NaN: there the logarithm is taken of 1 */
GG_INLINE double gg_xlogy(double x, double y) { return x * gg_log(x == 0.0 && y == y ? 1.0 : y); }
GG_INLINE float gg_xlogyf(float x, float y) { return x * gg_logf(x == 0.0f && y == y ? 1.0f : y); }
GG_INLINE double gg_xlog1py(double x, double y) { return x * gg_log1p(x == 0.0 && y == y ? 0.0 : y); }
GG_INLINE float gg_xlog1pyf(float x, float y) { return x * gg_log1pf(x == 0.0f && y == y ? 0.0f : y); }

/* np.sinc: sin(pi x) / (pi x), 1 at 0 */
GG_INLINE double gg_sinc(double x)
{
    const double angle = GG_PI * (x == 0.0 ? 1e-20 : x);
    return gg_sin(angle) / angle;
}
GG_INLINE float gg_sincf(float x)
{
    const float angle = (float)GG_PI * (x == 0.0f ? 1e-20f : x);
    return gg_sinf(angle) / angle;
}

/* ---- division with remainder: the remainder has the divisor's sign ------------------------------ */
GG_INLINE double gg_mod(double x, double y)
{
    const double r = gg_fmod(x, y);
    const double shifted = (y < 0.0) != (r < 0.0) ? r + y : r;
    return r == 0.0 && y != 0.0 ? gg_copysign(0.0, y) : y == 0.0 ? r : shifted;
}
GG_INLINE float gg_modf(float x, float y)
{
    const float r = gg_fmodf(x, y);
    const float shifted = (y < 0.0f) != (r < 0.0f) ? r + y : r;
    return r == 0.0f && y != 0.0f ? gg_copysignf(0.0f, y) : y == 0.0f ? r : shifted;
}

/* x - r is very nearly a multiple of y: its quotient is rounded to the nearest integer, not down */
GG_INLINE double gg_floor_divide(double x, double y)
{
    const double r = gg_fmod(x, y);
    const double q = (x - r) / y - (r != 0.0 && ((y < 0.0) != (r < 0.0)) ? 1.0 : 0.0);
    const double whole = gg_floor(q);
    const double nearest = q - whole > 0.5 ? whole + 1.0 : whole;
    return y == 0.0 ? x / y : q == 0.0 ? gg_copysign(0.0, x / y) : nearest;
}
GG_INLINE float gg_floor_dividef(float x, float y)
{
    const float r = gg_fmodf(x, y);
    const float q = (x - r) / y - (r != 0.0f && ((y < 0.0f) != (r < 0.0f)) ? 1.0f : 0.0f);
    const float whole = gg_floorf(q);
    const float nearest = q - whole > 0.5f ? whole + 1.0f : whole;
    return y == 0.0f ? x / y : q == 0.0f ? gg_copysignf(0.0f, x / y) : nearest;
}

/* ---- integers: overflow wraps, division by zero is 0, as in NumPy -------------------------------- */
#define GG_INTEGERS(type, unsigned_type, suffix)                                                     \
    GG_INLINE type gg_floor_divide_##suffix(type x, type y)                                          \
    {                                                                                                \
        if (y == 0)                                                                                  \
            return 0;                                                                                \
        if (y == -1)                                                                                 \
            return (type)(0 - (unsigned_type)x); /* the smallest / -1 would trap */                  \
        return x / y - (x % y != 0 && (x < 0) != (y < 0));                                           \
    }                                                                                                \
    GG_INLINE type gg_fmod_##suffix(type x, type y) { return y == 0 || y == -1 ? 0 : x % y; }        \
    GG_INLINE type gg_mod_##suffix(type x, type y)                                                   \
    {                                                                                                \
        const type r = gg_fmod_##suffix(x, y);                                                       \
        return r != 0 && (r < 0) != (y < 0) ? r + y : r;                                             \
    }                                                                                                \
    /* a negative exponent gives the truncated reciprocal: NumPy refuses it before we are called */  \
    GG_INLINE type gg_power_##suffix(type x, type y)                                                 \
    {                                                                                                \
        if (y < 0)                                                                                   \
            return x == 1 || (x == -1 && y % 2 == 0) ? 1 : x == -1 ? -1 : 0;                         \
        unsigned_type result = 1, square = (unsigned_type)x;                                         \
        for (; y > 0; y >>= 1, square *= square)                                                     \
            if (y & 1)                                                                               \
                result *= square;                                                                    \
        return (type)result;                                                                         \
    }                                                                                                \
    GG_INLINE type gg_absolute_##suffix(type x) { return x < 0 ? (type)(0 - (unsigned_type)x) : x; } \
    GG_INLINE type gg_sign_##suffix(type x) { return (type)((x > 0) - (x < 0)); }                    \
    GG_INLINE type gg_maximum_##suffix(type x, type y) { return x > y ? x : y; }                     \
    GG_INLINE type gg_minimum_##suffix(type x, type y) { return x < y ? x : y; }

GG_INTEGERS(int64_t, __UINT64_TYPE__, i64)
GG_INTEGERS(int32_t, __UINT32_TYPE__, i32)

/* ---- reductions in lanes: GG_SIMD_REDUCE(gg_maximum : m), whatever the type of m --------------- */
#define GG_REDUCTION(name, type, function, neutral) \
    GG_PRAGMA(omp declare reduction(name : type : omp_out = function(omp_out, omp_in)) initializer(omp_priv = neutral))

GG_REDUCTION(gg_maximum, double, gg_maximum, -GG_INF)
GG_REDUCTION(gg_maximum, float, gg_maximumf, -GG_INFF)
GG_REDUCTION(gg_maximum, int64_t, gg_maximum_i64, -__INT64_MAX__ - 1)
GG_REDUCTION(gg_maximum, int32_t, gg_maximum_i32, -__INT32_MAX__ - 1)
GG_REDUCTION(gg_minimum, double, gg_minimum, GG_INF)
GG_REDUCTION(gg_minimum, float, gg_minimumf, GG_INFF)
GG_REDUCTION(gg_minimum, int64_t, gg_minimum_i64, __INT64_MAX__)
GG_REDUCTION(gg_minimum, int32_t, gg_minimum_i32, __INT32_MAX__)

#endif
