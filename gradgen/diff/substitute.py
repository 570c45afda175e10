"""Put values in the place of variables: how a transform's result leaves its own variables behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradgen.diff.linearize import path
from gradgen.ir import Graph, copy_node
from gradgen.ops import OPS, Value

__all__ = ["substitute"]


def substitute(outputs: Sequence[Value], values: Mapping[int, Value]) -> list[Value]:
    """The outputs with each variable replaced by a value.

    Parameters
    ----------
    outputs : sequence of Value
        Values of one graph.
    values : mapping of int to Value
        For each variable (a node) what to put there; of the same graph and type.
    """
    if not outputs:
        return []
    graph = outputs[0].graph
    mapping = {identity: identity for identity in range(len(graph))}
    mapping.update((variable, value.id) for variable, value in values.items())
    for identity in path(outputs, [Value(graph, variable) for variable in values]):
        if identity not in values:
            mapping[identity] = _copied(graph, identity, values, mapping)
    return [Value(graph, mapping[out.id]) for out in outputs]


def _copied(graph: Graph, identity: int, values: Mapping[int, Value], mapping: Mapping[int, int]) -> int:
    """A node on its new operands; a rule of the user's, which may know the variables, follows."""
    node = graph[identity]
    attributes: dict[str, Any] = dict(node.attributes)
    if "rule" not in attributes:
        return copy_node(graph, identity, graph, mapping)
    graph.source, graph.sweep = node.source, node.sweep
    operands = [Value(graph, mapping[operand]) for operand in node.operands]
    return OPS[node.op.name](*operands, **{**attributes, "rule": attributes["rule"].replaced(values)}).id
