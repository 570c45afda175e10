"""Ops that compare and choose: comparisons, logic, `where`, the larger and the smaller of two.

A choice passes a cotangent by ``where(condition, ct, 0)``, never by a factor 0 or 1: what lies behind
the side not taken may have an infinite derivative, and ``0 * inf`` is NaN.
"""

from __future__ import annotations

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import DTYPES, Type
from gradgen.ops.kinds import FLAT, bool_type, integer_type, ordered_type, question, real_type, same_type, truth_type
from gradgen.ops.op import Joint, Linear, Op, Tangent, define
from gradgen.ops.value import Value, lift

__all__ = [
    "astype",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "equal",
    "fmax",
    "fmin",
    "greater",
    "greater_equal",
    "heaviside",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "not_equal",
    "signbit",
    "where",
]

# --- comparisons -----------------------------------------------------------------------------------

equal = question("equal", "{0} == {1}", truth_type, arity=2)
not_equal = question("not_equal", "{0} != {1}", truth_type, arity=2)
less = question("less", "{0} < {1}", truth_type, arity=2)
less_equal = question("less_equal", "{0} <= {1}", truth_type, arity=2)
greater = question("greater", "{0} > {1}", truth_type, arity=2)
greater_equal = question("greater_equal", "{0} >= {1}", truth_type, arity=2)


def _predicate_type(x: Type) -> Type:
    return real_type(x).with_dtype(np.bool_)


isnan = question("isnan", "gg_isnan{s}({0})", _predicate_type)
isinf = question("isinf", "gg_isinf{s}({0})", _predicate_type)
isfinite = question("isfinite", "gg_isfinite{s}({0})", _predicate_type)
signbit = question("signbit", "gg_signbit{s}({0})", _predicate_type)

# --- logic: on bools without C's short-circuit, which would keep a loop from vectorising -------------

logical_and = question("logical_and", "{0} & {1}", bool_type, arity=2)
logical_or = question("logical_or", "{0} | {1}", bool_type, arity=2)
logical_xor = question("logical_xor", "{0} ^ {1}", bool_type, arity=2)
logical_not = question("logical_not", "!{0}", truth_type)
bitwise_and = question("bitwise_and", "{0} & {1}", integer_type, arity=2)
bitwise_or = question("bitwise_or", "{0} | {1}", integer_type, arity=2)
bitwise_xor = question("bitwise_xor", "{0} ^ {1}", integer_type, arity=2)
invert = question("invert", "~{0}", integer_type)

# --- choice ----------------------------------------------------------------------------------------


def _where_type(condition: Type, x: Type, y: Type) -> Type:
    if condition.dtype != np.bool_:
        raise DTypeError(f"the condition is {condition}, expected bool")
    if condition.shape != x.shape:
        raise ShapeError(f"condition {condition} for {x}")
    return same_type(x, y)


where: Op = define(
    "where",
    numpy=np.where,
    type=_where_type,
    c="{0} ? {1} : {2}",
    rules=Joint(lambda ct, c, x, y: (where(c, ct, lift(0.0, ct)), where(c, lift(0.0, ct), ct)), over=(1, 2)),
)


def _astype_type(x: Type, dtype: str) -> Type:
    if np.dtype(dtype) not in DTYPES:
        raise DTypeError(f"dtype {dtype} is not supported")
    return x.with_dtype(np.dtype(dtype))


def _astype_transpose(ct: Value, x: Value, dtype: str) -> Value:
    return astype(ct, dtype=x.dtype.str)


astype = define(
    "astype",
    numpy=lambda x, dtype: np.asarray(x).astype(dtype),
    type=_astype_type,
    c="({t}){0}",
    rules=[Linear(_astype_transpose)],
)

# --- the larger and the smaller --------------------------------------------------------------------


def _share(t: Value, wins: Value, x: Value, y: Value) -> Value:
    """The tangent of ``x`` where it wins, half of it where both are equal."""
    return where(wins, t * where(equal(x, y), lift(0.5, t), lift(1.0, t)), lift(0.0, t))


def _of_larger(t: Value, x: Value, y: Value) -> Value:
    return _share(t, greater_equal(x, y), x, y)


def _of_chosen(t: Value, out: Value, x: Value, y: Value) -> Value:
    """The same where a NaN is passed over: the winner is what the result equals."""
    return _share(t, equal(x, out), x, y)


maximum = define(
    "maximum",
    numpy=np.maximum,
    type=ordered_type,
    c="gg_maximum{s}({0}, {1})",
    rules=[Tangent(lambda t, out, x, y: _of_larger(t, x, y)), Tangent(lambda t, out, x, y: _of_larger(t, y, x))],
)

minimum = define(
    "minimum",
    numpy=np.minimum,
    type=ordered_type,
    c="gg_minimum{s}({0}, {1})",
    rules=[Tangent(lambda t, out, x, y: _of_larger(t, y, x)), Tangent(lambda t, out, x, y: _of_larger(t, x, y))],
)

_chosen = [
    Tangent(lambda t, out, x, y: _of_chosen(t, out, x, y)),
    Tangent(lambda t, out, x, y: _of_chosen(t, out, y, x)),
]

fmax = define("fmax", numpy=np.fmax, type=real_type, c="gg_fmax{s}({0}, {1})", rules=_chosen)
fmin = define("fmin", numpy=np.fmin, type=real_type, c="gg_fmin{s}({0}, {1})", rules=_chosen)

heaviside = define(
    "heaviside",
    numpy=np.heaviside,
    type=real_type,
    c="gg_heaviside{s}({0}, {1})",
    rules=[FLAT, Tangent(lambda t, out, x, y: where(equal(x, 0.0), t, lift(0.0, t)))],
)
