"""Statements without effect, dropped: loops without turns, names and arrays that nothing reads.

They come about where guards are settled: what is read only outside an embedded value is not read at
all, and a loop over an extent of 0 has no turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradgen.nest import (
    Affine,
    Apply,
    Array,
    Assign,
    Call,
    Comment,
    Expr,
    For,
    Guarded,
    Let,
    Load,
    Local,
    Position,
    Statement,
    Store,
    Variable,
    When,
    Zero,
)

__all__ = ["drop_dead", "free_names", "mentioned", "names_in", "nested"]


def drop_dead(body: Iterable[Statement], arrays: Iterable[Array]) -> tuple[Statement, ...]:
    """The statements that some result depends on.

    Parameters
    ----------
    body : iterable of Statement
        A whole kernel.
    arrays : iterable of Array
        Its arrays; what is stored in a result has an effect, in another array only if that is read.
    """
    kept = tuple(body)
    results = {array.name for array in arrays if array.storage == "output"}
    while True:
        names = set(_every_name(kept))
        live = _Live(results | _arrays_read(kept), {s.name for s in nested(kept) if isinstance(s, Variable)} & names)
        pruned = live.prune(kept, set())
        if pruned == kept:
            return _without_idle_comments(kept)
        kept = pruned


def mentioned(body: Iterable[Statement]) -> set[str]:
    """Everything that the statements name: arrays, locals, variables."""
    return set(_every_name(body))


def free_names(body: Iterable[Statement]) -> set[str]:
    """What the statements read that they do not make themselves."""
    free: set[str] = set()
    for statement in reversed(tuple(body)):
        if isinstance(statement, For | When):
            free |= free_names(statement.body)
        if isinstance(statement, Let | Variable):
            free.discard(statement.name)
        free.update(_names(statement))
    return free


class _Live:
    """Walks statements backwards, knowing what is wanted after each."""

    def __init__(self, arrays: set[str], carried: set[str]) -> None:
        self.arrays, self.carried = arrays, carried

    def prune(self, body: tuple[Statement, ...], wanted: set[str]) -> tuple[Statement, ...]:
        """The live statements of a block; ``wanted`` becomes what is wanted before it."""
        kept: list[Statement] = []
        for statement in reversed(body):
            pruned = self._statement(statement, wanted)
            if pruned is not None:
                kept.append(pruned)
        return tuple(reversed(kept))

    def _statement(self, statement: Statement, wanted: set[str]) -> Statement | None:
        if isinstance(statement, For | When):
            return self._block(statement, wanted)
        if isinstance(statement, Let | Variable | Assign) and statement.name not in wanted:
            return None
        if isinstance(statement, Store | Zero) and statement.array not in self.arrays:
            return None
        if isinstance(statement, Let | Variable):
            wanted.discard(statement.name)
        wanted.update(_names(statement))
        return statement

    def _block(self, block: For | When, wanted: set[str]) -> For | When | None:
        if isinstance(block, For):
            turns = (block.stop - block.start).constant
            if turns is not None and turns <= 0:
                return None
            wanted |= self.carried & set(_every_name(block.body))  # one turn makes what the next one reads
        inner = self.prune(block.body, wanted)
        if not inner:
            return None
        wanted.update(_names(block))
        if isinstance(block, When):
            return When(block.bounds, inner)
        summed = {statement.name for statement in inner if isinstance(statement, Assign)}
        reductions = tuple(pair for pair in block.reductions if pair[1] in summed)
        return For(block.variable, block.start, block.stop, inner, block.step, block.simd, reductions)


def _without_idle_comments(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """A comment that announces a sweep of which nothing is left goes with it."""
    following = (*body, Comment(""))[1:]
    return tuple(
        statement
        for statement, after in zip(body, following, strict=True)
        if not (isinstance(statement, Comment) and isinstance(after, Comment))
    )


def nested(body: Iterable[Statement]) -> Iterator[Statement]:
    """All statements, those inside blocks too."""
    for statement in body:
        yield statement
        if isinstance(statement, For | When):
            yield from nested(statement.body)


def _every_name(body: Iterable[Statement]) -> Iterator[str]:
    for statement in nested(body):
        yield from _names(statement)
        if isinstance(statement, Store | Zero):
            yield statement.array


def _arrays_read(body: Iterable[Statement]) -> set[str]:
    """Of arrays and locals, what is read; a call may read whatever it is given."""
    return {name for statement in nested(body) for name in _names(statement)}


def _names(statement: Statement) -> Iterator[str]:
    """What one statement reads, apart from the statements inside it."""
    if isinstance(statement, For):
        yield from names_in(statement.start)
        yield from names_in(statement.stop)
    elif isinstance(statement, When):
        for bound in statement.bounds:
            yield from names_in(bound.index)
            yield from names_in(Affine.of(bound.extent))
    elif isinstance(statement, Call):
        for argument in statement.arguments:
            yield from names_in(argument)
    elif isinstance(statement, Let | Variable | Assign | Store):
        yield from names_in(statement.value)
        if isinstance(statement, Store):
            for index in statement.index:
                yield from names_in(index)


def names_in(expression: Expr | Affine) -> Iterator[str]:
    """The arrays, locals and variables that an expression mentions."""
    if isinstance(expression, Affine):
        yield from (name for name, _ in expression.terms)
    elif isinstance(expression, Local):
        yield expression.name
    elif isinstance(expression, Position):
        yield from names_in(expression.index)
    elif isinstance(expression, Load):
        yield expression.array
        for index in expression.index:
            yield from names_in(index)
    elif isinstance(expression, Apply):
        for operand in expression.operands:
            yield from names_in(operand)
    elif isinstance(expression, Guarded):
        yield from names_in(expression.value)
        for bound in expression.bounds:
            yield from names_in(bound.index)
            yield from names_in(Affine.of(bound.extent))
