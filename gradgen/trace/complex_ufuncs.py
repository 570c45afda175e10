"""What each ufunc is on pairs: the textbook's formulas, in the forms that neither overflow nor cancel.

Where a function has a branch cut it is the principal branch, continuous from the side that the sign of zero says.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from gradgen.errors import TraceError
from gradgen.ir import constant_array
from gradgen.ops import Value, lift
from gradgen.ops.arithmetic import abs_, copysign, quotient
from gradgen.ops.comparison import (
    equal,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
    where,
)
from gradgen.ops.exponential import exp, expit, expm1, log, sqrt
from gradgen.ops.trigonometric import arctan2, cos, cosh, hypot, sin, sinh, tanh
from gradgen.trace.complex_pair import COMPLEX_ADVICE, Pair, as_pair, is_zero, zero

__all__ = ["complex_translation"]

# Up to here a whole power is a product, as in NumPy.
WHOLE_POWERS = 100


def _on(function: Callable[..., Value]) -> Callable[..., Value]:
    """A rule for pairs as one for values."""
    return lambda *values: function(*[as_pair(value, value) for value in values])


# --- size and direction ------------------------------------------------------------------------------


def _size(z: Pair) -> Value:
    if is_zero(z.im):
        return abs_(z.re)
    return abs_(z.im) if is_zero(z.re) else hypot(z.re, z.im)


def _angle(z: Pair) -> Value:
    return arctan2(z.im, z.re)


def _sign(z: Pair) -> Pair:
    size = _size(z)
    nothing = equal(size, 0.0)
    return Pair(quotient(z.re, size, nothing), quotient(z.im, size, nothing))


# --- exponentials ------------------------------------------------------------------------------------


def _polar(size: Value, angle: Value) -> Pair:
    return Pair(size, angle) if is_zero(angle) else Pair(size * cos(angle), size * sin(angle))


def _exp(z: Pair) -> Pair:
    return Pair(cos(z.im), sin(z.im)) if is_zero(z.re) else _polar(exp(z.re), z.im)


def _expm1(z: Pair) -> Pair:
    """With ``1 - cos y`` as twice the square of a sine, so that nothing is lost where z is small."""
    half = sin(z.im * 0.5)
    return Pair(expm1(z.re) * cos(z.im) - 2.0 * half * half, exp(z.re) * sin(z.im))


def _log(z: Pair) -> Pair:
    return Pair(log(_size(z)), _angle(z))


def _log1p(z: Pair) -> Pair:
    return _log(z + 1.0)


def _sqrt(z: Pair) -> Pair:
    """The larger part is a root of a sum, the smaller one a quotient by it: nothing cancels."""
    size, side = _size(z), copysign(lift(1.0, z.im), z.im)
    root = sqrt(0.5 * size + 0.5 * abs_(z.re))
    other = quotient(side * z.im * 0.5, root, equal(root, 0.0))
    right = greater_equal(z.re, 0.0)
    return Pair(where(right, root, other), side * where(right, other, root))


def _power(z: Pair, w: Pair) -> Pair:
    whole = _whole(w)
    if whole is not None:
        result = _repeated(z, abs(whole))
        return result if whole >= 0 else 1.0 / result
    nothing = logical_and(equal(z.re, 0.0), equal(z.im, 0.0))
    safe = Pair(where(nothing, lift(1.0, z.re), z.re), z.im)
    result = _exp(w * _log(safe))
    # 0 to the power w: 1 if w is 0, 0 if it is on the right, else not defined.
    empty = logical_and(equal(w.re, 0.0), equal(w.im, 0.0))
    limit = where(empty, lift(1.0, w.re), where(greater(w.re, 0.0), zero(w.re), lift(math.nan, w.re)))
    return Pair(where(nothing, limit, result.re), where(nothing, limit * 0.0, result.im))


def _whole(w: Pair) -> int | None:
    """The exponent, if it is one small whole number known now."""
    node = w.re.node
    while node.op.name in ("broadcast", "astype"):
        node = w.graph[node.operands[0]]
    if node.op.name != "constant" or not is_zero(w.im) or not constant_array(node).size:
        return None
    numbers = constant_array(node)
    first = float(numbers.flat[0])
    return int(first) if (numbers == first).all() and first.is_integer() and abs(first) < WHOLE_POWERS else None


def _repeated(z: Pair, count: int) -> Pair:
    if count < 2:
        return z if count else Pair(lift(1.0, z.re), zero(z.re))
    half = _repeated(z, count // 2)
    return half * half * z if count % 2 else half * half


# --- circular and hyperbolic functions -----------------------------------------------------------------


def _turned(z: Pair) -> Pair:
    """i z"""
    return Pair(-z.im, z.re)


def _turned_back(z: Pair) -> Pair:
    """-i z"""
    return Pair(z.im, -z.re)


def _sinh(z: Pair) -> Pair:
    if is_zero(z.re):
        return Pair(z.re, sin(z.im))
    return Pair(sinh(z.re) * cos(z.im), cosh(z.re) * sin(z.im))


def _cosh(z: Pair) -> Pair:
    if is_zero(z.re):
        return Pair(cos(z.im), z.re)
    return Pair(cosh(z.re) * cos(z.im), sinh(z.re) * sin(z.im))


def _tanh(z: Pair) -> Pair:
    """With ``1 / cosh(x)**2`` as a product of logistic functions, which never overflows."""
    t, c, s = tanh(z.re), cos(z.im), sin(z.im)
    below = c * c + t * t * (s * s)
    return Pair(t / below, s * c * (4.0 * expit(2.0 * z.re) * expit(-2.0 * z.re)) / below)


def _scaled(function: Callable[[Pair], Pair], factor: float, *, before: bool = False) -> Callable[[Pair], Value]:
    return lambda z: function(z * factor) if before else function(z) * factor


# --- questions -----------------------------------------------------------------------------------------


def _of_each(question: Callable[..., Value], join: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *pairs: join(question(*[z.re for z in pairs]), question(*[z.im for z in pairs]))


def _truth(z: Pair) -> Value:
    return logical_or(not_equal(z.re, 0.0), not_equal(z.im, 0.0))


def _logic(op: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *pairs: op(*[_truth(z) for z in pairs])


_ORDER = "complex numbers have no order; compare np.abs(z), np.real(z) or np.imag(z)"

TABLE: dict[np.ufunc, Callable[..., Value]] = {
    np.add: lambda z, w: z + w,
    np.subtract: lambda z, w: z - w,
    np.multiply: lambda z, w: z * w,
    np.divide: lambda z, w: z / w,
    np.negative: lambda z: -z,
    np.positive: lambda z: z,
    np.square: lambda z: z * z,
    np.reciprocal: lambda z: 1.0 / z,
    np.power: _power,
    np.float_power: _power,
    np.conjugate: Pair.conjugate,
    np.absolute: _size,
    np.sign: _sign,
    np.sqrt: _sqrt,
    np.exp: _exp,
    np.exp2: _scaled(_exp, math.log(2.0), before=True),
    np.expm1: _expm1,
    np.log: _log,
    np.log1p: _log1p,
    np.log2: _scaled(_log, 1.0 / math.log(2.0)),
    np.log10: _scaled(_log, 1.0 / math.log(10.0)),
    np.sinh: _sinh,
    np.cosh: _cosh,
    np.tanh: _tanh,
    np.sin: lambda z: _turned_back(_sinh(_turned(z))),
    np.cos: lambda z: _cosh(_turned(z)),
    np.tan: lambda z: _turned_back(_tanh(_turned(z))),
    np.equal: _of_each(equal, logical_and),
    np.not_equal: _of_each(not_equal, logical_or),
    np.isfinite: _of_each(isfinite, logical_and),
    np.isinf: _of_each(isinf, logical_or),
    np.isnan: _of_each(isnan, logical_or),
    np.logical_and: _logic(logical_and),
    np.logical_or: _logic(logical_or),
    np.logical_xor: _logic(logical_xor),
    np.logical_not: _logic(logical_not),
}

ADVICE: dict[np.ufunc, str] = {
    **dict.fromkeys([np.less, np.less_equal, np.greater, np.greater_equal], _ORDER),
    **dict.fromkeys(
        [np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arccosh, np.arctanh],
        "write it with np.log and np.sqrt, whose branches are NumPy's",
    ),
    **dict.fromkeys([np.maximum, np.minimum, np.fmax, np.fmin], _ORDER),
}


def complex_translation(ufunc: np.ufunc) -> Callable[..., Value]:
    """What to call on values, some of them pairs, in place of a ufunc.

    Raises
    ------
    TraceError
        If there is nothing; the message says what to write instead.
    """
    if ufunc not in TABLE:
        raise TraceError(f"of complex numbers is not supported; {ADVICE.get(ufunc, COMPLEX_ADVICE)}")
    return _on(TABLE[ufunc])
