/* sqrt(c) + cos(c), c = x^2 + exp(x^2): its slope shares exp and sqrt. Scalar libm, as no loop is there to vectorise;
 * checked against the formula on paper and by differences. */
#include "bench.h"

ENTRY(function)
{
    UNUSED;
    const double x = *IN(0), c = x * x + gg_exp(x * x);
    *OUT(0) = gg_sqrt(c) + gg_cos(c);
    return GG_OK;
}

ENTRY(gradient)
{
    UNUSED;
    const double x = *IN(0), e = gg_exp(x * x), c = x * x + e, root = gg_sqrt(c);
    double sine, cosine;
    __builtin_sincos(c, &sine, &cosine);
    *OUT(0) = root + cosine;
    *OUT(1) = 2.0 * x * (0.5 / root - sine) * (1.0 + e);
    return GG_OK;
}
