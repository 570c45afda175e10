"""Put values in the place of variables: how a transform's result leaves its own variables behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradgen.ir import Graph, copy_node
from gradgen.ops import OPS, Value
from gradgen.ops.leaf import input_op

__all__ = ["copied", "placeholder", "substitute"]


def placeholder(like: Value) -> Value:
    """A new variable of the type of ``like``, which a transform differentiates by and then replaces."""
    graph = like.graph
    return input_op.leaf(graph, serial=len(graph), type=like.type)


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
    mapping = {variable: value.id for variable, value in values.items()}
    for identity in graph.between(values, [out.id for out in outputs]):
        unchanged = all(mapping[operand] == operand for operand in graph[identity].operands)
        mapping[identity] = identity if unchanged else copied(graph, identity, values, mapping)
    return [Value(graph, mapping[out.id]) for out in outputs]


def copied(graph: Graph, identity: int, values: Mapping[int, Value], mapping: Mapping[int, int]) -> int:
    """A node on its new operands; a rule of the user's, which may know the variables, follows."""
    node = graph[identity]
    attributes: dict[str, Any] = dict(node.attributes)
    if "rule" not in attributes:
        return copy_node(graph, identity, graph, mapping)
    graph.source, graph.sweep = node.source, node.sweep
    operands = [Value(graph, mapping[operand]) for operand in node.operands]
    return OPS[node.op.name](*operands, **{**attributes, "rule": attributes["rule"].replaced(values)}).id
