"""A value at an index, as an expression: views move the index, elementwise ops apply, stored values are read.

Guards (an `embed` read outside its operand is zero) are settled from what is known of the loop
variables; where a guard changes inside a loop, the point is noted, so that the loop can be cut there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradgen.errors import GradgenError
from gradgen.ir import Dim, Extent, Graph, constant_array
from gradgen.lower.plan import Plan, is_unit_reshape, lowering_of
from gradgen.nest import Affine, Apply, Bounds, Constant, Expr, Guarded, Position
from gradgen.ops.lowering import Expression, Gather, Generator, Reshaping, View

__all__ = ["Index", "Ranges", "Reader", "flat_index", "is_inside", "is_number", "within"]

# What is read outside an embedded value: adding it changes nothing.
ZEROS = frozenset(Constant(0, np.dtype(dtype)) for dtype in (np.float64, np.float32, np.int64, np.int32))

INDEX = np.dtype(np.int64)
# Reads like NumPy: from the end if negative; one out of range is told by the function's status.
CHECKED = "gg_at({0}, {1}, &status)"

# Affine but where elements are gathered.
Index = tuple[Any, ...]
Ranges = dict[str, tuple[Affine, Affine]]
Key = tuple[int, Index, tuple[Bounds, ...]]


@dataclass
class Reader:
    """Makes expressions in one context.

    Parameters
    ----------
    graph, plan
        What is computed, and which values are stored.
    reference : callable
        How a stored value, an input or a constant array is read at an index.
    ranges : dict
        For each loop variable the interval ``[low, high)`` it runs through.
    shared : dict
        Expressions that already have a local name.
    """

    graph: Graph
    plan: Plan
    reference: Callable[[int, Index], Expr]
    ranges: Ranges = field(default_factory=dict)
    shared: dict[Key, Expr] = field(default_factory=dict)
    cuts: dict[str, set[int]] = field(default_factory=dict)
    seen: dict[Key, Expr] = field(default_factory=dict)
    requests: dict[Key, int] = field(default_factory=dict)

    def at(self, identity: int, index: Index, bounds: tuple[Bounds, ...] = ()) -> Expr:
        """The value of a node at an index, under guards that hold where it is asked for."""
        index = within(index, self.graph[identity].type.shape)
        if identity in self.plan.stored:
            return self.reference(identity, index)
        key = (identity, index, bounds)
        if key in self.shared:
            return self.shared[key]
        self.requests[key] = self.requests.get(key, 0) + 1
        if key not in self.seen:
            self.seen[key] = self.define(identity, index, bounds)
        return self.seen[key]

    def define(self, identity: int, index: Index, bounds: tuple[Bounds, ...] = ()) -> Expr:
        """What a node is made of at an index, whether or not it is stored."""
        node, lowering = self.graph[identity], lowering_of(self.graph, identity)
        if isinstance(lowering, Expression):
            operands = tuple(self.at(operand, index, bounds) for operand in node.operands)
            dtype = node.type.dtype if node.op.name == "astype" else self.graph[node.operands[-1]].type.dtype
            if node.op.name == "add" and ZEROS.intersection(operands):
                return operands[1] if operands[0] in ZEROS else operands[0]
            return operands[0] if lowering.template == "{0}" else Apply(lowering.template, operands, dtype)
        if isinstance(lowering, View):
            moved, conditions = lowering.access(index, node, self.graph[node.operands[0]].type)
            return self._guarded(node.operands[0], moved, conditions, bounds)
        if isinstance(lowering, Reshaping):
            return self._reshaped(identity, index, bounds)
        if isinstance(lowering, Gather):
            x, positions = node.operands
            return self.at(x, (self.position_in(positions, index, self.graph[x].type.shape[0], bounds),), bounds)
        if isinstance(lowering, Generator):
            return lowering.element(index, node)
        return self._leaf(identity, index)

    def position_in(self, positions: int, index: Index, extent: Extent, bounds: tuple[Bounds, ...] = ()) -> Expr:
        """A position held in an array, as an index into an axis: checked, unless it is known to be inside."""
        value = self.at(positions, index, bounds)
        node = self.graph[positions]
        if node.op.name == "constant" and isinstance(extent, int):
            known = constant_array(node)
            if not known.size or (known.min() >= 0 and known.max() < extent):
                return value
        return Apply(CHECKED, (value, Position(Affine.of(extent), INDEX)), INDEX)

    def _guarded(self, operand: int, index: Index, conditions: tuple[Bounds, ...], bounds: tuple[Bounds, ...]) -> Expr:
        dtype = self.graph[operand].type.dtype
        open_conditions = []
        for condition in conditions:
            inside = is_inside(condition, self.ranges)
            if inside is False:
                return Constant(0, dtype)
            if inside is not True:
                self._cut(condition)
                open_conditions.append(inside)
        if not open_conditions:
            return self.at(operand, index, bounds)
        new = tuple(condition for condition in open_conditions if condition not in bounds)
        return Guarded(tuple(open_conditions), self.at(operand, index, bounds + new), dtype)

    def _cut(self, condition: Bounds) -> None:
        """Note where a guard on one loop variable with unit step changes."""
        if len(condition.index.terms) == 1 and isinstance(condition.extent, int):
            (variable, coefficient), offset = condition.index.terms[0], condition.index.offset
            if coefficient == 1:
                self.cuts.setdefault(variable, set()).update((-offset, condition.extent - offset))

    def _reshaped(self, identity: int, index: Index, bounds: tuple[Bounds, ...]) -> Expr:
        node = self.graph[identity]
        operand = node.operands[0]
        if is_unit_reshape(self.graph, identity):
            kept = iter(i for i, extent in zip(index, node.type.shape, strict=True) if extent != 1)
            shape = self.graph[operand].type.shape
            return self.at(operand, tuple(Affine() if extent == 1 else next(kept) for extent in shape), bounds)
        while isinstance(lowering_of(self.graph, operand), Reshaping) and operand not in self.plan.stored:
            operand = self.graph[operand].operands[0]
        flat = index if len(index) == 1 else (flat_index(index, node.type.shape),)
        known = _reshaped_index(index, node.type.shape, self.graph[operand].type.shape)
        return self.reference(operand, known or flat)

    def _leaf(self, identity: int, index: Index) -> Expr:
        node = self.graph[identity]
        if node.op.name == "extent":
            return Position(Affine.of(node["extent"]), node.type.dtype)
        if node.op.name == "constant" and not node.type.shape:
            return Constant(constant_array(node)[()].item(), node.type.dtype)
        return self.reference(identity, index)


def within(index: Index, shape: tuple[Extent, ...]) -> Index:
    """The index with 0 along axes of extent 1, the only place there: so that equal reads look equal."""
    return tuple(Affine() if extent == 1 else i for i, extent in zip(index, shape, strict=True))


def flat_index(index: Index, shape: tuple[int | Dim, ...]) -> Affine:
    """The row-major position of an index."""
    flat = Affine()
    for i, extent in zip(index, shape, strict=True):
        if isinstance(extent, Dim):
            if flat.terms or flat.offset:
                raise GradgenError(f"a reshape across the named dimension {extent} is not supported")
            flat = i
        else:
            flat = flat * extent + i
    return flat


def _reshaped_index(index: Index, shape: tuple[Extent, ...], before: tuple[Extent, ...]) -> Index | None:
    """The index before a reshape, where all after the axes that both shapes begin with are numbers."""
    same = 0
    while same < min(len(shape), len(before)) and shape[same] == before[same]:
        same += 1
    flat = flat_index(index[same:], shape[same:]).constant if _is_known(index[same:], shape[same:]) else None
    if flat is None:
        return None
    inner: list[Affine] = []
    for extent in reversed(before[same:]):
        if not isinstance(extent, int) or not extent:
            return None
        inner.append(Affine((), flat % extent))
        flat //= extent
    return (*index[:same], *reversed(inner))


def _is_known(index: Index, shape: tuple[Extent, ...]) -> bool:
    return all(map(is_number, index)) and all(isinstance(extent, int) for extent in shape)


def is_number(index: object) -> bool:
    """Whether an index is the same in all turns of all loops."""
    return isinstance(index, Affine) and not index.terms


def is_inside(condition: Bounds, ranges: Ranges) -> bool | Bounds:
    """Whether bounds hold for all values of the loop variables (True) or none (False); else what is left to ask."""
    low, high = condition.index, condition.index
    for variable, coefficient in condition.index.terms:
        if variable not in ranges:
            continue
        first, last = ranges[variable][0], ranges[variable][1] - 1
        at_first = (first - Affine.variable(variable)) * coefficient
        at_last = (last - Affine.variable(variable)) * coefficient
        low, high = low + (at_first if coefficient > 0 else at_last), high + (at_last if coefficient > 0 else at_first)
    room = Affine.of(condition.extent) - 1
    below, above, least, most = (bound.constant for bound in (low, room - high, room - low, high))
    if (least is not None and least < 0) or (most is not None and most < 0):
        return False
    lower, upper = below is None or below < 0, above is None or above < 0
    return Bounds(condition.index, condition.extent, lower, upper) if lower or upper else True
