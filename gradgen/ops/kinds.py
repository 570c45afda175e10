"""What elementwise ops have in common: the types they take, and the shapes of most definitions.

A `smooth` function of one variable is given by its slope, a `step` is constant between its jumps, and
a `question` answers yes or no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradgen.errors import DTypeError, ShapeError
from gradgen.ir import Type, shape_text
from gradgen.ops.op import NO_DERIVATIVE, Op, Rule, Tangent, define
from gradgen.ops.value import Value, lift

__all__ = [
    "FLAT",
    "bool_type",
    "integer_type",
    "number_type",
    "ordered_type",
    "question",
    "real_type",
    "same_type",
    "scipy_special",
    "smooth",
    "step",
    "truth_type",
]


def same_type(*types: Type) -> Type:
    """All operands have one type, the result's; trace/ has promoted and broadcast them."""
    first = types[0]
    for other in types[1:]:
        if other.dtype != first.dtype:
            raise DTypeError(f"the dtypes {first.dtype} and {other.dtype} differ")
        if other.shape != first.shape:
            raise ShapeError(f"the shapes {shape_text(first.shape)} and {shape_text(other.shape)} differ")
    return first


def _of_kind(kinds: str, expected: str, types: tuple[Type, ...]) -> Type:
    if types[0].dtype.kind not in kinds:
        raise DTypeError(f"expected {expected} array, got {types[0]}")
    return same_type(*types)


def number_type(*types: Type) -> Type:
    """One type for all, of numbers: on bools NumPy's arithmetic is logic (see `gradgen.ops.compositions`)."""
    return _of_kind("ifc", "a numeric", types)


def ordered_type(*types: Type) -> Type:
    """One type for all, of numbers that lie on a line."""
    return _of_kind("if", "a real or integer", types)


def real_type(*types: Type) -> Type:
    """One floating-point type for all."""
    return _of_kind("fc", "a floating-point", types)


def integer_type(*types: Type) -> Type:
    """One integer type for all."""
    return _of_kind("i", "an integer", types)


def bool_type(*types: Type) -> Type:
    """Bools in, bools out."""
    return _of_kind("b", "a bool", types)


def truth_type(*types: Type) -> Type:
    """Operands of one type, a bool for each element."""
    return same_type(*types).with_dtype(np.bool_)


def smooth(
    name: str,
    c: str,
    slope: Callable[[Value, Value], Value],
    *,
    cost: int = 20,
    numpy: Callable[..., Any] | None = None,
) -> Op:
    """Define a function of one real variable; ``slope(out, x)`` multiplies the tangent.

    The reference is NumPy's function of that name unless ``numpy`` gives another.
    """
    rules = [Tangent(lambda t, out, x: t * slope(out, x))]
    return define(name, numpy=numpy or getattr(np, name), type=real_type, c=c, cost=cost, rules=rules)


# The rule of an operand in which the op is constant between jumps: the derivative exists and is zero,
# unlike that of an operand marked NO_DERIVATIVE, which must not be differentiated by.
FLAT: Rule = Tangent(lambda t, out, *operands: lift(0.0, out))


def step(name: str, c: str, type: Callable[..., Type], *, cost: int = 1) -> Op:
    """Define a function of one variable that is constant between its jumps."""
    return define(name, numpy=getattr(np, name), type=type, c=c, cost=cost, rules=[FLAT])


def question(name: str, c: str, type: Callable[..., Type], *, arity: int = 1) -> Op:
    """Define a function whose result is not a real number: there is nothing to differentiate."""
    return define(name, numpy=getattr(np, name), type=type, c=c, rules=[NO_DERIVATIVE] * arity)


def scipy_special(name: str) -> Callable[..., Any]:
    """A function of `scipy.special`, imported when first called: importing gradgen must stay quick."""

    def reference(*operands: Any) -> Any:
        import scipy.special

        return getattr(scipy.special, name)(*operands)

    reference.__name__ = reference.__qualname__ = name
    return reference
