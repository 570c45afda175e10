"""Put values in the place of variables: how a transform's result leaves its own variables behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradgen.diff.linearize import path
from gradgen.ir import copy_node
from gradgen.ops import Value

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
            mapping[identity] = copy_node(graph, identity, graph, mapping)
    return [Value(graph, mapping[out.id]) for out in outputs]
