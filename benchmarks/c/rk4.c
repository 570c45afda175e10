/* Runge and Kutta's method for Lotka and Volterra's equations: a rolled loop with the state in registers. The adjoint
 * keeps the states before each step (16 bytes a step) and computes the four stages again, which is cheaper than keeping
 * them. Scalar code: each step waits for the one before. Checked against autograd and JAX, which run the same steps. */
#include "bench.h"

typedef struct { double x, y; } State;

ptrdiff_t work_size(const ptrdiff_t *dims) { return dims[2] * (ptrdiff_t)sizeof(State); }

GG_INLINE State field(const double *p, State s)
{
    const double met = s.x * s.y;
    return (State){p[0] * s.x - p[1] * met, p[2] * met - p[3] * s.y};
}

GG_INLINE State plus(State s, double h, State k) { return (State){s.x + h * k.x, s.y + h * k.y}; }

GG_INLINE State step(const double *p, State s, double h)
{
    const State k1 = field(p, s), k2 = field(p, plus(s, 0.5 * h, k1)), k3 = field(p, plus(s, 0.5 * h, k2));
    const State k4 = field(p, plus(s, h, k3));
    return plus(plus(plus(s, h / 6.0, k1), h / 3.0, plus(k2, 1.0, k3)), h / 6.0, k4);
}

/* The cotangent k of field(p, s) becomes one of s, which is returned, and adds to that of p. */
GG_INLINE State pull(const double *p, State s, State k, double *restrict p_bar)
{
    const double met = s.x * s.y, met_bar = p[2] * k.y - p[1] * k.x;
    p_bar[0] += k.x * s.x;
    p_bar[1] -= k.x * met;
    p_bar[2] += k.y * met;
    p_bar[3] -= k.y * s.y;
    return (State){p[0] * k.x + met_bar * s.y, met_bar * s.x - p[3] * k.y};
}

GG_INLINE State scaled(double a, State s) { return (State){a * s.x, a * s.y}; }

ENTRY(function)
{
    UNUSED;
    const double *p = IN(0), *h = IN(2);
    State s = {IN(1)[0], IN(1)[1]};
    for (ptrdiff_t k = 0; k < dims[2]; ++k)
        s = step(p, s, h[k]);
    *OUT(0) = s.x * s.x + s.y * s.y;
    return GG_OK;
}

/* p[0 .. 4) as locals: the compiler cannot know that the results do not overlap them. */
ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t steps = dims[2];
    const double p[4] = {IN(0)[0], IN(0)[1], IN(0)[2], IN(0)[3]}, *restrict lengths = IN(2);
    State *restrict before = work, s = {IN(1)[0], IN(1)[1]};
    for (ptrdiff_t k = 0; k < steps; ++k) {
        before[k] = s;
        s = step(p, s, lengths[k]);
    }
    *OUT(0) = s.x * s.x + s.y * s.y;
    double p_bar[4] = {0.0, 0.0, 0.0, 0.0};
    State bar = scaled(2.0, s);
    for (ptrdiff_t k = steps - 1; k >= 0; --k) {
        const double h = lengths[k];
        const State s1 = before[k], s2 = plus(s1, 0.5 * h, field(p, s1)), s3 = plus(s1, 0.5 * h, field(p, s2));
        const State s4 = plus(s1, h, field(p, s3));
        const State s4_bar = pull(p, s4, scaled(h / 6.0, bar), p_bar);
        const State s3_bar = pull(p, s3, plus(scaled(h / 3.0, bar), h, s4_bar), p_bar);
        const State s2_bar = pull(p, s2, plus(scaled(h / 3.0, bar), 0.5 * h, s3_bar), p_bar);
        const State s1_bar = pull(p, s1, plus(scaled(h / 6.0, bar), 0.5 * h, s2_bar), p_bar);
        bar = plus(plus(plus(plus(bar, 1.0, s4_bar), 1.0, s3_bar), 1.0, s2_bar), 1.0, s1_bar);
    }
    for (int j = 0; j < 4; ++j)
        OUT(1)[j] = p_bar[j];
    OUT(2)[0] = bar.x;
    OUT(2)[1] = bar.y;
    return GG_OK;
}
