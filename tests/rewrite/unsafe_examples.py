"""Examples of the stable forms and of the relaxed rules; both are for positive or moderate numbers."""

from __future__ import annotations

from gradgen.ops import OPS, Value, lift
from tests.rewrite.vocabulary import (
    Build,
    absolute,
    broadcast,
    exp,
    expit,
    log,
    log1p,
    logaddexp,
    power,
    sqrt,
    sum_,
    where,
)  # fmt: skip


def guarded_root(x: Value) -> Value:
    zero = OPS["equal"](x, lift(0.0, x))
    return where(zero, lift(0.0, x), sqrt(where(zero, lift(1.0, x), x)))


STABLE: dict[str, Build] = {
    "(1 - exp(-x)) / (1 + exp(-x)) -> tanh(x / 2)": lambda v: (1.0 - exp(-v)) / (1.0 + exp(-v)),
    "(exp(x) - 1) / (exp(x) + 1) -> tanh(x / 2)": lambda v: (exp(v) - 1.0) / (exp(v) + 1.0),
    "(exp(x) - exp(-x)) / (exp(x) + exp(-x)) -> tanh(x)": lambda v: (exp(v) - exp(-v)) / (exp(v) + exp(-v)),
    "exp(x) / (exp(x) + exp(y)) -> expit(x - y)": lambda v, w: exp(v) / (exp(w) + exp(v)),
    "log(exp(x)) -> x": lambda v: log(exp(v)),
    "log(exp(x) / sum(exp(x))) -> x - log(sum(exp(x)))": lambda m: log(
        exp(m) / broadcast(sum_(exp(m), 1), 3, 4, axes=(0,))
    ),
    "1 / (1 + exp(-x)) -> expit(x)": lambda v: 1.0 / (exp(-v) + 1.0),
    "1 / (1 + exp(x)) -> expit(-x)": lambda v: 1.0 / (1.0 + exp(v)),
    "exp(x) / (1 + exp(x)) -> expit(x)": lambda v: exp(v) / (1.0 + exp(v)),
    "exp(-x) / (1 + exp(-x)) -> expit(-x)": lambda v: exp(-v) / (1.0 + exp(-v)),
    "y / (1 + exp(-x)) -> y * expit(x)": lambda v, w: w / (1.0 + exp(-v)),
    "log1p(exp(x)) -> log1pexp(x)": lambda v: log1p(exp(v)),
    "log(1 + exp(x)) -> log1pexp(x)": lambda v: log(exp(v) + 1.0),
    "log(expit(x)) -> log_expit(x)": lambda v: log(expit(v)),
    "log(1 - expit(x)) -> -log1pexp(x)": lambda v: log(1.0 - expit(v)),
    "log1p(-expit(x)) -> -log1pexp(x)": lambda v: log1p(-expit(v)),
    "log(exp(x) + exp(y)) -> logaddexp(x, y)": lambda v, w: log(exp(v) + exp(w)),
    "logaddexp(0, x) -> log1pexp(x)": lambda v: logaddexp(v, 0.0),
    "log(exp(x) + exp(y) + exp(z)) -> logaddexp(logaddexp(x, y), z)": lambda v, w, r: log(exp(v) + (exp(w) + exp(r))),
    "sqrt(x)**2 -> x": lambda v: sqrt(v * v / 3.0) * sqrt(v * v / 3.0),
    "where(x == 0, 0, sqrt(where(x == 0, 1, x)))**2 -> x": lambda v: guarded_root(v * v) * guarded_root(v * v),
    "log(sum(exp(x))) -> m + log(sum(exp(x - m))), m = max(x)": lambda m: log(sum_(exp(m), 1)),
    "log(sum(exp(x)) / k) -> logsumexp(x) - log(k)": lambda m: log(sum_(exp(m), 1) / 3.0),
    "log(k * sum(exp(x))) -> logsumexp(x) + log(k)": lambda m: log(0.25 * sum_(exp(m), 1)),
    "exp(x) / sum(exp(x)) -> softmax(x), shifted": lambda m: exp(m) / broadcast(sum_(exp(m), 1), 3, 4, axes=(0,)),
}

RELAXED: dict[str, Build] = {
    "x * 0 -> 0": lambda v: v * 0.0,
    "0 / x -> 0": lambda v: 0.0 / v,
    "x - x -> 0": lambda v: v - v,
    "x / x -> 1": lambda v: v / v,
    "x + (y - x) -> y": lambda v, w: v + (w - v),
    "(x + y) - x -> y": lambda v, w: (w + v) - v,
    "(x / y) * y -> x": lambda v, w: w * (v / w),
    "(x * y) / y -> x": lambda v, w: (v * w) / v,
    "x ** 0.5 -> sqrt(x)": lambda v: power(absolute(v), 0.5),
    "x ** -0.5 -> 1 / sqrt(x)": lambda v: power(absolute(v), -0.5),
    "x ** 1.5 -> x * sqrt(x)": lambda v: power(absolute(v), 1.5),
    "sqrt(x) * sqrt(x) -> x": lambda v: sqrt(absolute(v)) * sqrt(absolute(v)),
    "sqrt(x * x) -> abs(x)": lambda v: sqrt(v * v),
    "exp(log(x)) -> x": lambda v: exp(log(absolute(v))),
    "exp(x) * exp(y) -> exp(x + y)": lambda v, w: exp(w) * exp(v),
    "x * where(c, 1, 0) -> where(c, x, 0)": lambda b, v: where(b, lift(1.0, v), lift(0.0, v)) * v,
}
