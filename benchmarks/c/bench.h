/* bench.h: what the hand-written C has in common: how the benchmark calls it, and nothing to compute with.
 *
 * A file defines the entries `function` and `gradient`. Both are given pointers to the arguments and results of the
 * NumPy function, in order, and the extents of all arguments one after another; `work` has as many bytes as
 * `work_size` asks for. A file that calls BLAS or LAPACK names the routines with USES, in the order in which
 * its `bind_routines` takes them: they come from SciPy, as gradgen's do.
 */
#ifndef BENCH_H
#define BENCH_H

#include "gg_blas.h"

#define ENTRY(name) int name(void *const *arguments, void *const *results, const ptrdiff_t *dims, void *work)
#define WORK_SIZE(bytes) ptrdiff_t work_size(const ptrdiff_t *dims) { (void)dims; return (ptrdiff_t)(bytes); }
#define USES(...) const char *const externals[] = {__VA_ARGS__, 0};

#define IN(k) ((const double *)arguments[k])
#define OUT(k) ((double *)results[k])
#define UNUSED ((void)arguments, (void)results, (void)dims, (void)work)

#endif
