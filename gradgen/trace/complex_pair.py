"""A complex value of a trace: a pair of real values, whose operations are written in real ones.

    z = re + i im

The graph, and the C that comes of it, stay real, so a derivative of a real function of complex intermediates is that
of its real parts. A part that is zero by its making, such as that of ``1j * x``, is left out of the arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradgen.errors import DTypeError, TraceError
from gradgen.ir import Graph, Type, constant_array
from gradgen.ops import Value, constant, full, lift
from gradgen.ops.arithmetic import abs_, quotient
from gradgen.ops.comparison import equal, greater_equal, logical_or, not_equal, where
from gradgen.ops.elementwise import astype
from gradgen.ops.value import Number
from gradgen.source import caller

__all__ = ["COMPLEX_ADVICE", "Pair", "as_pair", "complex_constant", "converted", "is_zero", "same", "zero"]

COMPLEX_ADVICE = "take np.real(z), np.imag(z) or np.abs(z) first, or write it with these"

# Views and conversions of zeros are zeros.
KEEPING_ZERO = {"astype", "broadcast", "copy", "negative", "reshape", "slice", "transpose"}


class Pair(Value):
    """A complex value.

    Parameters
    ----------
    re, im : Value
        Its parts, of one real type.
    """

    __slots__ = ("im", "re")

    def __init__(self, re: Value, im: Value) -> None:
        if re.type != im.type or not re.type.is_real:
            raise DTypeError(f"{re.type} and {im.type} are not the parts of a complex value")
        self.graph: Graph = re.graph
        self.re, self.im = re, im

    @property
    def id(self) -> int:  # type: ignore[override]  # asked by whatever knows single nodes only
        """No node stands for both parts."""
        raise TraceError(f"a complex value is not supported here; {COMPLEX_ADVICE}\n  {caller()}")

    @property
    def type(self) -> Type:
        """Dtype and shape."""
        return self.re.type.with_dtype(np.result_type(self.re.dtype, np.complex64))

    # --- arithmetic ----------------------------------------------------------------------------------

    def __add__(self, other: Value | Number) -> Pair:
        w = as_pair(other, self)
        return Pair(_plus(self.re, w.re), _plus(self.im, w.im))

    def __sub__(self, other: Value | Number) -> Pair:
        w = as_pair(other, self)
        return Pair(_minus(self.re, w.re), _minus(self.im, w.im))

    def __mul__(self, other: Value | Number) -> Pair:
        w = as_pair(other, self)
        real = _minus(_times(self.re, w.re), _times(self.im, w.im))
        return Pair(real, _plus(_times(self.re, w.im), _times(self.im, w.re)))

    def __truediv__(self, other: Value | Number) -> Pair:
        w = as_pair(other, self)
        if is_zero(w.im):
            return Pair(_over(self.re, w.re), _over(self.im, w.re))
        if is_zero(w.re):
            return Pair(_over(self.im, w.im), _negated(_over(self.re, w.im)))
        return _quotient(self, w)

    def __neg__(self) -> Pair:
        return Pair(_negated(self.re), _negated(self.im))

    def __radd__(self, other: Number) -> Pair:
        return self + other

    def __rsub__(self, other: Number) -> Pair:
        return as_pair(other, self) - self

    def __rmul__(self, other: Number) -> Pair:
        return self * other

    def __rtruediv__(self, other: Number) -> Pair:
        return as_pair(other, self) / self

    def conjugate(self) -> Pair:
        """The parts with the sign of the imaginary one changed."""
        return Pair(self.re, _negated(self.im))

    def __repr__(self) -> str:
        return f"<pair : {self.type}>"


def _quotient(z: Pair, w: Pair) -> Pair:
    """Smith's quotient, which divides by the larger part first: no square overflows."""
    first = greater_equal(abs_(w.re), abs_(w.im))
    large, small = where(first, w.re, w.im), where(first, w.im, w.re)
    ratio = quotient(small, large, equal(large, 0.0))
    scale = large + small * ratio
    a, b = where(first, z.re, z.im), where(first, z.im, z.re)
    difference = b - a * ratio
    return Pair((a + b * ratio) / scale, where(first, difference, -difference) / scale)


# --- parts that may be zero by their making ----------------------------------------------------------


def is_zero(value: Value) -> bool:
    """Whether a value is zero whatever the arguments are."""
    if isinstance(value, Pair):
        return is_zero(value.re) and is_zero(value.im)
    node = value.node
    while node.op.name in KEEPING_ZERO:
        node = value.graph[node.operands[0]]
    return node.op.name == "constant" and not constant_array(node).any()


def same(x: Value, y: Value) -> bool:
    """Whether two values are one."""
    if isinstance(x, Pair) and isinstance(y, Pair):
        return same(x.re, y.re) and same(x.im, y.im)
    return not isinstance(x, Pair) and not isinstance(y, Pair) and x.id == y.id


def zero(like: Value) -> Value:
    """Zeros of the type of a value."""
    return lift(0.0, like)


def _plus(x: Value, y: Value) -> Value:
    return y if is_zero(x) else x if is_zero(y) else x + y


def _minus(x: Value, y: Value) -> Value:
    return _negated(y) if is_zero(x) else x if is_zero(y) else x - y


def _times(x: Value, y: Value) -> Value:
    return zero(x) if is_zero(x) or is_zero(y) else x * y


def _over(x: Value, y: Value) -> Value:
    return zero(x) if is_zero(x) and not is_zero(y) else x / y


def _negated(x: Value) -> Value:
    return x if is_zero(x) else -x


# --- from other values -------------------------------------------------------------------------------


def as_pair(value: Value | Number | complex, like: Value) -> Pair:
    """A value, or a number beside ``like``, as a pair."""
    if isinstance(value, Pair):
        return value
    if isinstance(value, Value):
        if value.dtype.kind == "c":
            raise DTypeError("of a complex argument is not supported; pass real and imaginary part as two arguments")
        return Pair(value, zero(value))
    re = like.re if isinstance(like, Pair) else like
    return Pair(lift(value.real, re), lift(value.imag, re))


def complex_constant(graph: Graph, array: np.ndarray, shape: Any = ()) -> Pair:
    """A complex array, or a number repeated to a shape, as a pair of constants."""
    if shape:
        return Pair(full(graph, array.real, shape), full(graph, array.imag, shape))
    return Pair(*(constant(graph, np.ascontiguousarray(part)) for part in (array.real, array.imag)))


def converted(value: Value, dtype: np.dtype) -> Value:
    """A value with another dtype, one of the two complex.

    Raises
    ------
    DTypeError
        If it would lose its imaginary part.
    """
    if dtype.kind == "c":
        part = np.finfo(dtype).dtype
        if isinstance(value, Pair):
            return Pair(_cast(value.re, part), _cast(value.im, part))
        return as_pair(_cast(value, part), value)
    pair = as_pair(value, value)
    if dtype.kind == "b":
        return logical_or(not_equal(pair.re, 0.0), not_equal(pair.im, 0.0))
    remedy = "take np.real(z), or make the array complex"
    raise DTypeError(f"{pair.type} as {dtype} would lose the imaginary part; {remedy}")


def _cast(value: Value, dtype: np.dtype) -> Value:
    return value if value.dtype == dtype else astype(value, dtype=dtype.str)
