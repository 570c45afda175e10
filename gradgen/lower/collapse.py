"""Loops made simpler once everything else is settled: those of one turn, and nests over memory in one stretch.

for i in [3, 4): body            body with 3 for i
for i < m: for j < n: x[n*i + j] for i < m*n: x[i]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from gradgen.ir import Dim
from gradgen.lower.dead import names_in
from gradgen.lower.express import flat_index
from gradgen.lower.lanes import loop_of
from gradgen.nest import (
    Affine,
    Apply,
    Array,
    Assign,
    Bounds,
    Call,
    Expr,
    For,
    Guarded,
    Let,
    Load,
    Position,
    Statement,
    Store,
    Variable,
    When,
)

__all__ = ["collapse"]

Rename = Callable[[Affine], Affine]


def collapse(body: Iterable[Statement], arrays: Iterable[Array]) -> tuple[Statement, ...]:
    """The statements of a kernel with its loops made simpler.

    Parameters
    ----------
    body : iterable of Statement
        A whole kernel.
    arrays : iterable of Array
        Its arrays.
    """
    simpler = _Collapse({array.name: array for array in arrays})
    return tuple(done for statement in body for done in simpler.statement(statement))


class _Collapse:
    def __init__(self, arrays: dict[str, Array]) -> None:
        self.arrays = arrays

    def statement(self, statement: Statement) -> tuple[Statement, ...]:
        if not isinstance(statement, For | When):
            return (statement,)
        body = tuple(done for inner in statement.body for done in self.statement(inner))
        if isinstance(statement, When):
            return (replace(statement, body=body),)
        if (statement.stop - statement.start).constant == 1:
            return self._once(statement, body)
        return (self._flat(replace(statement, body=body)),)

    def _once(self, loop: For, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """The body where the loop was; in a block of its own if it names anything."""
        start = loop.start

        def at_start(index: Affine) -> Affine:
            count = index.coefficient(loop.variable)
            return index - Affine.variable(loop.variable) * count + start * count if count else index

        once = tuple(_renamed(statement, at_start) for statement in body)
        if any(isinstance(statement, Let | Variable) for statement in once):
            return (replace(loop, body=once, simd=False, reductions=()),)
        return once

    def _flat(self, loop: For) -> For:
        """Two loops as one, where every element that they touch lies in one stretch in their order."""
        if len(loop.body) != 1 or not isinstance(loop.body[0], For):
            return loop
        inner = loop.body[0]
        whole = inner.start == loop.start == Affine() and inner.step == loop.step == 1
        width, turns = inner.stop.constant, loop.stop.constant
        if not whole or width is None or turns is None:
            return loop
        try:
            body = tuple(self._in_one(statement, loop.variable, inner.variable, width) for statement in inner.body)
        except _NotInOne:
            return loop
        return loop_of(loop.variable, Affine(), Affine.of(turns * width), body)

    def _in_one(self, statement: Statement, outer: str, inner: str, width: int) -> Statement:
        """The statement of the one loop, whose variable is ``outer``."""
        if not isinstance(statement, Let | Store | Assign):
            raise _NotInOne

        def place(array: str, index: tuple[Expr | Affine, ...]) -> tuple[Affine, ...]:
            if not all(isinstance(i, Affine) for i in index):
                raise _NotInOne
            positions = tuple(i for i in index if isinstance(i, Affine))
            shape = self.arrays[array].shape
            if any(isinstance(extent, Dim) for extent in shape[1:]):
                raise _NotInOne
            flat = positions[0] if len(positions) == 1 else flat_index(positions, shape) if positions else Affine()
            by_outer, by_inner = flat.coefficient(outer), flat.coefficient(inner)
            if (by_outer, by_inner) not in ((width, 1), (0, 0)):
                raise _NotInOne
            if by_inner:
                flat = flat - Affine.variable(outer) * width - Affine.variable(inner) + Affine.variable(outer)
            return (flat,) if positions else ()

        return _relocated(statement, place, {outer, inner})


class _NotInOne(Exception):
    """The elements do not lie in one stretch."""


def _relocated(
    statement: Let | Store | Assign,
    place: Callable[[str, tuple[Expr | Affine, ...]], tuple[Affine, ...]],
    variables: set[str],
) -> Statement:
    def moved(expression: Expr) -> Expr:
        if isinstance(expression, Load):
            return Load(expression.array, place(expression.array, expression.index))
        if isinstance(expression, Apply):
            return replace(expression, operands=tuple(moved(operand) for operand in expression.operands))
        if not variables.isdisjoint(names_in(expression)):
            raise _NotInOne
        return expression

    value = moved(statement.value)
    if isinstance(statement, Store):
        return replace(statement, value=value, index=place(statement.array, statement.index))
    return replace(statement, value=value)


def _renamed(statement: Statement, rename: Rename) -> Statement:
    """A statement with its indices replaced."""
    if isinstance(statement, For):
        body = tuple(_renamed(inner, rename) for inner in statement.body)
        return replace(statement, start=rename(statement.start), stop=rename(statement.stop), body=body)
    if isinstance(statement, When):
        body = tuple(_renamed(inner, rename) for inner in statement.body)
        return When(tuple(_bound(bound, rename) for bound in statement.bounds), body)
    if isinstance(statement, Call):
        arguments = tuple(_index(argument, rename) for argument in statement.arguments)
        return replace(statement, arguments=arguments)
    if isinstance(statement, Store):
        index = tuple(_index(i, rename) for i in statement.index)
        return replace(statement, index=index, value=_expression(statement.value, rename))
    if isinstance(statement, Let | Variable | Assign):
        return replace(statement, value=_expression(statement.value, rename))
    return statement


def _bound(bound: Bounds, rename: Rename) -> Bounds:
    return replace(bound, index=rename(bound.index))


def _index(index: Expr | Affine, rename: Rename) -> Expr | Affine:
    return rename(index) if isinstance(index, Affine) else _expression(index, rename)


def _expression(expression: Expr, rename: Rename) -> Expr:
    if isinstance(expression, Load):
        return Load(expression.array, tuple(_index(i, rename) for i in expression.index))
    if isinstance(expression, Apply):
        return replace(expression, operands=tuple(_expression(operand, rename) for operand in expression.operands))
    if isinstance(expression, Guarded):
        bounds = tuple(_bound(bound, rename) for bound in expression.bounds)
        return replace(expression, bounds=bounds, value=_expression(expression.value, rename))
    if isinstance(expression, Position):
        return replace(expression, index=rename(expression.index))
    return expression
