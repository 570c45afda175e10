"""Guards at isolated points, which a formula leaves out: it holds where it is defined.

A guard is a condition ``u == 0`` under which some `where` puts a number in the place of ``u`` itself, as
derivatives do that divide by ``u``. What else depends on this condition guards the same point.
"""

from __future__ import annotations

from gradgen.ir import Graph
from gradgen.ir.graph import FORWARD, constant_array

__all__ = ["guards", "unguarded"]


def guards(graph: Graph) -> set[int]:
    """The conditions that are guards."""
    found = set[int]()
    for identity in graph.live():
        node = graph[identity]
        if node.op.name == "where" and _is_number(graph, node.operands[1]):
            condition = _plain(graph, node.operands[0])
            tested = {_plain(graph, operand) for operand in _zeros(graph, condition)}
            if _plain(graph, node.operands[2]) in tested:
                found.add(condition)
    return found


def unguarded(graph: Graph, identity: int, found: set[int]) -> int | None:
    """The branch of a `where` that holds nearly everywhere, if its condition is a guard or asks for finiteness."""
    node = graph[identity]
    if node.op.name != "where":
        return None
    condition, inverted = _plain(graph, node.operands[0]), False
    while graph[condition].op.name == "logical_not":
        condition, inverted = _plain(graph, graph[condition].operands[0]), not inverted
    name = graph[condition].op.name
    if name == "isfinite" and _plain(graph, graph[condition].operands[0]) == _plain(graph, node.operands[1]):
        return node.operands[1]
    if condition in found or (name == "equal" and _shares_tie(graph, identity)):
        return node.operands[1 if inverted else 2]
    return None


def _shares_tie(graph: Graph, identity: int) -> bool:
    """Whether this is the half that each of two equal numbers gets of the derivative of the larger one."""
    node = graph[identity]
    half, one = node.operands[1:]
    return node.sweep != FORWARD and _is_number(graph, half, 0.5) and _is_number(graph, one, 1.0)


def _plain(graph: Graph, identity: int) -> int:
    """What is repeated or reshaped, without that."""
    while graph[identity].op.name in ("broadcast", "reshape"):
        (identity,) = graph[identity].operands
    return identity


def _zeros(graph: Graph, condition: int) -> list[int]:
    """What is zero where a condition holds."""
    node = graph[condition]
    if node.op.name == "logical_and":
        return [zero for operand in node.operands for zero in _zeros(graph, _plain(graph, operand))]
    if node.op.name == "equal":
        values = [operand for operand in node.operands if not _is_number(graph, operand, 0.0)]
        return values if len(values) == 1 else []
    return []


def _is_number(graph: Graph, identity: int, number: float | None = None) -> bool:
    node = graph[_plain(graph, identity)]
    if node.op.name != "constant" or node.type.ndim:
        return False
    return number is None or bool(constant_array(node)[()] == number)
