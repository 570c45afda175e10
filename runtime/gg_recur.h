/* gg_recur.h: along one row, out[i] = a[i] * out[i - 1] + b[i], and backwards its transpose.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_RECUR_H
#define GG_RECUR_H

#include "gg_math.h"

#define GG_RECUR(type, suffix)                                                                      \
    GG_INLINE void gg_recur##suffix(ptrdiff_t n, const type *a, const type *b, type *out)           \
    {                                                                                               \
        for (ptrdiff_t i = 0; i < n; ++i) out[i] = i ? a[i] * out[i - 1] + b[i] : b[i];             \
    }                                                                                               \
    GG_INLINE void gg_recur_back##suffix(ptrdiff_t n, const type *a, const type *b, type *out)      \
    {                                                                                               \
        for (ptrdiff_t i = n; i-- > 0;) out[i] = i + 1 < n ? a[i + 1] * out[i + 1] + b[i] : b[i];   \
    }

GG_RECUR(double, )
GG_RECUR(float, f)

#endif
