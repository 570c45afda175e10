"""What an operation is, and `define`, the single place where one comes into being.

    op    = name, NumPy reference, type rule, way to C, derivative rules
    rules = one per operand: Tangent (nonlinear in it) or Linear (its transpose); or one Joint for
            an op that is linear in several operands together; or NO_DERIVATIVE, said aloud

Rules are written in ops on `Value`; ``t``, ``ct``, ``out``, ``x``, ``y`` mean tangent, cotangent,
result and operands in every rule. An attribute of the op reaches a rule as a keyword.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradgen.errors import GradgenError
from gradgen.ir import Graph, Type
from gradgen.ops.lowering import Expression, Lowering
from gradgen.ops.value import Value, lift

__all__ = ["HELD", "NO_DERIVATIVE", "OPS", "Entries", "Joint", "Linear", "Op", "Own", "Rule", "Tangent", "define"]


@dataclass(frozen=True, eq=False, slots=True)
class Tangent:
    """The op is nonlinear in this operand: ``rule(t, out, *operands)`` is its contribution to the tangent."""

    rule: Callable[..., Value]


@dataclass(frozen=True, eq=False, slots=True)
class Linear:
    """The op is linear in this operand, the others held: ``transpose(ct, *operands)`` pulls a cotangent back.

    The operand itself is passed for its type only; its value is not known where the rule runs.
    """

    transpose: Callable[..., Value]


@dataclass(frozen=True, eq=False, slots=True)
class Joint:
    """The op is linear in the operands ``over`` (all of them by default) together.

    Parameters
    ----------
    transpose : callable
        ``transpose(ct, *operands)`` gives a sequence with one cotangent for each operand in ``over``.
    over : tuple of int or callable, optional
        Which operands; the others carry no derivative. A callable is given the number of operands and
        the op's attributes.
    alone : tuple of callables, optional
        For each operand in ``over`` what the op is when only its tangent is not zero.
    """

    transpose: Callable[..., Sequence[Value]]
    over: tuple[int, ...] | Callable[..., Sequence[int]] | None = None
    alone: tuple[Callable[[Value], Value], ...] | None = None

    def positions(self, operands: int, attributes: dict[str, Any]) -> Sequence[int]:
        """The operands meant by ``over``."""
        if callable(self.over):
            return self.over(operands, **attributes)
        return range(operands) if self.over is None else self.over


@dataclass(frozen=True, eq=False, slots=True)
class Own:
    """A rule over all operands at once: ``tangent(out, operands, tangents)``, None for what does not move."""

    tangent: Callable[..., Value | None]


class _NoDerivative:
    def __repr__(self) -> str:
        return "NO_DERIVATIVE"


NO_DERIVATIVE = _NoDerivative()
# To every derivative a constant: an op linear together in none of its operands; or one operand of several, such as
# a factor, where what is computed with it has its rule for the matrix.
HELD = Joint(lambda ct, *operands, **attributes: (), over=())

Rule = Tangent | Linear | Joint | _NoDerivative
Rules = tuple[Rule, ...] | Joint | Own | _NoDerivative


@dataclass(frozen=True, eq=False, slots=True)
class Entries:
    """How an op goes along a new first axis where attributes cannot say it.

    ``result(size, batched, *operands, **attributes)`` is the op on each entry.
    """

    result: Callable[..., Value]


@dataclass(frozen=True, eq=False)
class Op:
    """An operation; call it on values to add it to their graph. Made by `define`."""

    name: str
    numpy: Callable[..., Any]
    type: Callable[..., Type]
    lowering: Lowering
    rules: Rules
    batch: Callable[..., dict[str, Any]] | Entries | None = None
    commutative: bool = False

    def __call__(self, *operands: Value | float | int | bool, **attributes: Any) -> Value:
        """This op on operands of one graph; Python numbers become constants of the first operand's type."""
        like = next(operand for operand in operands if isinstance(operand, Value))
        values = [operand if isinstance(operand, Value) else lift(operand, like) for operand in operands]
        key = tuple(sorted(attributes.items()))
        return Value(like.graph, like.graph.add(self, tuple([value.id for value in values]), key))

    def leaf(self, graph: Graph, **attributes: Any) -> Value:
        """This op without operands, in ``graph``."""
        return Value(graph, graph.add(self, (), tuple(sorted(attributes.items()))))

    @property
    def is_elementwise(self) -> bool:
        """Whether each element of the result depends on the same element of each operand only."""
        return isinstance(self.lowering, Expression)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


OPS: dict[str, Op] = {}


def define(
    name: str,
    *,
    numpy: Callable[..., Any],
    type: Callable[..., Type],
    c: Lowering | str,
    rules: Sequence[Rule] | Joint | Own | _NoDerivative,
    cost: int = 1,
    batch: Callable[..., dict[str, Any]] | Entries | None = None,
    commutative: bool = False,
) -> Op:
    """Define an operation, in one place, for good.

    Parameters
    ----------
    name : str
        NumPy's name where NumPy has it.
    numpy : callable
        The reference: arrays and attributes to an array. Folds constants, runs the numpy backend,
        and is what the tests compare with.
    type : callable
        Operand types and attributes to the type of the result; raises ShapeError or DTypeError.
    c : str or Lowering
        The way to C: for an elementwise op an expression such as ``"{0} * {1}"``, else one of the
        forms of `gradgen.ops.lowering`.
    rules : sequence of Tangent or Linear, Joint, or NO_DERIVATIVE
        The derivative.
    cost : int
        What one element costs, in additions.
    batch : callable or Entries, optional
        ``batch(size, batched, **attributes)`` gives the attributes with which the op does the same for
        each entry of a new first axis; ``batched`` tells for each operand whether it has that axis.
        An elementwise op needs none.
    commutative : bool
        Whether its two operands may change places: then ``x * y`` and ``y * x`` are one node.

    Raises
    ------
    GradgenError
        At import, if the name is taken or a part is missing: a wrong number of rules for a C
        expression, no NumPy reference, no way to C.
    """
    lowering = Expression(c, cost) if isinstance(c, str) else c
    if name in OPS:
        raise GradgenError(f"op {name} is defined twice")
    if not callable(numpy):
        raise GradgenError(f"op {name} has no NumPy reference")
    if not isinstance(lowering, Lowering):
        raise GradgenError(f"op {name} has no way to C")
    kept: Rules = tuple(rules) if isinstance(rules, Sequence) else rules
    if isinstance(lowering, Expression) and isinstance(kept, tuple) and len(kept) != lowering.arity:
        raise GradgenError(f"op {name}: {len(kept)} rules for {lowering.arity} operands")
    if not isinstance(kept, tuple | Joint | Own | _NoDerivative):
        raise GradgenError(f"op {name} says nothing about its derivative; say NO_DERIVATIVE if there is none")
    OPS[name] = op = Op(name, numpy, type, lowering, kept, batch, commutative)
    return op
