"""Ops whose derivative the user gives.

`custom` is a value together with what it was computed from: the value to everybody but derivatives,
which ask its rule. `held` are the arguments as the value is computed from them, constant to derivatives.
`custom_tangent` are the tangents of such values where only the transpose is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from gradgen.errors import DifferentiationError
from gradgen.ir import Extent, Type
from gradgen.ops.lowering import View
from gradgen.ops.op import HELD, Joint, Own, define
from gradgen.ops.value import Value

__all__ = ["CustomRule", "custom", "custom_tangent", "held"]


class CustomRule(Protocol):
    """The user's rule for one call of a function; hashable, and printed the same in every process."""

    @property
    def name(self) -> str:
        """The function's name."""

    @property
    def only_reverse(self) -> bool:
        """Whether only the transpose of the derivative is known."""

    @property
    def packed(self) -> Type:
        """The type of all results in one array, as `custom_tangent` gives their tangents."""

    def tangent(self, number: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result ``number``."""

    def released(self, tangent: Value) -> Value:
        """A tangent in which the arguments, held constant where the value was computed, may move again."""

    def transpose(self, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the operands for those of all results, packed."""

    def batched(self, size: Extent, entries: Mapping[int, Value]) -> CustomRule:
        """The rule for many entries at once, along a first axis; ``entries`` are those of variables it may know."""

    def replaced(self, values: Mapping[int, Value]) -> CustomRule:
        """The rule with values in the place of variables it may know."""


def _tangent(
    out: Value, operands: Sequence[Value], tangents: Sequence[Value | None], rule: CustomRule, number: int
) -> Value | None:
    """By the arguments as the rule says; by what else the function knows (operand 0) as any derivative."""
    by_closure = None if tangents[0] is None else rule.released(tangents[0])
    if all(t is None for t in tangents[1:]):
        return by_closure
    by_rule = rule.tangent(number, operands[1:], tangents[1:])
    return by_rule if by_closure is None else by_rule + by_closure


# Those of one ``call`` are its own: the same array may be held for another call, or by `stop_gradient` for good.
held = define(
    "held",
    numpy=lambda x, call: x,
    type=lambda x, call: x,
    c="{0}",
    rules=HELD,
)

# Operand 0 is the value, computed from what is constant to derivatives; the others are what these are taken by.
custom = define(
    "custom",
    numpy=lambda y, *xs, rule, number: y,
    type=lambda y, *xs, rule, number: y,
    c=View(lambda index, node, y: (index, ())),
    rules=Own(_tangent),
)


def _no_forward(*_: Any, **__: Any) -> Any:
    raise DifferentiationError("a function with custom_vjp has no forward mode; use reverse mode, or custom_jvp")


# The operands are the function's and then, one for each, their tangents.
custom_tangent = define(
    "custom_tangent",
    numpy=_no_forward,
    type=lambda *operands, rule: rule.packed,
    c=View(_no_forward),
    rules=Joint(
        lambda ct, *operands, rule: rule.transpose(ct, operands[: len(operands) // 2]),
        over=lambda count, rule: range(count // 2, count),
    ),
)
