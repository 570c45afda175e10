"""`Figure`: what is known of one kernel for its picture: the graph, the loops, and the C of each value."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from gradgen.ir import ADJOINT, FORWARD, Graph, Type
from gradgen.lower.plan import Plan, lowering_of
from gradgen.nest import Kernel
from gradgen.ops.lowering import Reshaping, View
from gradgen.picture.boxes import Box, boxes
from gradgen.picture.cards import Card, card, memory_size
from gradgen.picture.code import Code, read_code

__all__ = ["Figure", "make_figure"]

PLACES = {"input": "argument", "output": "result", "data": "table in the code", "stack": "on the stack"}


@dataclass(frozen=True)
class Figure:
    """One kernel.

    Attributes
    ----------
    name, title : str
        Of the C function, and with the types of its arguments and results.
    graph : Graph
        As it was lowered: the optimised graph, results that are arguments copied.
    plan : Plan
        Which values are stored.
    code : Code
        The C, and which lines make what.
    root : Box
        The loops.
    uses : tuple of (int, int)
        Which value is used by which.
    """

    name: str
    title: str
    graph: Graph
    plan: Plan
    code: Code
    root: Box
    uses: tuple[tuple[int, int], ...]

    @functools.cached_property
    def numbers(self) -> dict[Box, int]:
        """The boxes, outer ones first; that around everything is 0."""
        return {box: number for number, box in enumerate(self.root.every_box())}

    @functools.cached_property
    def cards(self) -> dict[int, Card]:
        """What is written on each value."""
        return {value: card(self.graph, self.plan, value) for value in sorted(self.root.every_value())}

    @functools.cached_property
    def users(self) -> dict[int, list[int]]:
        """Who uses each value."""
        found: dict[int, list[int]] = {value: [] for value in self.cards}
        for value, user in self.uses:
            found[value].append(user)
        return found

    @functools.cached_property
    def kept(self) -> dict[int, None]:
        """What the adjoint sweep takes from the forward sweep, in order."""
        return {value: None for value in self.cards if any(self.is_kept(value, user) for user in self.users[value])}

    def is_kept(self, value: int, user: int) -> bool:
        """Whether a value of the forward sweep is used by the adjoint one."""
        node = self.graph[value]
        return bool(node.operands) and node.sweep == FORWARD and self.graph[user].sweep == ADJOINT

    def stays(self, value: int) -> tuple[str, Type | None]:
        """Where a value is while the kernel runs, in words, and what of it lies in memory."""
        memory, type_ = self.code.memory, self.graph[value].type
        if value not in memory.arrays:
            if value in self.plan.stored:
                return "in a register", None
            return ("a view of what it is made from" if self._is_view(value) else "computed where it is used"), None
        array = memory.arrays[value]
        words = PLACES.get(array.storage, "in the workspace")
        partly = array.storage in ("stack", "arena") and array.shape != type_.shape
        return f"{words}, in part" if partly else words, Type(array.dtype, array.shape)

    def leaves(self, value: int) -> str:
        """What is written where a value leaves a box: what lies in memory, or that nothing does."""
        _, type_ = self.stays(value)
        whole = self.graph[value].type
        if type_ is not None:
            return f"{type_}  {memory_size(type_)}" if type_.shape else str(type_)
        if value in self.plan.stored:
            return str(whole)
        return f"{whole}, {'a view' if self._is_view(value) else 'computed again'}"

    def _is_view(self, value: int) -> bool:
        return isinstance(lowering_of(self.graph, value), View | Reshaping)


def make_figure(graph: Graph, kernel: Kernel, source: str) -> Figure:
    """Read a kernel.

    Parameters
    ----------
    graph : Graph
        The optimised graph.
    kernel, source
        The loop nests made of it, and their C.
    """
    code = read_code(graph, kernel, source)
    lowered, plan = code.memory.graph, code.plan
    root = boxes(lowered, plan, code.items)
    drawn = set(root.every_value())
    pairs = ((operand, value) for value in sorted(drawn) for operand in dict.fromkeys(lowered[value].operands))
    uses = tuple((operand, value) for operand, value in pairs if operand in drawn)
    return Figure(kernel.name, kernel.title, lowered, plan, code, root, uses)
