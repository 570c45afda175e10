"""When rules hold: the conditions that several tables share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradgen.ir import FORWARD
from gradgen.ops import Value
from gradgen.rewrite.pattern import number_of

__all__ = [
    "is_constant",
    "is_derived",
    "is_mild",
    "is_never_negative",
    "is_nonzero",
    "is_power_of_two",
    "product_is_usual",
    "quotient_is_usual",
    "same_sign",
]


def is_derived(x: Value) -> bool:
    """Whether this belongs to a derivative.

    A user may scale on purpose (``m * sqrt(sum((x / m)**2))``): in the forward sweep only mild
    constants are moved. The factors of a derivative were put together by rules, which scale nothing.
    """
    return x.node.sweep != FORWARD


def is_constant(x: Value) -> bool:
    """A constant scalar."""
    return x.node.op.name == "constant" and not x.shape


def is_nonzero(k: Any) -> bool:
    """A finite number other than zero."""
    return bool(np.isfinite(k) and k != 0)


def is_never_negative(x: Value) -> bool:
    """Whether this is made of squares, absolute values and positive numbers, which it adds, multiplies or moves."""
    node = x.node
    operands = [Value(x.graph, operand) for operand in node.operands]
    if node.op.name == "constant":
        return not x.shape and bool(number_of(x) >= 0)
    if node.op.name in ("abs", "exp"):
        return True
    if node.op.name in ("multiply", "contract") and len(set(node.operands)) == 1:
        return node.op.name == "multiply" or bool(node["x_labels"] == node["y_labels"])
    return node.op.name in ("sum", "broadcast", "reshape", "add", "multiply", "divide") and all(
        map(is_never_negative, operands)
    )


def is_mild(k: Any) -> bool:
    """A factor that takes no ordinary result out of range, wherever in a sum of products it stands."""
    return bool(2.0**-40 <= abs(k) <= 2.0**40)


def is_power_of_two(k: Any) -> bool:
    """A factor whose reciprocal is exact."""
    return is_mild(k) and isinstance(k, np.floating) and abs(math.frexp(k)[0]) == 0.5


def _is_usual(result: Any) -> bool:
    if isinstance(result, np.inexact):
        return bool(np.isfinite(result) and abs(result) >= np.finfo(result.dtype).tiny)
    return True


def product_is_usual(k: Value, d: Value) -> bool:
    """Whether k * d loses nothing to overflow or underflow."""
    with np.errstate(all="ignore"):
        return _is_usual(number_of(k) * number_of(d))


def quotient_is_usual(k: Value, d: Value) -> bool:
    """Whether k / d loses nothing to overflow or underflow."""
    with np.errstate(all="ignore"):
        return _is_usual(number_of(k) / number_of(d))


def same_sign(k: Value, d: Value) -> bool:
    """Two real numbers on one side of zero: their sum cancels nothing."""
    return not np.iscomplexobj(number_of(k)) and bool((number_of(k) > 0) == (number_of(d) > 0))
