"""Exponentials, logarithms, powers and roots, and what is made of them for the sake of large numbers."""

from __future__ import annotations

import math

import numpy as np

from gradgen.ops.arithmetic import quotient
from gradgen.ops.comparison import equal, greater, isinf, logical_and, where
from gradgen.ops.kinds import number_type, real_type, scipy_special, smooth
from gradgen.ops.op import Linear, Op, Tangent, define
from gradgen.ops.value import Value, lift

__all__ = [
    "cbrt",
    "exp",
    "exp2",
    "expit",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log1pexp",
    "log2",
    "log_expit",
    "logaddexp",
    "logaddexp2",
    "logit",
    "power",
    "sqrt",
    "xlog1py",
    "xlogy",
]

_LN2, _LN10 = math.log(2.0), math.log(10.0)

exp = smooth("exp", "gg_exp{s}({0})", lambda out, x: out)
exp2 = smooth("exp2", "gg_exp2{s}({0})", lambda out, x: _LN2 * out)
expm1 = smooth("expm1", "gg_expm1{s}({0})", lambda out, x: out + 1.0, cost=25)
log = smooth("log", "gg_log{s}({0})", lambda out, x: 1.0 / x)
log2 = smooth("log2", "gg_log2{s}({0})", lambda out, x: (1.0 / _LN2) / x)
log10 = smooth("log10", "gg_log10{s}({0})", lambda out, x: (1.0 / _LN10) / x)
log1p = smooth("log1p", "gg_log1p{s}({0})", lambda out, x: 1.0 / (1.0 + x), cost=25)
sqrt = smooth("sqrt", "gg_sqrt{s}({0})", lambda out, x: 0.5 / out, cost=6)
cbrt = smooth("cbrt", "gg_cbrt{s}({0})", lambda out, x: 1.0 / (3.0 * (out * out)))

# --- the logistic function and its logarithm, for arguments of any size ------------------------------

expit = smooth("expit", "gg_expit{s}({0})", lambda out, x: out * (1.0 - out), cost=30, numpy=scipy_special("expit"))
logit = smooth("logit", "gg_logit{s}({0})", lambda out, x: 1.0 / (x * (1.0 - x)), cost=25, numpy=scipy_special("logit"))
log_expit = smooth(
    "log_expit", "gg_log_expit{s}({0})", lambda out, x: expit(-x), cost=45, numpy=scipy_special("log_expit")
)
# log(1 + exp(x)), what `np.log1p(np.exp(x))` means without overflow
log1pexp = smooth(
    "log1pexp",
    "gg_log1pexp{s}({0})",
    lambda out, x: expit(x),
    cost=45,
    numpy=lambda x: np.logaddexp(x, x.dtype.type(0)),
)


def _gap(x: Value, y: Value) -> Value:
    """x - y, and 0 for two equal infinities: they share the derivative as any other equal pair does."""
    return where(logical_and(equal(x, y), isinf(x)), lift(0.0, x), x - y)


def _logaddexp(name: str, unit: float) -> Op:
    rules = [
        Tangent(lambda t, out, x, y: t * expit(unit * _gap(x, y))),
        Tangent(lambda t, out, x, y: t * expit(unit * _gap(y, x))),
    ]
    c = f"gg_{name}{{s}}({{0}}, {{1}})"
    return define(name, numpy=getattr(np, name), type=real_type, c=c, cost=50, rules=rules)


logaddexp = _logaddexp("logaddexp", 1.0)
logaddexp2 = _logaddexp("logaddexp2", _LN2)

# --- x log y, which is 0 at x = 0 whatever y is; linear in x -----------------------------------------


def _quotient(x: Value, y: Value) -> Value:
    """x / y with 0 / 0 = 0; masked at that point only, for it must keep its own derivatives elsewhere."""
    return quotient(x, y, logical_and(equal(x, 0.0), equal(y, 0.0)))


xlogy: Op = define(
    "xlogy",
    numpy=scipy_special("xlogy"),
    type=real_type,
    c="gg_xlogy{s}({0}, {1})",
    cost=22,
    rules=[Linear(lambda ct, x, y: xlogy(ct, y)), Tangent(lambda t, out, x, y: t * _quotient(x, y))],
)

xlog1py: Op = define(
    "xlog1py",
    numpy=scipy_special("xlog1py"),
    type=real_type,
    c="gg_xlog1py{s}({0}, {1})",
    cost=27,
    rules=[Linear(lambda ct, x, y: xlog1py(ct, y)), Tangent(lambda t, out, x, y: t * _quotient(x, 1.0 + y))],
)

# --- powers ------------------------------------------------------------------------------------------


def _power_base(t: Value, out: Value, x: Value, y: Value) -> Value:
    """y x^(y-1); the base is replaced at x = y = 0, where this is 0 * inf."""
    base = where(equal(y, 0.0), where(equal(x, 0.0), lift(1.0, x), x), x)
    return t * (y * power(base, y - 1.0))


def _power_exponent(t: Value, out: Value, x: Value, y: Value) -> Value:
    """x^y log x, and 0 with all its derivatives at x = 0 < y; NaN for a negative base: not real around y."""
    vanishes = logical_and(equal(x, 0.0), greater(y, 0.0))
    return t * (out * log(where(vanishes, lift(1.0, x), x)))


power: Op = define(
    "power",
    numpy=np.power,
    type=number_type,
    c="gg_power{s}({0}, {1})",
    cost=40,
    rules=[Tangent(_power_base), Tangent(_power_exponent)],
)
