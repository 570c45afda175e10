"""Trigonometric and hyperbolic functions, their inverses, and polar coordinates."""

from __future__ import annotations

import math

import numpy as np

from gradgen.ops.arithmetic import abs_, quotient
from gradgen.ops.comparison import equal, less, where
from gradgen.ops.exponential import sqrt
from gradgen.ops.kinds import real_type, smooth
from gradgen.ops.op import Op, Tangent, define
from gradgen.ops.value import Value, lift

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cos",
    "cosh",
    "hypot",
    "sin",
    "sinc",
    "sinh",
    "tan",
    "tanh",
]

sin = smooth("sin", "gg_sin{s}({0})", lambda out, x: cos(x))
cos: Op = smooth("cos", "gg_cos{s}({0})", lambda out, x: -sin(x))
tan = smooth("tan", "gg_tan{s}({0})", lambda out, x: 1.0 + out * out, cost=30)
sinh = smooth("sinh", "gg_sinh{s}({0})", lambda out, x: cosh(x), cost=30)
cosh: Op = smooth("cosh", "gg_cosh{s}({0})", lambda out, x: sinh(x), cost=30)
tanh = smooth("tanh", "gg_tanh{s}({0})", lambda out, x: 1.0 - out * out, cost=30)


# (1 - x) (1 + x), not 1 - x x: near 1 the difference of the squares would lose half the digits
def _unit_gap(x: Value) -> Value:
    return (1.0 - x) * (1.0 + x)


arcsin = smooth("arcsin", "gg_asin{s}({0})", lambda out, x: 1.0 / sqrt(_unit_gap(x)), cost=30)
arccos = smooth("arccos", "gg_acos{s}({0})", lambda out, x: -1.0 / sqrt(_unit_gap(x)), cost=30)
arctan = smooth("arctan", "gg_atan{s}({0})", lambda out, x: 1.0 / (1.0 + x * x), cost=30)
arcsinh = smooth("arcsinh", "gg_asinh{s}({0})", lambda out, x: 1.0 / sqrt(1.0 + x * x), cost=30)
arccosh = smooth("arccosh", "gg_acosh{s}({0})", lambda out, x: 1.0 / sqrt((x - 1.0) * (x + 1.0)), cost=30)
arctanh = smooth("arctanh", "gg_atanh{s}({0})", lambda out, x: 1.0 / _unit_gap(x), cost=30)

# --- polar coordinates: the derivative is 0 at the origin, where there is no direction ----------------


def _cosine(out: Value, x: Value) -> Value:
    return quotient(x, out, equal(out, 0.0))


hypot = define(
    "hypot",
    numpy=np.hypot,
    type=real_type,
    c="gg_hypot{s}({0}, {1})",
    cost=20,
    rules=[
        Tangent(lambda t, out, x, y: t * _cosine(out, x)),
        Tangent(lambda t, out, x, y: t * _cosine(out, y)),
    ],
)


def _over_square(numerator: Value, y: Value, x: Value) -> Value:
    square = x * x + y * y
    return quotient(numerator, square, equal(square, 0.0))


arctan2 = define(
    "arctan2",
    numpy=np.arctan2,
    type=real_type,
    c="gg_atan2{s}({0}, {1})",
    cost=40,
    rules=[
        Tangent(lambda t, out, y, x: t * _over_square(x, y, x)),
        Tangent(lambda t, out, y, x: t * _over_square(-y, y, x)),
    ],
)

# --- sinc --------------------------------------------------------------------------------------------

_SINC_TERMS = [(-1) ** k * 2 * k * math.pi ** (2 * k) / math.factorial(2 * k + 1) for k in range(1, 14)]


def _sinc_slope(out: Value, x: Value) -> Value:
    """(cos(pi x) - sinc(x)) / x; below 1/2 its power series, since the difference cancels there."""
    small = less(abs_(x), lift(0.5, x))
    square, series = x * x, lift(_SINC_TERMS[-1], x)
    for term in reversed(_SINC_TERMS[:-1]):
        series = series * square + term
    # the branch not taken divides by 1: its derivatives must be finite too
    return where(small, series * x, (cos(math.pi * x) - out) / where(small, lift(1.0, x), x))


sinc = smooth("sinc", "gg_sinc{s}({0})", _sinc_slope, cost=30)
