"""Strong zero: a derivative that has passed a mask is 0 where the mask is off, whatever multiplies it there.

``np.where(x > 0, np.sqrt(x), 0)`` has derivative 0 at ``x = 0``, though the slope of the root is infinite and
``0 * inf`` is NaN. So a tangent or cotangent carries the mask that it has passed through elementwise work and
through moves, and is set to zero behind that work, once, instead of before it:

    where(c, ct, 0) * slope    becomes    where(c, ct * slope, 0)

A contraction ends it: there the zeros are set and the mask is forgotten. Nothing is added where no mask is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradgen.ir import constant_array
from gradgen.ops import OPS, Op, Value, lift
from gradgen.ops.comparison import logical_and, logical_not, logical_or, where
from gradgen.ops.reduce import any_

__all__ = ["MOVES", "Masked", "is_plain_product", "total"]

# Ops that only move elements: they move a mask as well.
MOVES = ("broadcast", "reshape", "transpose", "slice", "embed", "place", "diag", "diagonal")


class Masked(NamedTuple):
    """A tangent or cotangent and the mask it has passed.

    Parameters
    ----------
    value : Value
        What it is where the mask is on.
    mask : Value, optional
        Where it is off, it is zero; None if it has passed no mask.
    zeroed : bool, optional
        Whether ``value`` itself is zero there already.
    """

    value: Value
    mask: Value | None = None
    zeroed: bool = False

    @classmethod
    def of(cls, value: Value) -> Masked:
        """The mask of what a rule has written as ``where(c, x, 0)``."""
        if value.node.op.name != "where":
            return cls(value)
        c, x, y = (Value(value.graph, operand) for operand in value.node.operands)
        if _is_zero(y):
            return cls.of(x).behind(c)
        return cls.of(y).behind(logical_not(c)) if _is_zero(x) else cls(value)

    def behind(self, mask: Value | None) -> Masked:
        """The same behind one more mask."""
        if mask is None or (self.mask is not None and self.mask.id == mask.id):
            return self
        return Masked(self.value, mask if self.mask is None else logical_and(self.mask, mask))

    def plain(self) -> Value:
        """The value with its zeros in place."""
        if self.mask is None or self.zeroed:
            return self.value
        node, zero = self.mask.node, lift(0.0, self.value)
        if node.op.name == "logical_not":
            return where(Value(self.value.graph, node.operands[0]), zero, self.value)
        return where(self.mask, self.value, zero)

    def moved(self, value: Value, mask: Value | None) -> Masked:
        """Value and mask after the same move."""
        return Masked(value, mask, self.zeroed)

    def summed(self, value: Value, axes: tuple[int, ...]) -> Masked:
        """After the sum of the plain value: zero where the mask was off at all that was added."""
        return Masked(value) if self.mask is None else Masked(value, _any(self.mask, axes), zeroed=True)


def _any(mask: Value, axes: tuple[int, ...]) -> Value:
    """Whether a mask is on anywhere along the axes; what was repeated along just these is what it was."""
    node = mask.node
    if node.op.name == "broadcast" and set(range(mask.ndim)) - set(axes) == set(node["axes"]):
        return Value(mask.graph, node.operands[0])
    return any_(mask, axes=axes)


def total(first: Masked, second: Masked) -> Masked:
    """The sum of two, with the mask that both have passed."""
    if first.mask is None or second.mask is None:
        return Masked(first.plain() + second.plain())
    if first.mask.id == second.mask.id:
        return Masked(first.value + second.value, first.mask, first.zeroed and second.zeroed)
    if _is_negation(second.mask, first.mask):
        return Masked(where(first.mask, first.value, second.value))
    if _is_negation(first.mask, second.mask):
        return Masked(where(second.mask, second.value, first.value))
    return Masked(first.plain() + second.plain(), logical_or(first.mask, second.mask), zeroed=True)


def _is_negation(negation: Value, mask: Value) -> bool:
    return negation.node.op.name == "logical_not" and negation.node.operands == (mask.id,)


def _is_zero(x: Value) -> bool:
    number = _constant(x)
    return number is not None and not np.any(number)


def _constant(x: Value) -> np.ndarray | None:
    """The array of a constant, repeated or not."""
    node = x.node
    if node.op.name == "broadcast":
        node = x.graph[node.operands[0]]
    return constant_array(node) if node.op.name == "constant" else None


def is_plain_product(op: Op, operands: list[Value], position: int) -> bool:
    """Whether the op maps a zero at this operand to a zero: no factor can be infinite."""
    if op.name != "multiply":
        return not isinstance(op.rules, tuple) or op.name in ("negative", "astype", "copy")
    factor = _constant(operands[1 - position])
    return factor is not None and bool(np.isfinite(factor).all())


assert set(MOVES) <= set(OPS)
