/* Which instructions of x86-64 the processor and its system can run, 0, 1 (AVX2) or 2 (AVX-512).
 *
 * By cpuid itself: __builtin_cpu_supports answers no in what zig links.  The system must keep the wide
 * registers too, which xgetbv tells.
 *
 * SPDX-License-Identifier: 0BSD
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.  THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHORS DISCLAIM ALL WARRANTIES. */
#ifndef GG_VARIANT_H
#define GG_VARIANT_H

#if defined(__x86_64__)
#include <cpuid.h>

/* Bits of leaf 1's ecx: fma, popcnt, osxsave, avx; of leaf 7's ebx: bmi, avx2, bmi2; avx512 f, dq, cd, bw, vl. */
#define GG_LEAF_1 (1u << 12 | 1u << 23 | 1u << 27 | 1u << 28)
#define GG_LEAF_7_AVX2 (1u << 3 | 1u << 5 | 1u << 8)
#define GG_LEAF_7_AVX512 (1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31)
/* Registers that the system keeps: xmm and ymm; with them the masks and both halves of zmm. */
#define GG_YMM 0x06u
#define GG_ZMM 0xe6u

__attribute__((unused)) static int gg_find_variant(void)
{
    unsigned a, b, c, d, kept, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & GG_LEAF_1) != GG_LEAF_1)
        return 0;
    __asm__("xgetbv" : "=a"(kept), "=d"(high) : "c"(0));
    if ((kept & GG_YMM) != GG_YMM || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & GG_LEAF_7_AVX2) != GG_LEAF_7_AVX2)
        return 0;
    return (kept & GG_ZMM) == GG_ZMM && (b & GG_LEAF_7_AVX512) == GG_LEAF_7_AVX512 ? 2 : 1;
}
#endif

#endif
