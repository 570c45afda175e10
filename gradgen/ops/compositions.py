"""What each ufunc of NumPy and SciPy becomes: an op, or a composition of ops that is exact.

`translation` is all that trace/ needs. It calls what it gets with values of one shape and of the
dtype of the loop that NumPy would run (``ufunc.resolve_dtypes``); the answer has that loop's dtype.
`COMPOSED` goes before the op of the same ufunc: it settles what NumPy means on bools and integers,
where an op is defined for numbers only.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np

from gradgen.ops.arithmetic import abs_, add, ceil, floor, fmod, mod, multiply, sign, trunc
from gradgen.ops.comparison import (
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    equal,
    fmax,
    fmin,
    invert,
    isfinite,
    isinf,
    isnan,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    not_equal,
)
from gradgen.ops.exponential import power
from gradgen.ops.op import OPS
from gradgen.ops.special import SPECIAL
from gradgen.ops.value import Value

__all__ = ["COMPOSED", "translation"]

Translation = Callable[..., Value]


def _same(x: Value) -> Value:
    return x


def _by_kind(**kinds: Translation) -> Translation:
    """The translation for the first operand's kind: ``b`` bool, ``i`` integer, ``f`` everything else."""

    def translate(*operands: Value) -> Value:
        kind = operands[0].dtype.kind
        return kinds.get(kind, kinds["f"])(*operands)

    return translate


def _truth(x: Value) -> Value:
    return x if x.dtype == np.bool_ else not_equal(x, 0)


def _logic(op: Translation) -> Translation:
    return lambda x, y: op(_truth(x), _truth(y))


def _integer_fmod(x: Value, y: Value) -> Value:
    """The remainder with the sign of x; that of ``mod`` has the sign of y."""
    return multiply(sign(x), mod(abs_(x), abs_(y)))


def _always(answer: bool) -> Translation:
    compare = equal if answer else not_equal
    return lambda x: compare(x, x)


COMPOSED: dict[np.ufunc, Translation] = {
    # exact in other ops
    np.square: lambda x: x * x if x.dtype.kind != "b" else x,
    np.reciprocal: lambda x: 1.0 / x,
    np.positive: _same,
    np.conjugate: _same,
    np.fabs: abs_,
    np.float_power: power,
    np.degrees: lambda x: x * (180.0 / math.pi),
    np.rad2deg: lambda x: x * (180.0 / math.pi),
    np.radians: lambda x: x * (math.pi / 180.0),
    np.deg2rad: lambda x: x * (math.pi / 180.0),
    # arithmetic on bools is logic
    np.add: _by_kind(b=logical_or, f=add),
    np.multiply: _by_kind(b=logical_and, f=multiply),
    np.absolute: _by_kind(b=_same, f=abs_),
    np.maximum: _by_kind(b=logical_or, f=maximum),
    np.minimum: _by_kind(b=logical_and, f=minimum),
    np.fmax: _by_kind(b=logical_or, i=maximum, f=fmax),
    np.fmin: _by_kind(b=logical_and, i=minimum, f=fmin),
    # logic on numbers asks whether they differ from zero, bitwise logic on bools is logic
    np.logical_and: _logic(logical_and),
    np.logical_or: _logic(logical_or),
    np.logical_xor: _logic(logical_xor),
    np.bitwise_and: _by_kind(b=logical_and, f=bitwise_and),
    np.bitwise_or: _by_kind(b=logical_or, f=bitwise_or),
    np.bitwise_xor: _by_kind(b=logical_xor, f=bitwise_xor),
    np.invert: _by_kind(b=logical_not, f=invert),
    # integers are whole and finite
    np.floor: _by_kind(b=_same, i=_same, f=floor),
    np.ceil: _by_kind(b=_same, i=_same, f=ceil),
    np.trunc: _by_kind(b=_same, i=_same, f=trunc),
    np.fmod: _by_kind(i=_integer_fmod, f=fmod),
    np.isnan: _by_kind(b=_always(False), i=_always(False), f=isnan),
    np.isinf: _by_kind(b=_always(False), i=_always(False), f=isinf),
    np.isfinite: _by_kind(b=_always(True), i=_always(True), f=isfinite),
}

_OF_NUMPY: dict[object, Translation] = {op.numpy: op for op in OPS.values() if isinstance(op.numpy, np.ufunc)}


def translation(ufunc: np.ufunc) -> Translation | None:
    """What to call on values in place of a ufunc, or None if gradgen has nothing for it.

    Examples
    --------
    >>> translation(np.sin)
    <op sin>
    >>> translation(np.frexp) is None
    True
    """
    return COMPOSED.get(ufunc) or _OF_NUMPY.get(ufunc) or _of_scipy(ufunc)


def _of_scipy(ufunc: np.ufunc) -> Translation | None:
    """Whoever holds a ufunc of `scipy.special` has imported it: no need to import it here."""
    special = sys.modules.get("scipy.special")
    return next((op for name, op in SPECIAL.items() if special and getattr(special, name) is ufunc), None)
