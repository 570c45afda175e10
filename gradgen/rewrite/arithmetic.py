"""Exact rules of arithmetic: the result is NumPy's, to the bit or to a rounding; NaN and infinities stay.

Two liberties. The sign of a zero: ``0 + -0.0`` is ``0.0`` and becomes ``-0.0`` here; the zeros meant are
those that derivatives start from, and to tell the two apart would cost every gradient a pass. And in
a derivative a constant zero is strong: it is a slope that is zero by rule, so ``0 * inf`` is 0 there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.ops import OPS, Value
from gradgen.rewrite.conditions import (
    is_constant,
    is_derived,
    is_mild,
    is_nonzero,
    is_power_of_two,
    product_is_usual,
    quotient_is_usual,
    same_sign,
)
from gradgen.rewrite.pattern import any_call, call, every, number, number_of, placeholders
from gradgen.rewrite.rule import Rule

__all__ = ["ARITHMETIC"]

x, y, z, c, s, t = placeholders("x y z c s t")
k, d = number("k", is_nonzero), number("d", is_nonzero)
mild = number("d", is_mild)
where, astype, logical_not, absolute = call("where"), call("astype"), call("logical_not"), call("abs")
maximum, minimum, negative = call("maximum"), call("minimum"), call("negative")

NEUTRAL = (
    Rule("x * 1 -> x", x * 1.0, x),
    Rule("x / 1 -> x", x / 1.0, x),
    Rule("x + 0 -> x", x + 0.0, x),
    Rule("x - 0 -> x", x - 0.0, x),
    Rule("0 - x -> -x", 0.0 - x, -x),
    Rule("x * 0 -> 0, in a derivative", x * 0.0, 0.0, lambda root: is_derived(root)),
    Rule("0 / x -> 0, in a derivative", 0.0 / x, 0.0, lambda root: is_derived(root)),
)

SIGNS = (
    Rule("-(-x) -> x", negative(negative(x)), x),
    Rule("(-x) * (-y) -> x * y", (-x) * (-y), x * y),
    Rule("(-x) / (-y) -> x / y", (-x) / (-y), x / y),
    Rule("x * (-1) -> -x", x * -1.0, -x),
    Rule("x / (-1) -> -x", x / -1.0, -x),
    Rule("k * (-x) -> (-k) * x", k * (-x), (-k) * x),
    Rule("-(k * x) -> (-k) * x", -(k * x), (-k) * x),
    Rule("(-x) / k -> x / (-k)", (-x) / k, x / (-k)),
    Rule("-(x / k) -> x / (-k)", -(x / k), x / (-k)),
    Rule("k / (-x) -> (-k) / x", k / (-x), (-k) / x),
    Rule("-(k / x) -> (-k) / x", -(k / x), (-k) / x),
    Rule("(-x) * y -> -(x * y)", (-x) * y, -(x * y)),
    Rule("(-x) / y -> -(x / y)", (-x) / y, -(x / y)),
    Rule("x / (-y) -> -(x / y)", x / (-y), -(x / y)),
    Rule("x + (-y) -> x - y", x + (-y), x - y),
    Rule("x - (-y) -> x + y", x - (-y), x + y),
    Rule("(-x) - y -> -(x + y)", (-x) - y, -(x + y)),
    Rule("-(x - y) -> y - x", -(x - y), y - x),
)

ODD = ("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "erf", "cbrt", "sign")
EVEN = ("cos", "cosh", "abs")
SYMMETRIES = (
    *[Rule(f"{name}(-x) -> -{name}(x)", call(name)(-x), -call(name)(x)) for name in ODD],
    *[Rule(f"{name}(-x) -> {name}(x)", call(name)(-x), call(name)(x)) for name in EVEN],
    Rule("abs(abs(x)) -> abs(x)", absolute(absolute(x)), absolute(x)),
    Rule("abs(x) * abs(x) -> x * x", absolute(x) * absolute(x), x * x),
)

# Constant factors meet in one. That may avoid an overflow on the way, it never makes one.
FACTORS = (
    Rule("x / k -> x * (1 / k), k a power of two", x / number("k", is_power_of_two), x * (1.0 / k)),
    Rule("k * (d * x) -> (k * d) * x", k * (d * x), (k * d) * x, product_is_usual),
    Rule("k * (x / d) -> (k / d) * x", k * (x / d), (k / d) * x, quotient_is_usual),
    Rule("(k * x) / d -> (k / d) * x", (k * x) / d, (k / d) * x, quotient_is_usual),
    Rule("(x / k) / d -> x / (k * d)", (x / k) / d, x / (k * d), product_is_usual),
    Rule("k / (d * x) -> (k / d) / x", k / (d * x), (k / d) / x, quotient_is_usual),
    Rule("k * (d / x) -> (k * d) / x", k * (d / x), (k * d) / x, product_is_usual),
    Rule("x + x -> 2 * x", x + x, 2.0 * x),
    Rule("x + k * x -> (1 + k) * x, k > 0", x + k * x, (1.0 + k) * x, lambda k: same_sign(k, k) and number_of(k) > 0),
    Rule("k * x + d * x -> (k + d) * x, of one sign", k * x + d * x, (k + d) * x, same_sign),
    # Not (k * x) * y alone: k * x may serve others, and nothing would be gained.
    Rule("(k * x) * (d * y) -> (k * d) * (x * y)", (k * x) * (mild * y), (k * d) * (x * y), product_is_usual),
    Rule("k * ((d * x) * y) -> (k * d) * (x * y)", k * ((mild * x) * y), (k * d) * (x * y), product_is_usual),
    Rule("-((d * x) * y) -> (-d) * (x * y)", -((mild * x) * y), (-d) * (x * y)),
    Rule("(1 / x) * y -> y / x", (1.0 / x) * y, y / x),
    Rule("x / (1 / y) -> x * y", x / (1.0 / y), x * y),
)


def _is_safe_scalar(root: Value, s: Value, t: Value) -> bool:
    """Two scalars may meet in a derivative, or if one is a mild constant; two constants have rules above."""
    if is_constant(s) and is_constant(t):
        return False
    return is_derived(root) or any(is_constant(factor) and is_mild(number_of(factor)) for factor in (s, t))


# Scalars that are computed: work on them costs one operation, work on the array n.
SCALARS = (
    Rule("s * (t * x) -> (s * t) * x, for scalars", every(s) * (every(t) * x), every(s * t) * x, _is_safe_scalar),
    Rule("x / s -> x * (1 / s), in a derivative", x / every(s), x * every(1.0 / s), lambda root: is_derived(root)),
)


def _is_small_integer(n: Any) -> bool:
    return not np.iscomplexobj(n) and n in range(3, 9)


def _is_negative_integer(n: Any) -> bool:
    return isinstance(n, np.floating) and n in range(-8, -1)


def _repeated_product(x: Value, count: int) -> Value:
    """x multiplied ``count`` times with itself, by squaring."""
    half = x if count < 4 else _repeated_product(x, count // 2)
    square = half * half
    return square * x if count % 2 else square


def _reciprocal_power(x: Value, n: Value) -> Value:
    """The reciprocal first: the power of x may leave the range of numbers where that of 1 / x does not."""
    return _repeated_product(1.0 / x, -int(number_of(n)))


POWERS = (
    Rule("x ** 0 -> 1", x**0.0, 1.0),
    Rule("x ** 1 -> x", x**1.0, x),
    Rule("x ** 2 -> x * x", x**2.0, x * x),
    Rule(
        "x ** n -> x * x * ..., n = 3 ... 8",
        x ** number("n", _is_small_integer),
        lambda x, n: _repeated_product(x, int(number_of(n))),
    ),
    Rule("x ** (-1) -> 1 / x", x**-1.0, 1.0 / x, lambda x: x.dtype.kind != "i"),
    Rule("x ** n -> (1 / x) ** (-n), n = -8 ... -2", x ** number("n", _is_negative_integer), _reciprocal_power),
)


def _is_widening(x: Value, inner: Value) -> bool:
    """Whether the inner conversion keeps every value; int64 to float64 is not one, whatever NumPy says."""
    exact = not (x.dtype == np.int64 and inner.dtype.kind in "fc")
    return exact and np.can_cast(x.dtype, inner.dtype, "safe")


def _converted(x: Value, root: Value) -> Value:
    return OPS["astype"](x, dtype=root.node["dtype"])


CHOICES = (
    Rule("where(c, x, x) -> x", where(c, x, x), x),
    Rule("where(True, x, y) -> x", where(True, x, y), x),
    Rule("where(False, x, y) -> y", where(False, x, y), y),
    Rule(
        "where(not c, x, y) -> where(c, y, x)", where(logical_not(c), x, y), where(c, y, x), lambda c: c.dtype == bool
    ),
    Rule("where(c, where(c, x, y), z) -> where(c, x, z)", where(c, where(c, x, y), z), where(c, x, z)),
    Rule("where(c, x, where(c, y, z)) -> where(c, x, z)", where(c, x, where(c, y, z)), where(c, x, z)),
    Rule("not not c -> c", logical_not(logical_not(c)), c, lambda c: c.dtype == bool),
    Rule("maximum(x, x) -> x", maximum(x, x), x),
    Rule("minimum(x, x) -> x", minimum(x, x), x),
    Rule("astype(x), to its own dtype -> x", astype(x), x, lambda x, root: x.dtype == root.dtype),
    Rule(
        "astype(astype(x)) -> astype(x), the inner one widening",
        astype(any_call("astype", "inner")),
        lambda root, inner: _converted_inner(root, inner),
    ),
)


def _converted_inner(root: Value, inner: Value) -> Value | None:
    x = Value(inner.graph, inner.node.operands[0])
    return _converted(x, root) if _is_widening(x, inner) else None


ARITHMETIC = (*NEUTRAL, *SIGNS, *SYMMETRIES, *POWERS, *FACTORS, *SCALARS, *CHOICES)
