"""What must be known before a value is computed, though it is not read: so a repetition begins late."""

from __future__ import annotations

from gradgen.ir import Graph
from gradgen.lower.plan import Plan, lowering_of, read_by
from gradgen.ops.lowering import Waiting

__all__ = ["waited_for"]

Nodes = tuple[int, ...]


def waited_for(graph: Graph, plan: Plan) -> dict[int, Nodes]:
    """For each live value the stored ones that it waits for on the way from the stored values it reads."""
    waits: dict[int, Nodes] = {}
    for identity in plan.live:
        found: dict[int, None] = {}
        for operand in read_by(graph, identity):
            if operand not in plan.stored:
                found.update(dict.fromkeys(waits[operand]))
        if isinstance(lowering_of(graph, identity), Waiting):
            for operand in graph[identity].operands[1:]:
                found.update(dict.fromkeys(_made_of(graph, plan, operand)))
        waits[identity] = tuple(found)
    return waits


def _made_of(graph: Graph, plan: Plan, identity: int) -> Nodes:
    """The stored values that a value is computed from; itself, if it is stored."""
    found: dict[int, None] = {}
    todo = [identity]
    while todo:
        current = todo.pop()
        if current in plan.stored:
            found[current] = None
        else:
            todo.extend(read_by(graph, current))
    return tuple(found)
