/* gg_selftest.h: whether results are those that were stored with a program, to rounding.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_SELFTEST_H
#define GG_SELFTEST_H

#include "gg_math.h"

/* No element is further off than `tolerance` of the largest one. */
#define GG_NEAR(name, type)                                                                          \
    static __attribute__((unused)) int name(ptrdiff_t count, const type *got, const type *expected,  \
                                            double tolerance)                                        \
    {                                                                                                \
        double largest = 0.0;                                                                        \
        for (ptrdiff_t i = 0; i < count; ++i) largest = gg_fmax(largest, gg_fabs((double)expected[i])); \
        for (ptrdiff_t i = 0; i < count; ++i)                                                        \
            if (!(gg_fabs((double)got[i] - (double)expected[i]) <= tolerance * largest)) return 0;   \
        return 1;                                                                                    \
    }

GG_NEAR(gg_near_f64, double)
GG_NEAR(gg_near_f32, float)
GG_NEAR(gg_near_i64, int64_t)
GG_NEAR(gg_near_i32, int32_t)
GG_NEAR(gg_near_bool, _Bool)

#endif
