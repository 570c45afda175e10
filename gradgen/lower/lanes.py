"""Which loops may run in vector lanes: flat ones, whose sums OpenMP knows how to combine."""

from __future__ import annotations

from collections.abc import Sequence

from gradgen.nest import Affine, Assign, For, Let, Statement, Store

__all__ = ["OPENMP", "loop_of"]

# The operator by which OpenMP combines lanes, for each combining template; gg_math.h declares the last two.
OPENMP = {
    "{0} + {1}": "+",
    "{0} * {1}": "*",
    "{0} | {1}": "|",
    "{0} & {1}": "&",
    "gg_maximum{s}({0}, {1})": "gg_maximum",
    "gg_minimum{s}({0}, {1})": "gg_minimum",
}
# Fewer turns than this are not worth lanes.
FEWEST = 4


def loop_of(variable: str, start: Affine, stop: Affine, body: Sequence[Statement]) -> For:
    """A loop over these statements, in vector lanes where every one of them allows it."""
    turns = (stop - start).constant
    simd = (turns is None or turns >= FEWEST) and all(_allows_lanes(statement, variable) for statement in body)
    sums = [statement for statement in body if isinstance(statement, Assign)]
    reductions = tuple((OPENMP[statement.combine], statement.name) for statement in sums) if simd else ()
    return For(variable, start, stop, tuple(body), simd=simd, reductions=reductions)


def _allows_lanes(statement: Statement, variable: str) -> bool:
    if "&status" in repr(statement):
        return False  # an index is checked
    if isinstance(statement, Let):
        return True
    if isinstance(statement, Assign):
        return statement.combine in OPENMP and not statement.carried
    if isinstance(statement, Store):
        return any(isinstance(index, Affine) and index.coefficient(variable) for index in statement.index)
    return False
