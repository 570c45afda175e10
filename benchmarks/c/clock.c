/* clock.c: seconds for so many calls of an entry, without Python; built by itself, so that nothing is inlined. */
#include <stddef.h>
#include <time.h>

typedef int entry(void *const *arguments, void *const *results, const ptrdiff_t *dims, void *work);

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double seconds_for(long calls, entry *f, void *const *arguments, void *const *results, const ptrdiff_t *dims, void *work)
{
    const double start = now();
    for (long k = 0; k < calls; ++k)
        f(arguments, results, dims, work);
    return now() - start;
}
