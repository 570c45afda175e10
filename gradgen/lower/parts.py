"""Cut a long kernel into parts, because C compilers take more than linear time over one function.

A part is a static function. Arrays are passed by pointer; a number that one part makes and another
uses goes through the array ``shared``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from gradgen.lower.dead import free_names, mentioned, nested
from gradgen.nest import (
    Affine,
    Array,
    Assign,
    Call,
    Comment,
    Expr,
    For,
    Kernel,
    Let,
    Load,
    Local,
    Part,
    Statement,
    Store,
    Variable,
    When,
)

__all__ = ["cut_parts"]

# A kernel of more statements than this is cut, into parts of about so many.
LONG, PART = 1200, 400
SHARED = "shared"
NUMBER = np.dtype(np.float64)


def cut_parts(kernel: Kernel) -> Kernel:
    """The kernel itself if it is short, else one that calls its parts."""
    if sum(map(_size, kernel.body)) <= LONG:
        return kernel
    chunks = list(_chunks(kernel.body))
    made = [_made(chunk) for chunk in chunks]
    if any(dtype != NUMBER for names in made for dtype in names.values()):
        return kernel  # only float64 goes through `shared`
    slots = _slots(chunks, made)
    arrays = {array.name: array for array in kernel.arrays}
    parts: list[Part] = []
    body: list[Statement] = []
    for number, (chunk, names) in enumerate(zip(chunks, made, strict=True)):
        part = _part(kernel, f"{kernel.name}_part_{number + 1}", chunk, names, slots, arrays)
        parts.append(part)
        body.append(_call(part, arrays, kernel.dims))
    shared = [Array(SHARED, NUMBER, (len(slots),), "stack")] if slots else []
    return replace(kernel, arrays=(*kernel.arrays, *shared), body=tuple(body), parts=tuple(parts))


def _size(statement: Statement) -> int:
    return 1 + sum(map(_size, statement.body)) if isinstance(statement, For | When) else 1


def _chunks(body: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Neighbouring statements, a variable together with all that changes it."""
    last = {name: position for position, statement in enumerate(body) for name in _changed([statement])}
    chunk: list[Statement] = []
    size, until = 0, -1
    for position, statement in enumerate(body):
        chunk.append(statement)
        size += _size(statement)
        if isinstance(statement, Variable):
            until = max(until, last.get(statement.name, position))
        if size >= PART and position >= until and not isinstance(statement, Comment):
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _changed(body: Iterable[Statement]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, For | When):
            yield from _changed(statement.body)
        elif isinstance(statement, Assign):
            yield statement.name


def _made(chunk: Iterable[Statement]) -> dict[str, np.dtype]:
    """The numbers that statements of the outermost level make."""
    return {statement.name: statement.dtype for statement in chunk if isinstance(statement, Let | Variable)}


def _slots(chunks: Sequence[Sequence[Statement]], made: Sequence[dict[str, np.dtype]]) -> dict[str, int]:
    """A place in ``shared`` for each number that another part uses than the one that makes it."""
    slots: dict[str, int] = {}
    known = {name for names in made for name in names}
    for chunk, own in zip(chunks, made, strict=True):
        for name in sorted(known.intersection(free_names(chunk)) - set(own)):
            slots.setdefault(name, len(slots))
    return slots


def _part(
    kernel: Kernel,
    name: str,
    chunk: Sequence[Statement],
    made: dict[str, np.dtype],
    slots: dict[str, int],
    arrays: dict[str, Array],
) -> Part:
    used = mentioned(chunk)
    free = free_names(chunk)
    needed = [other for other in slots if other in free and other not in made]
    given = [other for other in made if other in slots]
    before = [Let(other, NUMBER, Load(SHARED, (Affine((), slots[other]),))) for other in needed]
    after = [Store(SHARED, (Affine((), slots[other]),), NUMBER, Local(other)) for other in given]
    taken = tuple(array for array in arrays.values() if array.name in used)
    dims = tuple(dim for dim in kernel.dims if dim in used | _extents(taken))
    return Part(name, taken, dims, (*before, *chunk, *after), shares=bool(before or after))


def _extents(arrays: Iterable[Array]) -> set[str]:
    return {name for array in arrays for extent in array.shape for name, _ in Affine.of(extent).terms}


def _call(part: Part, arrays: dict[str, Array], dims: Sequence[str]) -> Call:
    """Arrays by address, numbers by value, in the order of the part's parameters."""
    arguments: list[Expr | Affine] = []
    for array in part.arrays:
        if array.storage == "data":
            continue
        by_value = array.storage == "input" and not array.shape
        arguments.append(Local(array.name) if by_value else Load(array.name, (Affine(),) if array.shape else ()))
    arguments += [Affine.variable(dim) for dim in part.dims]
    if part.shares:
        arguments.append(Load(SHARED, (Affine(),)))
    addresses = tuple(k for k, argument in enumerate(arguments) if isinstance(argument, Load))
    return Call(part.name, tuple(arguments), addresses, site=0 if _may_fail(part.body) else None)


def _may_fail(body: Sequence[Statement]) -> bool:
    """Whether a part returns a status that says something; its number is in it already."""
    calls = any(isinstance(statement, Call) and statement.site is not None for statement in nested(body))
    return calls or "&status" in repr(body)
