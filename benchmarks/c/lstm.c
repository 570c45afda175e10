/* LSTM. All gates are elementwise, 14 wide: a layer's four gates are one row of 56 and two runs of exp and tanh in lanes.
 * Forward, each step and layer keeps what the adjoint needs: its input, the gates, the states before and after and
 * tanh of the state. Backward, the cotangents of hidden and state stay in small arrays from step to step, and those of the
 * parameters are summed in place. Checked against autograd and JAX. */
#include "bench.h"

enum { B = 14, W = 16, LAYERS = 2 };

/* Of one layer at one step: rows are padded to whole vectors, and the padding is computed too, on zeros. */
typedef struct {
    double x[W], hidden[W], state[W], forget[W], ingate[W], outgate[W], change[W], tanh_state[W];
} Kept;
typedef struct {
    double forget[W], ingate[W], outgate[W], change[W];
} Gates;

ptrdiff_t work_size(const ptrdiff_t *dims)
{
    return dims[7] * (LAYERS * (ptrdiff_t)sizeof(Kept) + 2 * W * (ptrdiff_t)sizeof(double));
}

#define LANES for (int j = 0; j < W; ++j)

static void row(const double *from, double *restrict to)
{
    LANES to[j] = j < B ? from[j] : 0.0;
}

static void rows_of(const double *from, Gates *restrict to)
{
    row(from, to->forget);
    row(from + B, to->ingate);
    row(from + 2 * B, to->outgate);
    row(from + 3 * B, to->change);
}

/* In and out: hidden becomes the layer's output, state the next. */
static void cell(const Gates *restrict w, const Gates *restrict b, const double *restrict x, double *restrict hidden,
                 double *restrict state, Kept *restrict k)
{
    GG_SIMD
    LANES {
        k->x[j] = x[j];
        k->hidden[j] = hidden[j];
        k->state[j] = state[j];
        const double forget = 1.0 / (1.0 + gg_exp(-(x[j] * w->forget[j] + b->forget[j])));
        const double ingate = 1.0 / (1.0 + gg_exp(-(hidden[j] * w->ingate[j] + b->ingate[j])));
        const double outgate = 1.0 / (1.0 + gg_exp(-(x[j] * w->outgate[j] + b->outgate[j])));
        const double change = gg_tanh(hidden[j] * w->change[j] + b->change[j]);
        const double next = state[j] * forget + ingate * change, tanh_state = gg_tanh(next);
        k->forget[j] = forget;
        k->ingate[j] = ingate;
        k->outgate[j] = outgate;
        k->change[j] = change;
        k->tanh_state[j] = tanh_state;
        state[j] = next;
        hidden[j] = outgate * tanh_state;
    }
}

/* One step: what it says of the next character; `y` becomes exp(y), `scale` 1 / (2 + their sum). */
static double step(const Gates *w, const Gates *b, double (*extra)[W], const double *text, const double *gold,
                   double (*hidden)[W], double (*state)[W], Kept *kept, double *restrict y, double *restrict scale)
{
    double x[W], sum = 0.0, score = 0.0, golden = 0.0;
    row(text, x);
    LANES x[j] *= extra[0][j];
    for (int l = 0; l < LAYERS; ++l) {
        cell(w + l, b + l, l ? hidden[l - 1] : x, hidden[l], state[l], kept + l);
    }
    double e[W];
    GG_SIMD
    LANES {
        y[j] = hidden[LAYERS - 1][j] * extra[1][j] + extra[2][j];
        e[j] = gg_exp(y[j]);
    }
    for (int j = 0; j < B; ++j) {
        sum += e[j];
        golden += gold[j];
        score += gold[j] * y[j];
    }
    LANES y[j] = e[j];
    *scale = golden / (sum + 2.0);
    return score - golden * gg_log(sum + 2.0);
}

static void unpack(const double *main, const double *extra, const double *start, Gates *w, Gates *b, double (*e)[W],
                   double (*hidden)[W], double (*state)[W])
{
    for (int l = 0; l < LAYERS; ++l) {
        rows_of(main + 4 * B * (2 * l), w + l);
        rows_of(main + 4 * B * (2 * l + 1), b + l);
        row(start + B * (2 * l), hidden[l]);
        row(start + B * (2 * l + 1), state[l]);
    }
    for (int i = 0; i < 3; ++i)
        row(extra + B * i, e[i]);
}

ENTRY(function)
{
    UNUSED;
    Gates w[LAYERS], b[LAYERS];
    Kept kept[LAYERS];
    double extra[3][W], hidden[LAYERS][W], state[LAYERS][W], y[W], scale, total = 0.0;
    const ptrdiff_t steps = dims[7] - 1;
    unpack(IN(0), IN(1), IN(2), w, b, extra, hidden, state);
    for (ptrdiff_t t = 0; t < steps; ++t)
        total += step(w, b, extra, IN(3) + B * t, IN(3) + B * (t + 1), hidden, state, kept, y, &scale);
    *OUT(0) = -total / (double)(steps * B);
    return GG_OK;
}

/* From the cotangents of a layer's output (h) and next state (c) to those of its input x, hidden and state before. */
static void pull(const Gates *restrict w, const Kept *restrict k, const double *restrict h_bar, double *restrict c_bar,
                 double *restrict x_bar, double *restrict hidden_bar, Gates *restrict w_bar, Gates *restrict b_bar)
{
    GG_SIMD
    LANES {
        const double o = k->outgate[j], f = k->forget[j], i = k->ingate[j], g = k->change[j], th = k->tanh_state[j];
        const double c = c_bar[j] + h_bar[j] * o * (1.0 - th * th);
        const double o_bar = h_bar[j] * th * o * (1.0 - o), f_bar = c * k->state[j] * f * (1.0 - f);
        const double i_bar = c * g * i * (1.0 - i), g_bar = c * i * (1.0 - g * g);
        c_bar[j] = c * f;
        x_bar[j] = f_bar * w->forget[j] + o_bar * w->outgate[j];
        hidden_bar[j] = i_bar * w->ingate[j] + g_bar * w->change[j];
        w_bar->forget[j] += f_bar * k->x[j];
        w_bar->ingate[j] += i_bar * k->hidden[j];
        w_bar->outgate[j] += o_bar * k->x[j];
        w_bar->change[j] += g_bar * k->hidden[j];
        b_bar->forget[j] += f_bar;
        b_bar->ingate[j] += i_bar;
        b_bar->outgate[j] += o_bar;
        b_bar->change[j] += g_bar;
    }
}

static void put(const Gates *from, double *to)
{
    for (int j = 0; j < B; ++j) {
        to[j] = from->forget[j];
        to[B + j] = from->ingate[j];
        to[2 * B + j] = from->outgate[j];
        to[3 * B + j] = from->change[j];
    }
}

ENTRY(gradient)
{
    UNUSED;
    const ptrdiff_t steps = dims[7] - 1;
    const double per = -1.0 / (double)(steps * B), *text = IN(3);
    Gates w[LAYERS], b[LAYERS], w_bar[LAYERS] = {0}, b_bar[LAYERS] = {0};
    double extra[3][W], extra_bar[3][W] = {{0.0}}, hidden[LAYERS][W], state[LAYERS][W], total = 0.0;
    double hidden_bar[LAYERS][W] = {{0.0}}, c_bar[LAYERS][W] = {{0.0}};
    Kept *const kept = work;
    double(*const exps)[W] = (void *)(kept + LAYERS * steps), *const scales = exps[steps];
    unpack(IN(0), IN(1), IN(2), w, b, extra, hidden, state);
    for (ptrdiff_t t = 0; t < steps; ++t)
        total += step(w, b, extra, text + B * t, text + B * (t + 1), hidden, state, kept + LAYERS * t, exps[t], scales + t);
    *OUT(0) = per * total;
    for (ptrdiff_t t = steps - 1; t >= 0; --t) {
        const Kept *last = kept + LAYERS * t + LAYERS - 1;
        double gold[W], x[W], h_bar[W], x_bar[W];
        row(text + B * (t + 1), gold);
        row(text + B * t, x);
        GG_SIMD
        LANES {
            const double y_bar = per * (gold[j] - scales[t] * exps[t][j]);
            extra_bar[1][j] += y_bar * last->outgate[j] * last->tanh_state[j];
            extra_bar[2][j] += y_bar;
            h_bar[j] = y_bar * extra[1][j] + hidden_bar[LAYERS - 1][j];
        }
        for (int l = LAYERS - 1; l >= 0; --l) {
            pull(w + l, kept + LAYERS * t + l, h_bar, c_bar[l], x_bar, hidden_bar[l], w_bar + l, b_bar + l);
            if (l)
                LANES h_bar[j] = x_bar[j] + hidden_bar[l - 1][j];
        }
        LANES extra_bar[0][j] += x_bar[j] * x[j];
    }
    for (int l = 0; l < LAYERS; ++l) {
        put(w_bar + l, OUT(1) + 4 * B * (2 * l));
        put(b_bar + l, OUT(1) + 4 * B * (2 * l + 1));
    }
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < B; ++j)
            OUT(2)[B * i + j] = extra_bar[i][j];
    return GG_OK;
}
