"""Ops whose derivative the user gives.

`custom` is a value together with what it was computed from: the value to everybody but derivatives,
which ask its rule. `custom_tangent` is the tangent of such a value where only the transpose is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from gradgen.errors import DifferentiationError
from gradgen.ir import Extent, Type
from gradgen.ops.lowering import View
from gradgen.ops.op import Joint, Own, define
from gradgen.ops.value import Value

__all__ = ["CustomRule", "custom", "custom_tangent"]


class CustomRule(Protocol):
    """The user's rule for one function, made by `gradgen.api`; hashable, and printed the same in every process."""

    def tangent(self, out: int, operands: Sequence[Value], tangents: Sequence[Value | None]) -> Value:
        """The tangent of result number ``out``."""

    def transpose(self, out: int, ct: Value, operands: Sequence[Value]) -> Sequence[Value]:
        """The cotangents of the operands for a cotangent of result number ``out``."""

    def batched(self, size: Extent) -> CustomRule:
        """The rule for many entries at once, along a first axis."""


def _tangent(
    out: Value, operands: Sequence[Value], tangents: Sequence[Value | None], rule: CustomRule, number: int
) -> Value:
    return rule.tangent(number, operands[1:], tangents[1:])


def _batched(size: Extent, batched: Sequence[bool], rule: CustomRule, number: int) -> dict[str, Any]:
    return {"rule": rule.batched(size), "number": number}


# Operand 0 is the value, the others are what derivatives are taken by.
custom = define(
    "custom",
    numpy=lambda y, *xs, rule, number: y,
    type=lambda y, *xs, rule, number: y,
    c=View(lambda index, node, y: (index, ())),
    batch=_batched,
    rules=Own(_tangent),
)


def _no_forward(*_: Any, **__: Any) -> np.ndarray:
    raise DifferentiationError("a function with custom_vjp has no forward mode; use reverse mode, or custom_jvp")


def _pulled(ct: Value, *operands: Value, rule: CustomRule, number: int, count: int) -> Sequence[Value]:
    return rule.transpose(number, ct, operands[: len(operands) - count])


def _tangent_type(*types: Type, rule: CustomRule, number: int, count: int) -> Type:
    return types[0]


# Operand 0 is the value (for its type), then come the function's operands, then the ``count`` tangents of these.
custom_tangent = define(
    "custom_tangent",
    numpy=_no_forward,
    type=_tangent_type,
    c=View(_no_forward),
    batch=lambda size, batched, rule, number, count: {"rule": rule.batched(size), "number": number, "count": count},
    rules=Joint(_pulled, over=lambda operands, rule, number, count: range(operands - count, operands)),
)
