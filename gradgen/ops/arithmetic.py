"""Sums, products, quotients, remainders and rounding of each element by itself."""

from __future__ import annotations

import numpy as np

from gradgen.ops.comparison import where
from gradgen.ops.kinds import FLAT, number_type, ordered_type, real_type, step
from gradgen.ops.op import Joint, Linear, Op, Tangent, define
from gradgen.ops.value import Value, lift

__all__ = [
    "abs_",
    "add",
    "ceil",
    "copysign",
    "divide",
    "floor",
    "floor_divide",
    "fmod",
    "mod",
    "multiply",
    "negative",
    "quotient",
    "rint",
    "sign",
    "subtract",
    "trunc",
]

add = define(
    "add",
    numpy=np.add,
    type=number_type,
    c="{0} + {1}",
    commutative=True,
    rules=Joint(lambda ct, x, y: (ct, ct), alone=(lambda t: t, lambda t: t)),
)

subtract = define(
    "subtract",
    numpy=np.subtract,
    type=number_type,
    c="{0} - {1}",
    rules=Joint(lambda ct, x, y: (ct, -ct), alone=(lambda t: t, lambda t: -t)),
)

multiply = define(
    "multiply",
    numpy=np.multiply,
    type=number_type,
    c="{0} * {1}",
    commutative=True,
    rules=[Linear(lambda ct, x, y: ct * y), Linear(lambda ct, x, y: ct * x)],
)

divide = define(
    "divide",
    numpy=np.divide,
    type=real_type,
    c="{0} / {1}",
    cost=4,
    rules=[Linear(lambda ct, x, y: ct / y), Tangent(lambda t, out, x, y: -t * (out / y))],
)

negative = define("negative", numpy=np.negative, type=number_type, c="-{0}", rules=[Linear(lambda ct, x: -ct)])


def quotient(x: Value, y: Value, undefined: Value) -> Value:
    """x / y, and 0 with all its derivatives where ``undefined`` holds.

    There the divisor is replaced as well: the derivatives of a branch that is not taken must be finite,
    for a mask multiplies them by 0.
    """
    safe = where(undefined, lift(1.0, y), y)
    return where(undefined, lift(0.0, x), divide(x, safe))


# --- size and sign ---------------------------------------------------------------------------------

sign = step("sign", "gg_sign{s}({0})", ordered_type)

abs_ = define(
    "abs",
    numpy=np.absolute,
    type=ordered_type,
    c="gg_absolute{s}({0})",
    rules=[Tangent(lambda t, out, x: t * sign(x))],
)

copysign: Op = define(
    "copysign",
    numpy=np.copysign,
    type=real_type,
    c="gg_copysign{s}({0}, {1})",
    rules=[Tangent(lambda t, out, x, y: t * (sign(x) * copysign(1.0, y))), FLAT],
)

# --- rounding: constant between the jumps ----------------------------------------------------------

floor = step("floor", "gg_floor{s}({0})", real_type)
ceil = step("ceil", "gg_ceil{s}({0})", real_type)
trunc = step("trunc", "gg_trunc{s}({0})", real_type)
rint = step("rint", "gg_rint{s}({0})", real_type)

# --- division with remainder -----------------------------------------------------------------------

floor_divide = define(
    "floor_divide",
    numpy=np.floor_divide,
    type=ordered_type,
    c="gg_floor_divide{s}({0}, {1})",
    cost=20,
    rules=[FLAT] * 2,
)


def _same_tangent(t: Value, out: Value, x: Value, y: Value) -> Value:
    """x mod y moves with x; at its jumps as well, by the derivative from the right."""
    return t


mod = define(
    "mod",
    numpy=np.mod,
    type=ordered_type,
    c="gg_mod{s}({0}, {1})",
    cost=20,
    rules=[Tangent(_same_tangent), Tangent(lambda t, out, x, y: -t * floor_divide(x, y))],
)

fmod = define(
    "fmod",
    numpy=np.fmod,
    type=real_type,
    c="gg_fmod{s}({0}, {1})",
    cost=20,
    # x - out is a multiple of y; trunc(x / y) could round up to the next one
    rules=[Tangent(_same_tangent), Tangent(lambda t, out, x, y: -t * rint((x - out) / y))],
)
